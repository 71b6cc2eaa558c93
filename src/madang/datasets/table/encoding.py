"""In which encoding a file of text is: by its byte order mark, else UTF-8, else as it is told.

An encoding is never guessed in silence, because most files can be read in several: 0xC7D1 is a
syllable in CP949, and two letters in Latin-1. A file that is not what it should be is refused with
the option that reads it.
"""

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from madang.datasets.table.compression import open_bytes
from madang.errors import DataError, SettingError
from madang.suggestion import did_you_mean

# The longer marks first: that of UTF-32 begins with that of UTF-16.
MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
USUAL = ("utf-8", "cp949", "utf-16", "utf-16-le", "utf-16-be", "shift_jis", "gb18030", "cp1252")
BLOCK = 1 << 20


def check_encoding(name: str) -> None:
    """Raise ``SettingError`` for an encoding of text that does not exist; "" is none.

    >>> check_encoding("euc-kr")
    """
    try:
        is_known = not name or codecs.lookup(name)._is_text_encoding
    except (LookupError, ValueError):
        is_known = False
    if not is_known:
        usual = f"Usual are {', '.join(USUAL)}."
        hint = did_you_mean(name, USUAL, otherwise=usual)
        raise SettingError(f"There is no encoding {name!r}. {hint}")


def find_encoding(path: Path, said: str = "") -> str:
    """Return the encoding that a byte order mark names, else the one that was said, else UTF-8.

    Raises ``DataError`` where mark and word disagree.
    """
    with open_bytes(path) as file:
        beginning = file.read(4)
    marked = next((name for mark, name in MARKS.items() if beginning.startswith(mark)), "")
    if marked and said:
        plain = codecs.lookup(marked).name.removesuffix("-sig")
        if not codecs.lookup(said).name.startswith(plain):
            raise DataError(
                f"{path} begins with the mark of {plain.upper()}, but its encoding was said to be "
                f"{said}. Leave the encoding out."
            )
    return marked or said or "utf-8"


def read_text(path: Path, said: str = "") -> str:
    """Return the text of a file; line ends stay as they are, and so do offsets.

    Raises ``DataError`` for a file that is missing or in another encoding.
    """
    encoding = find_encoding(path, said)
    with open_bytes(path) as file, decoding(path, encoding):
        return file.read().decode(encoding)


@contextmanager
def decoding(path: Path, encoding: str) -> Iterator[None]:
    """Turn what can not be decoded into a ``DataError`` that names the place and what to do."""
    try:
        yield
    except UnicodeEncodeError:  # of whoever writes what is read
        raise
    except UnicodeError as error:
        raise _undecodable(path, encoding) from error


def _undecodable(path: Path, encoding: str) -> DataError:
    """Return the error of a file that is in another encoding."""
    place, line, byte = _first_undecodable(path, encoding)
    name = encoding.removesuffix("-sig").upper()
    if encoding.startswith("utf-8"):
        other = guess_encoding(path)
        advice = f'It reads as {other}: --encoding {other} (in a recipe: encoding = "{other}").'
    else:
        advice = f"Give another encoding: one of {', '.join(USUAL)}."
    return DataError(
        f"{path} is not {name}: byte {place:,} (line {line:,}) is 0x{byte:02X}. {advice}"
    )


def guess_encoding(path: Path) -> str:
    """Return the likeliest encoding of a file that is not UTF-8, to be proposed to a person."""
    with open_bytes(path) as file:
        beginning = file.read(BLOCK)
    # Every letter of ASCII has a byte of zeros in UTF-16, before it or behind it.
    if beginning.count(0) * 4 > len(beginning):
        return "utf-16-le" if beginning[1::2].count(0) > beginning[::2].count(0) else "utf-16-be"
    if any(byte >= 0x80 for byte in beginning) and _decodes(path, "cp949"):
        return "cp949"
    return "cp1252"


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with open_bytes(path) as file:
        try:
            while block := file.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _first_undecodable(path: Path, encoding: str) -> tuple[int, int, int]:
    """Return place, line number and value of the first byte that can not be decoded."""
    decoder = codecs.getincrementaldecoder(encoding)()
    place, num_lines = 0, 1
    with open_bytes(path) as file:
        while True:
            block = file.read(BLOCK)
            pending = decoder.getstate()[0]
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                # What the decoder had kept of the block before is counted from there.
                start = error.start - len(pending)
                before = block[: max(start, 0)]
                return place + start, num_lines + before.count(b"\n"), error.object[error.start]
            except UnicodeError:  # of encodings that do not say where
                block = b""
            if not block:
                return 0, 1, 0
            place += len(block)
            num_lines += block.count(b"\n")
