"""Model folders: written whole or not at all, and refused when anything in them does not fit."""

import errno
import json
import subprocess
import sys

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models, pre_tokenizers

from madang import storage
from madang.errors import CheckpointError, SettingError, TokenizerMismatchError
from madang.formats.manifest import Calibration
from madang.models import checkpoint
from madang.models.bert import BertConfig, BertEncoder
from madang.models.bert.heads.classification import BertForEvidenceClassification
from madang.models.bert.heads.masked_tokens import BertForMaskedTokens
from madang.models.checkpoint import load_checkpoint, open_huggingface, save_checkpoint

VOCAB_SIZE = 31
FILES = ["config.json", "madang.json", "model.safetensors", "tokenizer.json"]


def make_encoder(**changes):
    sizes = {
        "vocab_size": VOCAB_SIZE,
        "hidden_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 24,
        "max_position_embeddings": 20,
    }
    return BertEncoder(BertConfig(**(sizes | changes)))


def make_classifier():
    return BertForEvidenceClassification(make_encoder(), num_labels=2)


@pytest.fixture
def folder(tmp_path, tokenizer_json):
    """A good checkpoint of a classifier."""
    save_checkpoint(
        tmp_path / "model",
        make_classifier(),
        tokenizer_json=tokenizer_json,
        task="classification",
        labels=("ordinary", "ad"),
        calibration=Calibration(scale=1.5, offset=-0.25),
        threshold=0.625,
        max_length=20,
        record={"recipe": "recipes/광고.toml", "accuracy": 0.75},
    )
    return tmp_path / "model"


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def edit(path, **changes):
    path.write_text(json.dumps(json.loads(path.read_text()) | changes), encoding="utf-8")


def test_a_folder_holds_its_files_and_all_that_was_said(folder):
    assert sorted(contents(folder)) == [*FILES, "tokenizer_config.json"]
    opened = load_checkpoint(folder)
    assert isinstance(opened.model, BertForEvidenceClassification)
    assert not opened.model.training
    manifest = opened.manifest
    assert (manifest.family, manifest.task) == ("bert", "classification")
    assert manifest.labels == ("ordinary", "ad")
    assert manifest.calibration == Calibration(scale=1.5, offset=-0.25)
    assert (manifest.threshold, manifest.max_length) == (0.625, 20)
    assert manifest.record["recipe"] == "recipes/광고.toml"
    fields = json.loads((folder / "config.json").read_text())
    assert fields["id2label"] == {"0": "ordinary", "1": "ad"}
    assert fields["architectures"] == ["BertForTokenClassification"]
    assert fields["sequence_pooling"] == "mean"


def test_the_same_model_gives_the_same_bytes(folder, tmp_path, tokenizer_json):
    model = load_checkpoint(folder).model
    for name in ("one", "two"):
        save_checkpoint(tmp_path / name, model, tokenizer_json=tokenizer_json, task="t")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_a_plain_folder_opens_as_what_it_is(folder):
    (folder / "madang.json").unlink()
    assert isinstance(open_huggingface(folder), BertForEvidenceClassification)
    with pytest.raises(CheckpointError, match=r"holds no madang\.json"):
        load_checkpoint(folder)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(CheckpointError, match=f"holds no {name}"):
        load_checkpoint(folder)


def test_a_path_that_is_no_folder_is_said(tmp_path):
    for open_it in (load_checkpoint, open_huggingface):
        with pytest.raises(CheckpointError, match="is not a folder"):
            open_it(tmp_path / "nothing")


@pytest.mark.parametrize("keep", [0, 1, 7, 100, 0.5, -1])
def test_cut_off_weights_are_refused(folder, keep):
    path = folder / "model.safetensors"
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * keep) if isinstance(keep, float) else keep])
    with pytest.raises(CheckpointError, match=r"model\.safetensors can not be read.*copy it again"):
        load_checkpoint(folder)


@pytest.mark.parametrize("noise", [b"\x00" * 64, b"\xff" * 500, b"PK\x03\x04 a zip", b"\x80\x04K."])
def test_weights_that_are_something_else_are_refused(folder, noise):
    (folder / "model.safetensors").write_bytes(noise)
    with pytest.raises(CheckpointError, match=r"model\.safetensors can not be read"):
        load_checkpoint(folder)


@pytest.mark.parametrize("name", ["config.json", "madang.json"])
@pytest.mark.parametrize("text", ["", "{", "[1]", '"a"', "\x00"])
def test_cut_off_texts_are_refused(folder, name, text):
    (folder / name).write_text(text)
    with pytest.raises(CheckpointError, match=name.replace(".", r"\.")):
        load_checkpoint(folder)


def test_a_pickle_in_a_folder_of_ours_is_not_opened(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(CheckpointError, match=r"pytorch_model\.bin is a pickle, which is not"):
        load_checkpoint(folder)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"architectures": ["BertForMultipleChoice"]}, "BertForMultipleChoice.*BertModel"),
        ({"architectures": []}, "names the architecture none"),
        ({"architectures": ["BertForMaskedLM"]}, r"no place for: classifier\.bias"),
        ({"architectures": ["BertForSequenceClassification"]}, "lacks.*pooler.dense.bias"),
        ({"num_hidden_layers": 2}, r"lacks weights.*encoder\.layer\.1.*16 in all"),
        ({"vocab_size": 40}, r"word_embeddings.*\(31, 16\).*asks for \(40, 16\)"),
        ({"hidden_size": 15}, "15 can not be split into 2 heads"),
        ({"hidden_act": "tanh"}, "'tanh' is not known; known are gelu"),
        ({"position_embedding_type": "relative_key"}, "only 'absolute' is implemented"),
        ({"is_decoder": True}, "only False is implemented"),
        ({"hidden_size": "16"}, "hidden_size is '16'; it must be a whole number from 1 on"),
        ({"num_hidden_layers": 0}, "num_hidden_layers is 0; it must be a whole number from 1 to"),
        (
            {"hidden_dropout_prob": 1.5},
            "hidden_dropout_prob is 1.5; it must be a number from 0 to below 1",
        ),
        ({"model_type": "llama"}, "model_type = 'llama'; only 'bert'"),
        ({"id2label": {"0": "a", "1": "b", "2": "c"}}, r"classifier.*\(2, 16\).*\(3, 16\)"),
    ],
)
def test_a_config_of_another_model_is_refused(folder, changes, message):
    edit(folder / "config.json", **changes)
    with pytest.raises(CheckpointError, match=f"{folder} can not be opened: .*{message}"):
        load_checkpoint(folder)


def test_an_unknown_architecture_lists_the_known_ones(folder):
    edit(folder / "config.json", model_type="gpt2")
    with pytest.raises(CheckpointError, match="'gpt2'; bert, llama, marian can be opened"):
        open_huggingface(folder)


def test_an_unknown_family_lists_the_known_ones(folder):
    edit(folder / "madang.json", family="gpt2")
    with pytest.raises(CheckpointError, match="'gpt2'; known are bert, bert4rec, seq2seq, llama"):
        load_checkpoint(folder)


def test_another_tokenizer_is_refused_and_both_hashes_are_named(folder, tokenizer_json):
    (folder / "tokenizer.json").write_text(tokenizer_json.replace("w7", "w_seven"))
    found = storage.sha256_of(folder / "tokenizer.json")
    wanted = json.loads((folder / "madang.json").read_text())["tokenizer_sha256"]
    assert found != wanted
    with pytest.raises(TokenizerMismatchError, match=f"{found[:16]}.*{wanted[:16]}"):
        load_checkpoint(folder)


def test_labels_of_another_number_are_refused(folder):
    edit(folder / "madang.json", labels=["one", "two", "three"])
    with pytest.raises(CheckpointError, match="names 3 labels, but the model tells 2 apart"):
        load_checkpoint(folder)


def test_a_tokenizer_larger_than_the_embeddings_is_refused(tmp_path, tokenizer_json):
    model = BertForMaskedTokens(make_encoder(vocab_size=30))
    with pytest.raises(SettingError, match=r"has 31 tokens.*embeddings for 30"):
        save_checkpoint(tmp_path / "m", model, tokenizer_json=tokenizer_json, task="masked_tokens")
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize("labels", [("ad",), ("a", "b", "c"), ("ad", "ad")])
def test_labels_that_do_not_fit_the_model_are_not_saved(tmp_path, tokenizer_json, labels):
    with pytest.raises(SettingError, match="but the model tells 2 apart"):
        save_checkpoint(
            tmp_path / "m",
            make_classifier(),
            tokenizer_json=tokenizer_json,
            task="classification",
            labels=labels,
        )


def test_something_that_is_no_tokenizer_is_not_saved(tmp_path):
    with pytest.raises(SettingError, match=r"tokenizer\.json can not be read as a tokenizer"):
        save_checkpoint(tmp_path / "m", make_classifier(), tokenizer_json="{}", task="t")


@pytest.mark.parametrize("full_at", range(5))
def test_a_disk_that_fills_up_leaves_the_old_checkpoint(
    folder, tokenizer_json, monkeypatch, full_at
):
    before, written = contents(folder), []

    def write(write_it):
        def guarded(*arguments, **named):
            if len(written) == full_at:
                raise OSError(errno.ENOSPC, "No space left on device")
            written.append(arguments)
            return write_it(*arguments, **named)

        return guarded

    monkeypatch.setattr(checkpoint, "save_file", write(checkpoint.save_file))  # type: ignore[attr-defined]
    monkeypatch.setattr("pathlib.Path.write_bytes", write(type(folder).write_bytes))
    with pytest.raises(CheckpointError, match=r"No space left.*What was there before is unchanged"):
        save_checkpoint(
            folder, make_classifier(), tokenizer_json=tokenizer_json, task="classification"
        )
    monkeypatch.undo()
    assert contents(folder) == before
    load_checkpoint(folder)


def test_a_real_limit_on_file_size_leaves_the_old_checkpoint(folder):
    before = contents(folder)
    script = f"""
import resource, signal
from pathlib import Path
from madang.errors import CheckpointError
from madang.models.checkpoint import load_checkpoint, save_checkpoint
folder = Path({str(folder)!r})
model, text = load_checkpoint(folder).model, (folder / "tokenizer.json").read_text()
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))
try:
    save_checkpoint(folder, model, tokenizer_json=text, task="classification")
except CheckpointError as error:
    print("refused:", error)
"""
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True
    )
    assert result.stdout.startswith("refused:")
    assert "unchanged" in result.stdout
    assert contents(folder) == before


def test_hugging_face_takes_the_tokenizer_as_it_is(tmp_path):
    pieces = [("[PAD]", 0.0), ("[UNK]", 0.0), ("▁", -2.0), ("광고", -1.0), ("문의", -1.5)]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=1))
    tokenizer.add_special_tokens(["[PAD]", "[UNK]"])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    save_checkpoint(
        tmp_path, make_encoder(), tokenizer_json=tokenizer.to_str(), task="t", max_length=20
    )
    theirs = transformers.AutoTokenizer.from_pretrained(tmp_path)
    texts = ["광고 문의", "광고"]
    expected = [tokenizer.encode(text).ids for text in texts]
    assert expected == [[2, 3, 2, 4], [2, 3]]
    assert theirs(texts)["input_ids"] == expected
    assert theirs(texts, padding=True)["input_ids"] == [[2, 3, 2, 4], [2, 3, 0, 0]]
    assert theirs.model_max_length == 20


def test_weights_in_shards_open_like_one_file(folder):
    path, whole = folder / "model.safetensors", load_checkpoint(folder).model.state_dict()
    weights = load_file(path)
    names = sorted(weights)
    shards = {"a.safetensors": names[::2], "b.safetensors": names[1::2]}
    for shard, keys in shards.items():
        save_file({key: weights[key] for key in keys}, folder / shard)
    path.unlink()
    places = {key: shard for shard, keys in shards.items() for key in keys}
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": places}))
    opened = load_checkpoint(folder).model.state_dict()
    assert all(torch.equal(opened[key], whole[key]) for key in whole)
    (folder / "b.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"holds no b\.safetensors"):
        load_checkpoint(folder)


def test_half_precision_weights_open_in_full_precision(folder):
    path = folder / "model.safetensors"
    weights = load_file(path)
    save_file({key: tensor.half() for key, tensor in weights.items()}, path)
    model = load_checkpoint(folder).model
    assert {weight.dtype for weight in model.parameters()} == {torch.float32}
