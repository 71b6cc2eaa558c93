"""A recommender in miniature: a small world that goes in circles is learned, saved and asked."""

import hashlib
import json
import os
import re
import shlex
import subprocess
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from madang.commands.cli import main
from madang.datasets.interactions.reading import Reading
from madang.datasets.interactions.record import DataRecord, read_as
from madang.datasets.registry import load_items
from madang.errors import CheckpointError, DataError, SettingError
from madang.export.onnx import export_onnx
from madang.formats.item_list import read_arrays, read_items
from madang.models.bert4rec import Bert4Rec, SasRec
from madang.models.checkpoint import load_checkpoint
from madang.recipes.recipe import read_recipe
from madang.recipes.recommendation import RecommendationRecipe
from madang.serving import Recommender
from madang.tasks.checkpoint import open_checkpoint
from madang.tasks.recommendation.description import read_descriptions

ROOT = Path(__file__).parents[2]
NUM_ITEMS = 30
NUM_CIRCLES = 3


def follower(number):
    """Return what comes next: each third of the items goes in a circle of its own."""
    size = NUM_ITEMS // NUM_CIRCLES
    return number // size * size + (number + 1) % size


@pytest.fixture
def world(tmp_path):
    """A file of 240 people who go round, from wherever they began; ids are Korean, with spaces."""
    random, lines = np.random.default_rng(0), ["user,item,time"]
    for person in range(240):
        number = person % NUM_ITEMS
        for moment in range(random.integers(4, 12)):
            lines.append(f"사람 {person},물건 {number},{1_000 + moment}")
            number = follower(number)
    (tmp_path / "world.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path / "world.csv"


@pytest.fixture
def recipe(tmp_path, world):
    """A recipe for the world, as small as it can be."""
    path = tmp_path / "circles.toml"
    path.write_text(
        f"""kind = "recommendation"
name = "circles"
interactions = "{world}"

[model]
hidden_size = 32
num_hidden_layers = 1
num_attention_heads = 2
intermediate_size = 32
max_position_embeddings = 12
hidden_dropout_prob = 0.0
attention_probs_dropout_prob = 0.0

[training]
num_epochs = 25
batch_size = 32
learning_rate = 1e-2
precision = "float32"
energy = false
progress = false
""",
        encoding="utf-8",
    )
    return path


def train(recipe, *options):
    folder = recipe.parent / "run"
    assert main(["train", str(recipe), "--output", str(folder), *options]) == 0
    return folder / "model"


def asked(folder, *numbers):
    """Return the item that a checkpoint puts first after a history of numbers."""
    scorer = open_checkpoint(folder)
    places = [scorer.items.index(f"물건 {number}") for number in numbers]
    return scorer.items[scorer.score([np.array(places, np.int32)])[0].argmax()]


@pytest.mark.parametrize(
    "options",
    [
        ["--objective", "next_item"],
        ["--objective", "cloze", "--last_share", "0.6", "--training.num_epochs", "40"],
        ["--loss", "sampled_softmax", "--num_drawn", "20"],
        ["--loss", "gbce", "--num_drawn", "20", "--training.num_epochs", "50"],
    ],
    ids=lambda options: " ".join(options[:2]),
)
def test_a_world_that_goes_in_circles_is_learned(recipe, options, capsys):
    folder = train(recipe, *options)
    manifest = load_checkpoint(folder).manifest
    assert manifest.record["validation"]["ndcg@10"] > 0.9
    assert "madang export --model" in capsys.readouterr().out


def test_what_was_learned_is_what_is_answered(recipe):
    folder = train(recipe)
    for begin in (0, 8, 15, 29):
        assert asked(folder, begin, follower(begin)) == f"물건 {follower(follower(begin))}"


def test_the_checkpoint_says_what_it_is_and_what_its_items_are(recipe):
    folder = train(recipe, "--training.num_epochs", "1")
    checkpoint = load_checkpoint(folder)
    assert isinstance(checkpoint.model, SasRec)
    assert json.loads((folder / "config.json").read_text())["is_decoder"] is True
    assert (checkpoint.manifest.family, checkpoint.manifest.task) == ("bert4rec", "recommendation")
    assert checkpoint.model.config.vocab_size == NUM_ITEMS + 2
    assert checkpoint.model.config.mask_token_id == NUM_ITEMS + 1  # type: ignore[attr-defined]
    items = read_items(folder, sha256=checkpoint.manifest.record["items_sha256"])
    assert set(items.items) == {f"물건 {number}" for number in range(NUM_ITEMS)}
    # Of each person the last two items are held out.
    lines = recipe.parent.joinpath("world.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert sum(items.counts) == len(lines) - 2 * 240


def test_the_checkpoint_and_its_export_are_measured_alike(recipe, tmp_path, capsys):
    folder = train(recipe, "--training.num_epochs", "8")
    export_onnx(folder, tmp_path / "export")
    figures = {}
    for path in (folder, tmp_path / "export"):
        output = tmp_path / "figures.json"
        assert main(["evaluate", "--model", str(path), "--output", str(output)]) == 0
        (columns,) = json.loads(output.read_text()).values()
        figures[path.name] = columns[str(path)]["ndcg@10[full]"]["value"]
    assert figures["model"] == pytest.approx(figures["export"], abs=1e-3)
    assert figures["model"] > 0.2
    assert "240 rows" in capsys.readouterr().out


def test_a_model_that_is_split_by_time_learns_nothing_of_what_came_later(recipe, capsys):
    folder = train(recipe, "--training.num_epochs", "1", "--split_at", "[1003, 1005]")
    record = load_checkpoint(folder).manifest.record
    assert record["split_at"] == [1003, 1005]
    items = read_items(folder, sha256=record["items_sha256"])
    assert sum(items.counts) == 3 * 240
    options = ["evaluate-recommender", str(recipe.parent / "world.csv"), "--model", str(folder)]
    assert main([*options, "--split_at", "1003", "1005"]) == 0
    assert main(options) == 2
    assert "what came from 1003 and from 1005 on held out" in capsys.readouterr().err


def test_a_model_of_moments_is_measured_as_it_was_trained(recipe, tmp_path, capsys):
    world = recipe.parent / "world.csv"
    lines = world.read_text(encoding="utf-8").splitlines()
    # Everybody meets two items at once in the end, in the order of the file.
    further = [f"사람 {person},물건 {number},2000" for person in range(240) for number in (1, 4)]
    world.write_text("\n".join([*lines, *further]) + "\n", encoding="utf-8")
    folder = train(recipe, "--training.num_epochs", "1", "--held_out", "moment")
    record = load_checkpoint(folder).manifest.record
    assert record["held_out"] == "moment"
    items = read_items(folder, sha256=record["items_sha256"])
    assert sum(items.counts) == len(lines) - 1 - 240
    options = ["evaluate-recommender", str(world), "--model", str(folder)]
    assert main(options) == 2
    said = capsys.readouterr().err
    assert "trained with the last moments of each person held out" in said
    advised = re.search(r"Measure it as it was trained \(([^)]*)\)", said)[1]
    assert advised == "--held_out moment"
    assert main([*options, *advised.split(), "--groups", "--k", "3"]) == 0
    printed = capsys.readouterr().out
    assert "ndcg@3[full, moment]" in printed
    assert re.search(r"world\.csv test, tied in time: 240 people", printed)
    weights = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    assert f"weights of {folder}: SHA-256 {weights}" in printed
    output = tmp_path / "figures.json"
    assert main(["evaluate", "--model", str(folder), "--output", str(output)]) == 0
    (columns,) = json.loads(output.read_text()).values()
    assert "ndcg@10[full, moment]" in columns[str(folder)]
    assert main([*options, "--held_out", "basket"]) == 2
    assert "item, moment" in capsys.readouterr().err.replace("'", "")


def test_a_catalogue_of_few_items_is_trained_on_and_measured_by_all_but_one(
    recipe, tmp_path, capsys
):
    world = recipe.parent / "world.csv"
    lines = world.read_text(encoding="utf-8").replace("물건 1", "물건 2").splitlines()
    few = [line for line in lines[1:] if line.split(",")[1] in {f"물건 {n}" for n in range(9)}]
    world.write_text("\n".join([lines[0], *few]) + "\n", encoding="utf-8")
    folder = train(recipe, "--training.num_epochs", "1")
    output = tmp_path / "figures.json"
    words = ["evaluate", "--model", str(folder), "--baseline", "--output", str(output)]
    assert main(words) == 0
    (columns,) = json.loads(output.read_text()).values()
    num_items = len({line.split(",")[1] for line in few})
    assert num_items < 10
    assert columns["popularity"][f"hit@{num_items - 1}[full]"]["value"] < 1
    assert list(columns) == [str(folder), "popularity", "markov", "item-knn", "matrix-factors"]
    assert main(["evaluate-recommender", str(world), "--model", str(folder)]) == 2
    assert f"there are only {num_items} items" in capsys.readouterr().err


def test_people_who_choose_no_epoch_are_learned_from_to_the_last_but_one(recipe):
    folder = train(recipe, "--training.num_epochs", "1", "--num_validation_users", "40")
    record = load_checkpoint(folder).manifest.record
    assert record["judges"] == {"num_users": 40, "seed": 0}
    rows = (recipe.parent / "world.csv").read_text(encoding="utf-8").splitlines()
    items = read_items(folder, sha256=record["items_sha256"])
    assert sum(items.counts) == len(rows) - 1 - 240 - 40


def test_the_checkpoint_says_how_its_data_was_read(recipe):
    folder = train(recipe, "--training.num_epochs", "1", "--reading.duplicates", "last")
    record = load_checkpoint(folder).manifest.record
    assert record["reading"]["duplicates"] == "last"
    assert read_as(record) == DataRecord(Reading(duplicates="last"))


def test_the_cloze_model_looks_both_ways(recipe):
    folder = train(recipe, "--objective", "cloze", "--training.num_epochs", "1")
    model = load_checkpoint(folder).model
    assert type(model) is Bert4Rec
    assert json.loads((folder / "config.json").read_text())["is_decoder"] is False


def test_a_run_that_stops_before_it_is_done_says_so(recipe, caplog):
    train(recipe, "--training.num_epochs", "2", "--training.learning_rate", "1e-3")
    assert "still improving" in caplog.text


def test_a_finished_run_is_not_trained_again(recipe):
    first = train(recipe, "--training.num_epochs", "1")
    before = (first / "model.safetensors").read_bytes()
    assert train(recipe, "--training.num_epochs", "1") == first
    assert (first / "model.safetensors").read_bytes() == before


def described(recipe, *, known=NUM_ITEMS):
    """Describe the items by the circle they belong to: a text's vector, and an attribute."""
    folder, size = recipe.parent, NUM_ITEMS // NUM_CIRCLES
    np.save(folder / "texts.npy", np.eye(NUM_CIRCLES, dtype=np.float32)[np.arange(known) // size])
    rows = [f"물건 {n},circle {n // size}" for n in range(known)]
    (folder / "items.csv").write_text("item,kind\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return [
        *("--description.file", str(folder / "items.csv")),
        *("--description.vectors", str(folder / "texts.npy")),
        *("--description.attributes", "kind"),
    ]


def wander(recipe):
    """Let people go from kind to kind, and take of each kind whatever they happen to find."""
    random, lines = np.random.default_rng(0), ["user,item,time"]
    size = NUM_ITEMS // NUM_CIRCLES
    for person in range(240):
        for moment in range(random.integers(4, 12)):
            number = (person + moment) % NUM_CIRCLES * size + random.integers(size)
            lines.append(f"사람 {person},물건 {number},{1_000 + moment}")
    path = recipe.parent / "world.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_a_new_item_is_recommended_without_training_where_its_kind_is_due(recipe, tmp_path):
    wander(recipe)
    folder = train(recipe, *described(recipe), "--training.num_epochs", "12")
    arrays = read_arrays(folder, names=["description_map"])
    # A vector of three numbers, three attributes and a constant; a vector of 32 and an offset.
    assert arrays["description_map"].shape == (3 + 3 + 1, 32 + 1)
    recommender = Recommender.load(export_onnx(folder, tmp_path / "export"))
    recommender.add_items(
        ["새 물건"], vectors=np.eye(3, dtype=np.float32)[[2]], attributes=[["circle 2"]]
    )
    for history, is_due in ((["물건 3", "물건 14"], True), (["물건 13", "물건 25"], False)):
        answer = recommender.recommend(history=history, k=NUM_ITEMS + 1)
        rank = [each.item for each in answer.items].index("새 물건")
        assert (rank <= 10) == is_due


def test_wrong_descriptions_are_refused_before_the_training(recipe):
    options = described(recipe)
    np.save(recipe.parent / "texts.npy", np.zeros((3, 2), np.float32))
    with pytest.raises(DataError, match=r"shape \(3, 2\), but 30 rows are described"):
        run(recipe, *options)
    options = [*options[:2], *options[4:], "--description.item", "who"]
    with pytest.raises(DataError, match=r"no column 'who'.*--description\.item NAME"):
        run(recipe, *options)
    with pytest.raises(SettingError, match="data set '' and the file ''"):
        run(recipe, "--description.item", "who")
    with pytest.raises(SettingError, match="vectors or attributes beside the data set 'ml-1m'"):
        run(recipe, "--description.data", "ml-1m", "--description.attributes", "genres")
    with pytest.raises(SettingError, match="neither vectors nor attributes"):
        run(recipe, *options[:2])
    assert not (recipe.parent / "run" / "model").exists()


@pytest.mark.skipif("MADANG_DATA" not in os.environ, reason="MADANG_DATA is not set")
def test_what_a_data_set_knows_of_its_items_describes_them():
    recipe = ROOT / "recipes" / "toys_sasrec.toml"
    read = read_recipe(recipe)
    assert isinstance(read, RecommendationRecipe)
    description = read.description
    assert description is not None
    known = load_items(description.data)
    items = [*list(known)[:200], "no toy"]
    found = read_descriptions(description, items)
    assert found.is_known.tolist() == [True] * 200 + [False]
    for item, row in zip(items[:200], found.features, strict=False):
        has = {name for name, mark in zip(found.attributes, row, strict=True) if mark}
        assert has == set(known[item].attributes) & set(found.attributes)
    counts = Counter(name for each in known.values() for name in set(each.attributes))
    assert set(found.attributes) == {name for name, count in counts.items() if count >= 5}


def test_a_recipe_reads_a_table_in_any_notation(recipe, world, tmp_path):
    lines = world.read_text(encoding="utf-8").splitlines()[1:]
    kept = [line.replace(",", "::") + "::view" for line in lines]
    other = [line.replace("view", "cart") for line in kept]
    (tmp_path / "log.dat").write_text("\n".join(kept + other), encoding="cp949")
    text = recipe.read_text(encoding="utf-8").replace(str(world), str(tmp_path / "log.dat"))
    rows = """[reading]
encoding = "cp949"
header = ["who", "what", "when", "event"]
user = "who"
item = "what"
time = "when"
only = ["event=view"]
"""
    recipe.write_text(text + rows, encoding="utf-8")
    read = read_recipe(recipe)
    assert isinstance(read, RecommendationRecipe)
    found, expected = read.reading.read(read.interactions), Reading().read(str(world))
    assert found.items.tolist() == expected.items.tolist()
    assert found.item_ids.to_list() == expected.item_ids.to_list()
    assert found.dropped == {"not fitting only": len(lines)}


def run(recipe, *options):
    return read_recipe(recipe, options).run(recipe.parent / "run")[0]


def test_too_few_described_items_are_refused(recipe):
    with pytest.raises(DataError, match="5 items are described and were met 5 times"):
        run(recipe, *described(recipe, known=5), "--training.num_epochs", "1")
    assert not (recipe.parent / "run" / "run").exists(), "before the training"


def test_a_key_that_no_part_knows_stops_the_run(recipe):
    with pytest.raises(SettingError, match=r"unknown key 'objectiv'.*'objective'"):
        read_recipe(recipe, ["--objectiv", "cloze"])
    with pytest.raises(SettingError, match="num_validation_users is 0"):
        run(recipe, "--num_validation_users", "0")


def test_a_checkpoint_with_another_catalogue_is_refused(recipe):
    folder = train(recipe, "--training.num_epochs", "1")
    fields = json.loads((folder / "items.json").read_text(encoding="utf-8"))
    fields["items"] = fields["items"][::-1]
    (folder / "items.json").write_text(json.dumps(fields), encoding="utf-8")
    with pytest.raises(CheckpointError, match="but the model belongs to"):
        open_checkpoint(folder)


# A row of docs/results.md by one command.


def commands_of_row(name, *options):
    """Return the words of the madang commands that make row runs for a recipe."""
    words = ["make", "--dry-run", "row", f"RECIPE={name}", f"OPTIONS={' '.join(options)}"]
    printed = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [shlex.split(line)[1:] for line in printed.splitlines() if "bin/madang " in line]


@pytest.mark.parametrize(
    "name", ["ml1m_sasrec", "ml1m_bert4rec", "beauty_sasrec", "beauty_bert4rec"]
)
def test_one_command_trains_a_published_recommender_and_measures_it(name):
    train, evaluate = commands_of_row(name)
    recipe = read_recipe(ROOT / train[1])
    assert isinstance(recipe, RecommendationRecipe)
    assert train == ["train", f"recipes/{name}.toml", "--output", f"runs/{name}"]
    model = f"runs/{recipe.name}/model"
    wanted = ["evaluate-recommender", recipe.interactions, "--exclude_seen", "--model", model]
    assert evaluate == wanted
    assert f"make row RECIPE={name}\n" in (ROOT / "docs" / "results.md").read_text("utf-8")


@pytest.mark.skipif("MADANG_DATA" not in os.environ, reason="MADANG_DATA is not set")
def test_both_say_the_checksum_of_the_weights(tmp_path, monkeypatch, capsys):
    tiny = ["--training.max_steps", "2", "--training.precision", "float32"]
    train, evaluate = commands_of_row("gifts", *tiny)
    train[1] = str(ROOT / train[1])
    monkeypatch.chdir(tmp_path)
    assert main(train) == 0
    weights = hashlib.sha256(Path("runs/gifts/model/model.safetensors").read_bytes()).hexdigest()
    assert f"Its weights have the SHA-256 {weights}." in capsys.readouterr().out
    assert main(evaluate) == 0
    printed = capsys.readouterr().out
    assert f"weights of runs/gifts/model: SHA-256 {weights}" in printed
    assert "ndcg@10[full, unseen]" in printed
