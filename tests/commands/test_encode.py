"""``madang encode``: the vectors of a text and its tokens, and those of a file's rows."""

import json

import numpy as np
import pytest

from madang.commands.cli import main
from madang.serving import EncodedText, Encoder


class Lengths:
    """Gives each letter a vector, and a text the number of its letters; it reads nine of them."""

    version = "0" * 12

    def stream(self, texts):
        for text in texts:
            read = text[:9]
            yield EncodedText(
                sequence_output=np.array([[place, 0.5] for place in range(len(read))], np.float32),
                pooled_output=np.array([len(read), 1], np.float32),
                offsets=[(place, place + 1) for place in range(len(read))],
                is_truncated=len(text) > 9,
            )

    def encode(self, texts):
        return list(self.stream(texts))


@pytest.fixture(autouse=True)
def _lengths(monkeypatch):
    monkeypatch.setattr(Encoder, "load", lambda *_, **__: Lengths())


def test_a_text_has_a_vector_and_one_for_each_token(capsys):
    assert main(["encode", "-가나", "--model", "m"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "pooled_output": [3, 1],
        "sequence_output": [[0, 0.5], [1, 0.5], [2, 0.5]],
        "offsets": [[0, 1], [1, 2], [2, 3]],
        "is_truncated": False,
        "model": "m",
        "version": "0" * 12,
    }


@pytest.mark.parametrize("texts", [["가", "나다라", "마" * 20], []])
def test_a_file_gives_a_row_of_numbers_a_text_and_says_what_was_cut(texts, tmp_path, capsys):
    source, output = tmp_path / "posts.csv", tmp_path / "out.npy"
    source.write_text("\n".join(["글", *texts]) + "\n", encoding="utf-8")
    words = ["--input", str(source), "--column", "글", "--output", str(output)]
    assert main(["encode", "--model", "m", *words]) == 0
    found = np.load(output)
    assert found.dtype == np.float32
    assert found.tolist() == [[min(len(text), 9), 1] for text in texts]
    assert found.shape == (len(texts), 2)
    said = capsys.readouterr().err
    assert f"{len(texts)} rows encoded" in said
    assert ("only their beginning was read: 1 texts" in said) == bool(texts)


def test_vectors_go_to_a_file_of_numpy(tmp_path, capsys):
    words = ["--input", "posts.csv", "--output", str(tmp_path / "out.csv")]
    assert main(["encode", "--model", "m", *words]) == 2
    assert "must end in .npy" in capsys.readouterr().err
