"""A model on a trunk says what its checkpoint says, or it is not written."""

import dataclasses
import json
import shutil

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from madang import storage
from madang.commands.cli import main
from madang.errors import CheckpointError, ExportError, SettingError
from madang.export import trunk as export_module
from madang.export.card import record_figures
from madang.export.quantization import QuantizationReport, quantize_export
from madang.export.trunk import export_on_trunk
from madang.formats.manifest import read_manifest, weights_sha256, write_manifest
from madang.formats.trunk import read_trunk
from madang.models.bert.exported import read_encoder
from madang.models.bert.heads.pair import BertForTextPairs
from madang.models.checkpoint import load_checkpoint, save_checkpoint
from madang.serving import load
from madang.tasks.checkpoint import open_checkpoint
from madang.tasks.evaluation import Trial
from madang.tasks.trained_encoder import load_encoder
from madang.text.giveaway import GIVEAWAY
from madang.text.normalization import blank_first
from madang.text.tokenizer import Tokenizer

TEXTS = ["가 마에서 산책하고 할인 문의", "나", "", "다라 바에서 " * 9 + "문의"]
GOOD = QuantizationReport(
    figure="accuracy",
    num_rows=200,
    score_float32=0.8,
    score_int8=0.8,
    latency_ms_float32=2.0,
    latency_ms_int8=1.0,
    bytes_float32=4,
    bytes_int8=1,
)
TRIAL = Trial(figure="accuracy", num_rows=200, score=lambda model: 1.0, ask=lambda model, row: None)


def said(model):
    """Return what a model of any of the tasks says of the texts, as numbers."""
    if hasattr(model, "probabilities"):
        return model.probabilities(TEXTS)
    if hasattr(model, "embed"):
        return model.embed(TEXTS)
    return np.array([each.probability for found in model.tag(TEXTS) for each in found])


@pytest.mark.parametrize("name", ["first", "tags", "vectors"])
def test_on_a_trunk_a_model_says_what_its_checkpoint_says(sharing, on_trunk, name):
    found = said(load(on_trunk[name]))
    assert len(found)
    np.testing.assert_allclose(found, said(open_checkpoint(sharing[name])), atol=1e-4)


@pytest.mark.parametrize("num_layers", [0, 2])
def test_a_trunk_may_be_the_embeddings_alone_or_all_but_the_head(
    sharing, on_trunk, tmp_path, num_layers
):
    folder = tmp_path / "model"
    export_on_trunk(sharing["vectors"], folder, trunk=tmp_path / "trunk", num_layers=num_layers)
    assert read_trunk(tmp_path / "trunk").num_layers == num_layers
    np.testing.assert_allclose(said(load(folder)), said(load(on_trunk["vectors"])), atol=1e-5)


def test_the_tokenizer_stands_in_the_trunk_alone(sharing, on_trunk):
    kept = {path.name for path in on_trunk["first"].iterdir()}
    assert kept == {"model.onnx", "config.json", "madang.json", "README.md"}
    kept = {path.name for path in on_trunk["trunk"].iterdir()}
    assert kept == {"model.onnx", "tokenizer.json", "trunk.json", "README.md"}
    own, whole = (Tokenizer.load(each["first"]) for each in (on_trunk, sharing))
    assert own.encode(TEXTS) == whole.encode(TEXTS)
    sums = {read_manifest(on_trunk[name]).tokenizer_sha256 for name in sharing}
    assert sums == {storage.sha256_of(on_trunk["trunk"] / "tokenizer.json"), own.sha256}


def test_a_tokenizer_that_reads_otherwise_goes_with_its_model(sharing, on_trunk, tmp_path):
    """Telling hashtags are white space to it; the pieces are those of the trunk."""
    source = shutil.copytree(sharing["first"], tmp_path / "source")
    text = blank_first(Tokenizer.load(source).to_json(), GIVEAWAY)
    (source / "tokenizer.json").write_text(text, encoding="utf-8")
    manifest = read_manifest(sharing["first"])
    sha256 = storage.sha256_of(source / "tokenizer.json")
    write_manifest(source, dataclasses.replace(manifest, tokenizer_sha256=sha256))
    export_on_trunk(source, tmp_path / "model", trunk=on_trunk["trunk"])
    assert (tmp_path / "model" / "tokenizer.json").is_file()
    found, expected = load(tmp_path / "model"), open_checkpoint(source)
    hidden = ["가 마에서 #광고 산책"]
    np.testing.assert_allclose(
        found.probabilities(hidden), expected.probabilities(hidden), atol=1e-4
    )


def test_what_reads_back_weights_reads_both_parts(sharing, on_trunk):
    for name in ("first", "tags"):
        expected = load_checkpoint(sharing[name]).model.encoder.state_dict()
        found = read_encoder(on_trunk[name]).state_dict()
        # Of the second token type no graph of single texts knows.
        differing = {key for key in expected if not torch.equal(expected[key], found[key])}
        assert differing == {"token_type.weight"}
    begun = load_encoder(on_trunk["first"], longest=24)
    assert begun.sha256 == weights_sha256(on_trunk["first"])
    assert begun.sha256 != storage.sha256_of(on_trunk["first"] / "model.onnx")


def test_another_trunk_makes_another_version(copied, on_trunk):
    """Stored answers are renewed when either part is another one."""
    before = load(copied / "first").version
    assert before == load(on_trunk["first"]).version
    change_trunk(copied, 1e-3)
    uppers = {(each / "model.onnx").read_bytes() for each in (copied / "first", on_trunk["first"])}
    assert len(uppers) == 1
    assert load(copied / "first").version != before


def change_trunk(home, shift):
    """Move a bias of the trunk's graph, and let the model stand on what came of it."""
    graph = onnx.load(home / "trunk" / "model.onnx")
    bias = next(table for table in graph.graph.initializer if table.name.endswith("query.bias"))
    bias.CopyFrom(
        numpy_helper.from_array(numpy_helper.to_array(bias) + np.float32(shift), bias.name)
    )
    name_trunk(home, graph.SerializeToString())


def name_trunk(home, content):
    """Put another graph into the trunk, and its SHA-256 into the model's manifest."""
    (home / "trunk" / "model.onnx").write_bytes(content)
    fields = json.loads((home / "first" / "madang.json").read_text())
    fields["trunk"]["sha256"] = storage.sha256_of(home / "trunk" / "model.onnx")
    (home / "first" / "madang.json").write_text(json.dumps(fields))


def save(model, source, output):
    """Write a changed model of the first checkpoint."""
    save_checkpoint(
        output,
        model,
        tokenizer_json=Tokenizer.load(source).to_json(),
        task="classification",
        labels=("ordinary", "ad"),
        max_length=24,
    )


@pytest.mark.parametrize(("layer", "named"), [(None, "the embeddings"), (0, "layer 1")])
def test_a_checkpoint_with_other_lower_layers_is_refused(sharing, on_trunk, tmp_path, layer, named):
    """The smallest step of one number is another one."""
    model = load_checkpoint(sharing["first"]).model
    blocks = model.encoder.blocks
    weight = model.encoder.norm.bias if layer is None else blocks[layer].attention.part.key.bias
    with torch.no_grad():
        weight[-1] = torch.nextafter(weight[-1], torch.tensor(9.0))
    save(model, sharing["first"], tmp_path / "source")
    with pytest.raises(ExportError, match=rf"beginning with {named}\..*frozen_layers = 1"):
        export_on_trunk(tmp_path / "source", tmp_path / "model", trunk=on_trunk["trunk"])
    assert not (tmp_path / "model").exists()


def test_a_model_for_pairs_has_nothing_to_share(sharing, tmp_path):
    encoder = load_checkpoint(sharing["first"]).model.encoder
    save_checkpoint(
        tmp_path / "source",
        BertForTextPairs(encoder, num_labels=2),
        tokenizer_json=Tokenizer.load(sharing["first"]).to_json(),
        task="pair_classification",
        labels=("no", "yes"),
        max_length=24,
    )
    with pytest.raises(ExportError, match=r"'pair_classification'.*without --trunk"):
        export_on_trunk(
            tmp_path / "source", tmp_path / "model", trunk=tmp_path / "trunk", num_layers=1
        )
    assert not (tmp_path / "trunk").exists()


@pytest.mark.parametrize(
    ("num_layers", "is_there", "message"),
    [
        (None, False, r"from 0 to 2: --trunk_layers 1"),
        (4, False, r"is 4; the model has 2\. Give 0 to 2"),
        (-1, False, r"is -1; the model has 2"),
        (2, True, r"is 2, but the trunk in .* has 1\. Leave it out"),
    ],
)
def test_a_number_of_layers_that_can_not_be_is_refused(
    sharing, on_trunk, tmp_path, num_layers, is_there, message
):
    trunk = on_trunk["trunk"] if is_there else tmp_path / "trunk"
    with pytest.raises(SettingError, match=message):
        export_on_trunk(sharing["first"], tmp_path / "model", trunk=trunk, num_layers=num_layers)
    assert list(tmp_path.iterdir()) == []


def test_three_folders_are_three(sharing, tmp_path):
    with pytest.raises(ExportError, match="each a folder of its own"):
        export_on_trunk(sharing["first"], tmp_path, trunk=tmp_path, num_layers=1)


# int8: a trunk is quantised once, and what stands on it is tried together with it.


@pytest.fixture
def in_int8(sharing, tmp_path, monkeypatch):
    """A trunk in int8 and the first model on it."""
    monkeypatch.setattr(export_module, "measure", lambda *_: GOOD)
    report = export_on_trunk(
        sharing["first"], tmp_path / "first", trunk=tmp_path / "trunk", num_layers=1, trial=TRIAL
    )
    assert report is GOOD
    return tmp_path


def test_with_a_trial_both_parts_are_int8_and_serve(sharing, on_trunk, in_int8):
    assert read_trunk(in_int8 / "trunk").precision == "int8"
    record = read_manifest(in_int8 / "first").record["export"]
    assert record["precision"] == "int8"
    assert record["quantization"]["score_int8"] == 0.8
    for name in ("trunk", "first"):
        tables = onnx.load(in_int8 / name / "model.onnx").graph.initializer
        assert any(table.data_type == TensorProto.INT8 for table in tables)
    found, expected = said(load(in_int8 / "first")), said(load(on_trunk["first"]))
    assert 0 < np.abs(found - expected).max() < 0.2


def test_a_second_model_leaves_the_trunk_as_it_is(sharing, in_int8):
    before = {path.name: path.read_bytes() for path in (in_int8 / "trunk").iterdir()}
    export_on_trunk(sharing["tags"], in_int8 / "tags", trunk=in_int8 / "trunk", trial=TRIAL)
    assert {path.name: path.read_bytes() for path in (in_int8 / "trunk").iterdir()} == before
    assert load(in_int8 / "tags").tag(["가 마에서"]) is not None


def test_the_gate_measures_trunk_and_model_together(sharing, tmp_path, monkeypatch):
    """Both parts in fp32 against both in int8, on the trunk that will serve."""
    seen = []

    def look(float32, int8, trial):
        for folder in (float32, int8):
            manifest = read_manifest(folder)
            trunk = read_trunk(folder / manifest.trunk.folder)
            seen.append((manifest.record["export"]["precision"], trunk.precision))
        return GOOD

    monkeypatch.setattr(export_module, "measure", look)
    export_on_trunk(
        sharing["first"], tmp_path / "first", trunk=tmp_path / "trunk", num_layers=1, trial=TRIAL
    )
    assert seen == [("float32", "float32"), ("int8", "int8")]


def test_a_model_that_loses_too_much_is_not_written_and_no_trunk_for_it(
    sharing, tmp_path, monkeypatch
):
    monkeypatch.setattr(
        export_module, "measure", lambda *_: dataclasses.replace(GOOD, score_int8=0.7)
    )
    with pytest.raises(ExportError, match=r"loses 10\.00 points.*nor was anything else"):
        export_on_trunk(
            sharing["first"], tmp_path / "m", trunk=tmp_path / "t", num_layers=1, trial=TRIAL
        )
    assert list(tmp_path.iterdir()) == []


def test_nothing_unmeasured_is_put_on_a_trunk_in_int8(sharing, on_trunk, in_int8):
    with pytest.raises(ExportError, match=r"is int8, and so is.*give --data"):
        export_on_trunk(sharing["tags"], in_int8 / "tags", trunk=in_int8 / "trunk")
    with pytest.raises(ExportError, match=r"is float32, and so is.*leave out --data"):
        export_on_trunk(sharing["tags"], in_int8 / "tags", trunk=on_trunk["trunk"], trial=TRIAL)
    with pytest.raises(ExportError, match="again with --trunk and --data"):
        quantize_export(on_trunk["first"], TRIAL)
    assert not (in_int8 / "tags").exists()


# What else takes a model folder.


def test_a_copy_elsewhere_finds_its_trunk_where_the_reference_leads(on_trunk, tmp_path):
    home = tmp_path / "site" / "models"
    for name in ("trunk", "first"):
        shutil.copytree(on_trunk[name], home / name)
    assert load(home / "first").version == load(on_trunk["first"]).version


def test_a_figure_is_recorded_and_the_card_names_the_trunk(on_trunk, tmp_path):
    for name in ("trunk", "first"):
        shutil.copytree(on_trunk[name], tmp_path / name)
    record_figures(tmp_path / "first", {"accuracy[here]": 0.5})
    assert load(tmp_path / "first").version == load(on_trunk["first"]).version
    card = (tmp_path / "first" / "README.md").read_text(encoding="utf-8")
    assert "0.5" in card
    assert "`../trunk`" in card
    trunk = (tmp_path / "trunk" / "README.md").read_text(encoding="utf-8")
    assert "lower 1 layers" in trunk


def test_commands_take_a_model_on_a_trunk(on_trunk, tmp_path, capsys):
    first, vectors, tags = (str(on_trunk[name]) for name in ("first", "vectors", "tags"))
    rows = "".join(f"{text},{label}\n" for text in TEXTS if text for label in ("ordinary", "ad"))
    (tmp_path / "rows.csv").write_text("text,label\n" + rows, encoding="utf-8")
    data, output = str(tmp_path / "rows.csv"), str(tmp_path / "out.csv")
    for words in (
        ["classify", "가 마에서 할인", "--model", first],
        ["classify", "--input", data, "--column", "text", "--output", output, "--model", first],
        ["tag", "가 마에서 할인", "--model", tags],
        ["embed", "가 마에서 할인", "--model", vectors],
        ["similar", "가 마에서", "나 바에서", "--model", vectors],
        ["explain", "가 마에서", "--model", first, "--output", str(tmp_path / "page.html")],
        ["evaluate", "--model", first, "--data", data],
    ):
        assert main(words) == 0, words
        assert any(capsys.readouterr()), words


def test_a_probe_joins_a_model_on_a_trunk(on_trunk, tmp_path):
    lines = [f"{text} {number},{number % 2}\n" for number in range(60) for text in TEXTS[:2]]
    (tmp_path / "rows.csv").write_text("text,label\n" + "".join(lines), encoding="utf-8")
    from madang.export.probe import add_probe

    manifest = read_manifest(on_trunk["first"])
    for name in ("trunk", "first"):
        shutil.copytree(on_trunk[name], tmp_path / name)
    write_manifest(tmp_path / "first", dataclasses.replace(manifest, labels=("0", "1")))
    deep = tmp_path / "further" / "down"
    add_probe(
        tmp_path / "first",
        deep,
        data=str(tmp_path / "rows.csv"),
        encoder=str(on_trunk["vectors"]),
    )
    assert read_manifest(deep).trunk.folder == "../../trunk"
    probed = load(deep)
    assert probed.version.startswith(load(tmp_path / "first").version)
    assert probed.classify(TEXTS[:1])[0].label in ("0", "1")


# A trunk that is missing, another one, or of another width.


@pytest.fixture
def copied(on_trunk, tmp_path):
    """The first model and its trunk, to be spoilt."""
    for name in ("trunk", "first"):
        shutil.copytree(on_trunk[name], tmp_path / name)
    return tmp_path


def test_a_model_without_its_trunk_says_where_it_has_to_be(copied):
    shutil.rmtree(copied / "trunk")
    with pytest.raises(CheckpointError, match=r"trunk \.\./trunk, but .*/trunk holds no .*Copy"):
        load(copied / "first")


def test_a_trunk_without_its_graph_is_missing_too(copied):
    (copied / "trunk" / "model.onnx").unlink()
    with pytest.raises(CheckpointError, match=r"holds no model\.onnx\. Copy the trunk"):
        load(copied / "first")


@pytest.mark.parametrize("place", ["", "/", "..", "\0", "x" * 400, "../trunk/model.onnx"])
def test_a_reference_to_no_trunk_is_refused(copied, place):
    fields = json.loads((copied / "first" / "madang.json").read_text())
    fields["trunk"]["folder"] = place
    (copied / "first" / "madang.json").write_text(json.dumps(fields))
    with pytest.raises(CheckpointError, match="stands on the trunk"):
        load(copied / "first")


def test_another_trunk_is_refused(copied):
    content = (copied / "first" / "madang.json").read_bytes()
    change_trunk(copied, 1e-3)
    (copied / "first" / "madang.json").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"was exported on the trunk .*Put that trunk back"):
        load(copied / "first")


def test_a_trunk_of_another_width_is_refused(copied):
    """Also where a manifest was edited to name it."""
    tokens = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["B", "T"])
        for name in ("input_ids", "attention_mask")
    ]
    hidden = helper.make_tensor_value_info("hidden", TensorProto.FLOAT, ["B", "T", 8])
    table = numpy_helper.from_array(np.zeros((60, 8), np.float32), "table")
    node = helper.make_node("Gather", ["table", "input_ids"], ["hidden"])
    graph = helper.make_graph([node], "narrow", tokens, [hidden], [table])
    opset = helper.make_opsetid("", 23)
    name_trunk(
        copied, helper.make_model(graph, opset_imports=[opset], ir_version=10).SerializeToString()
    )
    with pytest.raises(CheckpointError, match=r"vectors of 16 numbers.*gives 8\. Put"):
        load(copied / "first")


def test_a_trunk_is_no_model(on_trunk):
    with pytest.raises(CheckpointError, match=r"is a trunk.*Give the folder of a model"):
        load(on_trunk["trunk"])


def test_a_manifest_without_a_trunk_is_what_it_was(sharing):
    fields = json.loads((sharing["first"] / "madang.json").read_text())
    assert "trunk" not in fields
    assert fields["format_version"] == 1
