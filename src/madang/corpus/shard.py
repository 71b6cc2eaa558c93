"""Token shards: rows of token ids in files that are mapped into memory, never loaded.

A shard is one file::

    8 bytes   "MDTOKENS"
    8 bytes   number of rows R           little-endian uint64
    8 bytes   number of tokens N         little-endian uint64
    (R+1) x 8 bytes   where each row begins, and N
    N x 2 or 4 bytes  token ids          little-endian uint16 or uint32

so its size follows from its first 24 bytes, and one that was cut off in the middle is found when
it is opened. Ids take 4 bytes where the vocabulary has more than 65,536 pieces; the file then
begins with "MDTOKE32". ``index.json`` beside the shards names them in order, with the hash of the
tokenizer whose ids they hold. It is written last: a folder without it is a build that did not end.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from madang import storage, validation
from madang.errors import DataError, SettingError, TokenizerMismatchError

# The first bytes of a shard say how wide its ids are.
TYPES: dict[bytes, np.dtype[Any]] = {b"MDTOKENS": np.dtype("<u2"), b"MDTOKE32": np.dtype("<u4")}
MAGIC_BYTES = 8
HEADER_BYTES = MAGIC_BYTES + 16
INDEX_NAME = "index.json"

Row = NDArray[np.int64]
Tokens = NDArray[np.unsignedinteger[Any]]


def write_shards(
    rows: Iterable[Sequence[int]],
    folder: Path,
    *,
    tokenizer_sha256: str,
    vocab_size: int = 1 << 16,
    shard_tokens: int = 1 << 24,
) -> None:
    """Write rows into shards of about ``shard_tokens`` each, one shard in memory at a time.

    Raises ``SettingError`` for a token id outside the vocabulary and ``DataError`` when there is
    no row.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / INDEX_NAME).unlink(missing_ok=True)
    shards = []
    magic = next(each for each, kind in TYPES.items() if vocab_size - 1 <= np.iinfo(kind).max)
    for number, part in enumerate(_parts(rows, vocab_size, shard_tokens, TYPES[magic])):
        name = f"shard-{number:05}.bin"
        _write_shard(folder / name, part, magic)
        num_tokens = sum(map(len, part))
        shards.append({"file": name, "num_rows": len(part), "num_tokens": num_tokens})
    if not shards:
        raise DataError("There is no text to write shards of. Give some non-empty documents.")
    index = {"tokenizer_sha256": tokenizer_sha256, "shards": shards}
    storage.write_text(folder / INDEX_NAME, json.dumps(index, indent=1) + "\n")


def _parts(
    rows: Iterable[Sequence[int]], vocab_size: int, shard_tokens: int, kind: np.dtype[Any]
) -> Iterator[list[Tokens]]:
    part: list[Tokens] = []
    num_tokens = 0
    for row in rows:
        if max(row, default=0) >= vocab_size:
            raise SettingError(
                f"A token id is {max(row)}; the vocabulary has {vocab_size} pieces, so that its "
                f"ids end at {vocab_size - 1}. Give the tokenizer that the ids are from."
            )
        part.append(np.asarray(row, kind))
        num_tokens += len(row)
        if num_tokens >= shard_tokens:
            yield part
            part, num_tokens = [], 0
    if part:
        yield part


def _write_shard(path: Path, rows: Sequence[Tokens], magic: bytes) -> None:
    starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype("<u8")
    header = np.array([len(rows), starts[-1]], "<u8").tobytes()
    tokens = np.concatenate(rows).tobytes()
    storage.write_bytes(path, magic + header + starts.tobytes() + tokens)


class Shard:
    """One shard, mapped: nothing is read until a row is asked for."""

    def __init__(self, path: Path) -> None:
        """Raise ``DataError`` for a file that is missing, no shard or was cut off."""
        self.path = path
        if not path.is_file():
            raise DataError(
                f"{path} is missing, though {INDEX_NAME} names it. Build the corpus again."
            )
        with path.open("rb") as file:
            header = file.read(HEADER_BYTES)
        kind = TYPES.get(header[:MAGIC_BYTES])
        if len(header) < HEADER_BYTES or kind is None:
            raise DataError(f"{path} is no token shard. Build the corpus again.")
        self.kind = kind
        self.num_rows, self.num_tokens = np.frombuffer(header[MAGIC_BYTES:], "<u8").tolist()
        size = path.stat().st_size
        expected = HEADER_BYTES + 8 * (self.num_rows + 1) + kind.itemsize * self.num_tokens
        if size != expected:
            raise DataError(
                f"{path} has {size:,} bytes, but its header promises {expected:,}: it was cut "
                f"off or damaged. Copy it again, or remove {INDEX_NAME} beside it to build anew."
            )

    @cached_property
    def starts(self) -> NDArray[np.uint64]:
        """Where each row begins among the tokens, and their number, (R + 1,)."""
        return np.memmap(self.path, "<u8", "r", HEADER_BYTES, (self.num_rows + 1,))

    @cached_property
    def tokens(self) -> Tokens:
        """All token ids, (N,)."""
        offset = HEADER_BYTES + 8 * (self.num_rows + 1)
        return np.memmap(self.path, self.kind, "r", offset, (self.num_tokens,))


class TokenRows(Sequence[Row]):
    """The rows of all shards of a folder, by number; only those asked for are read from disk."""

    def __init__(self, folder: Path, *, tokenizer_sha256: str | None = None) -> None:
        """Open a folder of shards.

        Raises ``DataError`` when it is unfinished or damaged and ``TokenizerMismatchError`` when
        its ids are another tokenizer's.
        """
        try:
            index = validation.parse_json((folder / INDEX_NAME).read_bytes())
            found = str(index["tokenizer_sha256"])
            names = [str(entry["file"]) for entry in index["shards"]]
        except (OSError, SettingError, TypeError, KeyError) as error:
            raise DataError(
                f"{folder} holds no readable {INDEX_NAME} ({error}): its corpus was not built to "
                f"the end. Build it again."
            ) from error
        if tokenizer_sha256 not in (None, found):
            raise TokenizerMismatchError(
                f"The shards in {folder} were made with a tokenizer of SHA-256 {found[:16]}…, not "
                f"with {str(tokenizer_sha256)[:16]}…. Build them again with this tokenizer."
            )
        self.shards = [Shard(folder / name) for name in names]
        self._first = np.cumsum([0, *(shard.num_rows for shard in self.shards)])

    @property
    def num_tokens(self) -> int:
        """The number of tokens of all rows, special ones counted."""
        return sum(shard.num_tokens for shard in self.shards)

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """The number of tokens of each row, (R,)."""
        return np.concatenate([np.diff(shard.starts.astype(np.int64)) for shard in self.shards])

    def __len__(self) -> int:
        return int(self._first[-1])

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> "Sequence[Row]": ...
    def __getitem__(self, index: int | slice) -> "Row | Sequence[Row]":
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        index %= len(self)
        number = int(np.searchsorted(self._first, index, side="right")) - 1
        shard, row = self.shards[number], index - int(self._first[number])
        start, stop = shard.starts[row : row + 2].tolist()
        return shard.tokens[start:stop].astype(np.int64)
