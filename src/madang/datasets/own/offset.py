"""In which way a place in a text was counted, where it was not in characters from 0."""

from madang.text.composition import compose

# Encoding, width of a unit in bytes, name.
WAYS = (
    ("utf-16-le", 2, "code units of UTF-16, as JavaScript, Java and C# count"),
    ("utf-8", 1, "bytes of UTF-8"),
)


def counted_otherwise(text: str, part: str, start: int) -> str:
    """Return, as a sentence, how one counts to find ``part`` at ``start``, "" where none is known.

    >>> counted_otherwise("😀 서울", "서울", 3)
    'It would stand there counted in code units of UTF-16, as JavaScript, Java and C# count. '
    """
    if start < 0:
        return ""
    for encoding, width, name in WAYS:
        rest = text.encode(encoding, "surrogatepass")[width * start :]
        if rest.startswith(part.encode(encoding, "surrogatepass")):
            return f"It would stand there counted in {name}. "
    if start > 0 and text.startswith(part, start - 1):
        return "It would stand there counted from 1. "
    same = compose(part) in compose(text)
    if same and part not in text:
        return "The two are written in two forms of Unicode (NFC, NFD). "
    return ""
