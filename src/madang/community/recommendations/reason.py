"""Why something is recommended, as a sentence."""

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from madang.community.boards.shelf import KIND
from madang.community.extension.item import split_name
from madang.community.recommendations.history import History

MAX_TITLE = 40
_FIRST, _LAST, _FINALS = ord("가"), ord("힣"), 28


def tell_reason(because: str | None, past: History) -> str:
    """Say which item of the history speaks for a recommendation; *because* is its name."""
    titles = {each.name: each.title for each in past.items}
    if because is None or because not in titles:
        return _("최근에 보신 것과 어울려서")
    words = {"title": quote(titles[because])}
    if because in past.taken:
        return _("%(title)s 고르셔서") % words
    parts = split_name(because)
    if parts is not None and parts[0] == KIND:
        return _("%(title)s 읽으셔서") % words
    return _("%(title)s 보셔서") % words


def quote(title: str) -> str:
    """Put a title in quotation marks, in Korean with the particle of an object behind.

    >>> from django.utils.translation import override
    >>> with override("ko"):
    ...     quote("소금빵"), quote("첫 조끼"), quote("F 코드 2")
    ('「소금빵」을', '「첫 조끼」를', '「F 코드 2」을(를)')
    >>> with override("en"):
    ...     quote("소금빵")
    '“소금빵”'
    """
    short = title if len(title) <= MAX_TITLE else title[: MAX_TITLE - 1].rstrip() + "…"
    if not (get_language() or "ko").startswith("ko"):
        return f"“{short}”"
    return f"「{short}」{object_particle(short)}"


def object_particle(word: str) -> str:
    """Return 을 behind a syllable with a final consonant, 를 without, both where it is unknown.

    Marks behind the last letter are passed over, as in reading aloud.

    >>> object_particle("첫눈 보셨어요?"), object_particle("산책"), object_particle("PC")
    ('를', '을', '을(를)')
    """
    letters = [letter for letter in word if letter.isalnum()]
    code = ord(letters[-1]) if letters else 0
    if not _FIRST <= code <= _LAST:
        return "을(를)"
    return "을" if (code - _FIRST) % _FINALS else "를"
