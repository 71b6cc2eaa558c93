"""Windows on a text that is longer than a model reads, so that nothing of it is cut off.

Windows overlap: a token at the edge of one, where half of its context is missing, lies further
inside the next one. The last window is moved back until it ends where the text ends, so that it is
as long as the others. Source: the document stride of Devlin 2018's code for SQuAD; as there,
``stride`` is the distance from one start to the next, not the overlap.
"""

from collections.abc import Sequence
from typing import NamedTuple

from madang.errors import SettingError
from madang.text.tokenizer import Encoding, Tokenizer

# Of a text without a question: a new window begins after three quarters of the one before, and
# no text, however long, keeps a server busy with more windows than these.
STRIDE_SHARE = 0.75
MOST_WINDOWS = 16

# Korean needs about 2 characters a token; beyond 32 there are only endless repetitions, and a text
# of a hundred megabytes shall not keep a server busy.
CHARACTERS_PER_TOKEN = 32


def windows(num_tokens: int, *, size: int, stride: int) -> list[tuple[int, int]]:
    """Return (start, stop) of windows of at most ``size`` tokens that cover all of them.

    Starts are ``stride`` apart, only the last window begins earlier where it would pass the end.
    No window lies within another; without a token there is one empty window. Raises
    ``SettingError`` when a stride of more than ``size`` would leave tokens out.

    >>> windows(10, size=4, stride=3)
    [(0, 4), (3, 7), (6, 10)]
    >>> windows(9, size=4, stride=3)
    [(0, 4), (3, 7), (5, 9)]
    >>> windows(3, size=4, stride=3), windows(0, size=4, stride=3)
    ([(0, 3)], [(0, 0)])
    """
    if not 1 <= stride <= size:
        raise SettingError(
            f"A stride of {stride} on windows of {size} tokens leaves tokens out or never ends. "
            f"Give a stride from 1 to {size}."
        )
    last = max(0, num_tokens - size)
    starts = [*range(0, last, stride), last]
    return [(start, min(start + size, num_tokens)) for start in starts]


class TextWindow(NamedTuple):
    """A part of a text as a model reads it, special tokens around it.

    ``start`` and ``stop`` count the tokens of the text, ``ids`` holds the special ones too.
    """

    start: int
    stop: int
    ids: list[int]


def text_windows(
    encoding: Encoding, *, max_length: int, overlap: int | None = None
) -> list[TextWindow]:
    """Cut a text into overlapping windows of at most ``max_length`` tokens, specials included.

    Neighbours share ``overlap`` tokens at least, by default a quarter of a window.
    Each window has the special tokens that the text begins and ends with. Raises ``SettingError``
    when ``max_length`` leaves no room beside them.
    """
    if len(encoding.ids) <= max_length:
        num_special = sum(encoding.special)
        return [TextWindow(0, len(encoding.ids) - num_special, encoding.ids)]
    before, after = encoding.num_around
    content = encoding.ids[before : len(encoding.ids) - after]
    size = max_length - before - after
    if size < 1:
        raise SettingError(
            f"max_length is {max_length}, but the special tokens alone are {before + after}. "
            f"Give at least {before + after + 1}."
        )
    first, last = encoding.ids[:before], encoding.ids[len(encoding.ids) - after :]
    stride = _stride(size) if overlap is None else max(1, size - overlap)
    return [
        TextWindow(start, stop, [*first, *content[start:stop], *last])
        for start, stop in windows(len(content), size=size, stride=stride)
    ]


def read_beginnings(
    tokenizer: Tokenizer, texts: Sequence[str], *, max_length: int
) -> list[Encoding]:
    """Return the first ``max_length`` tokens of each text; characters far behind are not read."""
    beginnings = [text[: max_length * CHARACTERS_PER_TOKEN] for text in texts]
    return tokenizer.encode(beginnings, max_length=max_length)


def read_windows(
    tokenizer: Tokenizer, texts: Sequence[str], *, max_length: int
) -> list[tuple[Encoding, list[TextWindow]]]:
    """Return each text's encoding, as much of it as is read, and the windows that cover it."""
    encodings = read_beginnings(tokenizer, texts, max_length=most_tokens(max_length))
    return [(each, text_windows(each, max_length=max_length)) for each in encodings]


def is_cut(text: str, encoding: Encoding, *, max_length: int) -> bool:
    """Say whether anything but space follows what ``read_beginnings`` read of a text."""
    is_full = len(encoding.ids) == max_length or len(text) > max_length * CHARACTERS_PER_TOKEN
    read_to = max((end for _, end in encoding.offsets), default=0)
    return is_full and bool(text[read_to:].strip())


def most_tokens(max_length: int) -> int:
    """Return the longest text, in tokens with two special ones, that sixteen windows cover.

    >>> most_tokens(512)
    6242
    """
    size = max(1, max_length - 2)
    return size + (MOST_WINDOWS - 1) * _stride(size) + 2


def _stride(size: int) -> int:
    return max(1, int(size * STRIDE_SHARE))
