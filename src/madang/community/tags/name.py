"""The name of a tag: what a person typed, made fit to be shown and compared."""

from madang.community.boards.text import clean_text, drop_controls, has_visible_letter
from madang.text.composition import compose, is_stream_safe

MAX_NAME = 30
MAX_TAGS = 10  # on one post


def clean_name(typed: str) -> str:
    """Trim a name: without #, on one line, no longer than a tag may be; "" where nothing is left.

    A letter with more marks than any language writes makes no name either.

    >>> clean_name("  #봄 축제 "), clean_name("#!?")
    ('봄 축제', '')
    """
    if not is_stream_safe(drop_controls(typed)):
        return ""
    name = " ".join(clean_text(typed).replace("#", " ").replace("/", " ").split())
    name = name.strip(" .,·…'\"‘’“”「」『』《》<>()[]")[:MAX_NAME].strip()
    is_word = has_visible_letter(name) and any(map(str.isalnum, name))
    return name if is_word else ""


def key_of(name: str) -> str:
    """Return what two spellings of one tag have in common.

    >>> key_of("서울 COFFEE") == key_of("서울 ｃｏｆｆｅｅ"), key_of("a b")
    (True, 'a-b')
    """
    key = compose(name, "NFKC").casefold()
    return "-".join(key.replace("/", " ").split())[:MAX_NAME]


def split_names(typed: str) -> list[str]:
    """Split what was typed by commas and #, each name once.

    >>> split_names("#서울 #첫눈, 산책, 첫눈")
    ['서울', '첫눈', '산책']
    """
    parts = typed.replace("#", ",").split(",")
    names = {key_of(name): name for part in parts if (name := clean_name(part))}
    return list(names.values())
