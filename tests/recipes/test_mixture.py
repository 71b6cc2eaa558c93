"""A recipe learns from data that is labelled in several ways, and its model says how."""

import functools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from madang.commands.evaluate import evaluate
from madang.datasets import registry
from madang.datasets.card import DatasetCard, LabelledText
from madang.datasets.mixture import Labelling, Part
from madang.datasets.own.record import Recorded
from madang.datasets.registry import load
from madang.datasets.rows import TRAIN
from madang.errors import SettingError
from madang.export.card import render_card
from madang.formats.manifest import read_manifest
from madang.recipes.fine_tuning import FineTuningRecipe, FineTuningRun
from madang.recipes.recipe import read_recipe
from madang.recipes.shared import SharedRecipe, open_runs

RECIPES = Path(__file__).parents[2] / "recipes"
WORDS = ("바다", "하늘", "커피", "산책", "영화", "음악")
RECIPE = """
kind = "fine_tuning"
name = "tiny"
task = "multi_label"
data = ["bare.csv", "kinds.csv", "rude.csv"]
max_length = 24

[multi_label]
labels = ["insult", "threat", "profanity"]

[mixture."bare.csv"]
label = { unknown = ["profanity"] }
most = 30

[mixture."kinds.csv"]
unknown = ["threat"]

[mixture."kinds.csv".labels]
"욕설" = "profanity"
"모욕" = "insult"
"협박" = "threat"

[mixture."rude.csv".labels]
0 = []
1 = { any_of = ["insult", "threat", "profanity"] }

[vocabulary]
vocab_size = 90
[model]
hidden_size = 16
num_hidden_layers = 1
num_attention_heads = 2
intermediate_size = 32
[fine_tuning.training]
num_epochs = 1
batch_size = 16
energy = false
progress = false
"""


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    texts = [f"{WORDS[n % 6]} {WORDS[n // 6 % 6]} {n}" for n in range(90)]
    columns = {
        "bare.csv": ("text", [""] * 90),
        "kinds.csv": ("text,labels", ["욕설", "", "모욕|욕설", "협박"] * 22 + ["", ""]),
        "rude.csv": ("text,labels", ["0", "1"] * 45),
    }
    for name, (header, labels) in columns.items():
        rows = (f"{text} {name[0]},{label}" for text, label in zip(texts, labels, strict=True))
        lines = [row.removesuffix(",") if header == "text" else row for row in rows]
        Path(name).write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    path = tmp_path / "tiny.toml"
    path.write_text(RECIPE, encoding="utf-8")
    return path


def test_a_model_of_a_mixture_is_trained_measured_and_says_what_each_label_meant(
    recipe: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = read_recipe(recipe).run(recipe.parent / "run")[0]
    manifest = read_manifest(folder)
    assert manifest.labels == ("insult", "threat", "profanity")
    made = read_recipe(recipe)
    assert isinstance(made, FineTuningRecipe)
    assert Recorded.of(manifest.record).mixture == made.mixture
    card = render_card("tiny", manifest)
    assert "| mixture.kinds.csv.labels.모욕 | insult |" in card
    assert "| mixture.rude.csv.labels.1.any_of | insult, threat, profanity |" in card
    evaluate(model=str(folder), data=("kinds.csv",), baseline=True)
    said = capsys.readouterr().out
    assert "TF-IDF" in said
    assert "f1[threat]" in said


@pytest.fixture
def real_data() -> None:
    if not os.environ.get("MADANG_DATA"):
        pytest.skip("MADANG_DATA is not set: the published data sets can not be read")


def test_a_name_that_is_no_data_of_the_recipe_is_refused_with_the_nearest(recipe: Path) -> None:
    with pytest.raises(SettingError, match=r"mixture names 'rude\.csv', which is not in data"):
        read_recipe(recipe, ["--data", '["bare.csv", "kinds.csv", "ride.csv"]'])


def test_a_key_of_a_mixture_is_checked_like_any_other(recipe: Path) -> None:
    content = recipe.read_text(encoding="utf-8")
    table = '[mixture."rude.csv".labels]'
    said = content.replace(table, f'[mixture."rude.csv"]\nmots = 3\n{table}')
    recipe.write_text(said, encoding="utf-8")
    with pytest.raises(SettingError, match=r"unknown key 'mixture.rude.csv.mots'.*NAME.most'"):
        read_recipe(recipe)


def test_vectors_are_learned_from_pairs_as_they_are(recipe: Path) -> None:
    with pytest.raises(SettingError, match="vectors are learned from pairs"):
        _ = FineTuningRun(
            recipe=FineTuningRecipe.of(
                {
                    "name": "tiny",
                    "task": "embedding",
                    "data": ["bare.csv"],
                    "mixture": {"bare.csv": {"most": 3}},
                }
            ),
            folder=recipe.parent / "run",
        ).source


@pytest.mark.parametrize("name", ["ads", "spam", "hate"])
def test_the_recipes_of_moderation_say_what_each_label_of_their_data_is(name: str) -> None:
    recipe = read_recipe(RECIPES / f"{name}.toml")
    assert isinstance(recipe, FineTuningRecipe)
    for data in recipe.data:
        own, part = registry.find_card(data).labels, recipe.mixture.get(data, Part())
        # It is this that refuses a label that the data or the recipe does not name.
        assert Labelling(part, name=data, own=own, labels=recipe.options.labels)


def test_spam_is_no_ordinary_text_to_the_model_of_advertising_and_advertising_is_no_spam() -> None:
    ads, spam = (read_recipe(RECIPES / f"{name}.toml") for name in ("ads", "spam"))
    assert isinstance(ads, FineTuningRecipe)
    assert isinstance(spam, FineTuningRecipe)
    assert "ads_sms_spam" not in ads.data
    assert spam.mixture["ads_instagram"].label == "ordinary"
    assert spam.mixture["ads_english_spam"].labels == {"ad": ()}


@pytest.mark.usefixtures("real_data")
def test_profanity_alone_is_no_attack_and_news_of_hate_is_not_asked_for_threats(
    tmp_path: Path,
) -> None:
    recipe = read_recipe(RECIPES / "hate.toml")
    assert isinstance(recipe, FineTuningRecipe)
    source = FineTuningRun(recipe=recipe, folder=tmp_path).source
    insult, discrimination, sexual, threat, profanity = range(5)
    rows = source.rows("test", of=["hate_kmhas"])
    assert len(rows) == 8_709
    # Without the set's labels a comment has none of ours, and that is known.
    num_clean = sum(not row.labels for row in load("hate_kmhas", "test"))
    said = [bool(row.labels or row.any_of or row.unknown) for row in rows]
    assert said.count(False) == num_clean
    attacks = [row for row in rows if row.any_of or set(row.labels) - {profanity}]
    alone = [row for row in rows if row.labels == (profanity,) and not row.any_of]
    assert len(attacks) + len(alone) + num_clean == 8_709
    assert {row.unknown for row in alone} == {(insult, sexual, threat)}
    assert all({sexual, threat} <= {*row.unknown} for row in attacks)
    assert discrimination not in {label for row in alone for label in (*row.labels, *row.unknown)}
    rude = source.rows(TRAIN, of=["hate_curse"])
    assert {(row.labels, row.any_of) for row in rude} == {((), ()), ((), (0, 1, 2, 3, 4))}


LICENSED = """
kind = "fine_tuning"
name = "tiny"
data = ["granted", "unsaid", "mine.csv"]
max_length = 24
classification = { labels = ["0", "1"] }
mixture = { unsaid = { most = 20 } }
vocabulary = { vocab_size = 90 }
fine_tuning = { training = { max_steps = 1, energy = false, progress = false } }
[model]
hidden_size = 16
num_hidden_layers = 1
num_attention_heads = 2
intermediate_size = 32
"""


def rows_with(name: str, folder: object, split: str) -> Iterator[LabelledText]:
    for n in range(40):
        yield LabelledText(f"{WORDS[n % 6]} {WORDS[n // 6 % 6]} {name} {split} {n}", n % 2)


@pytest.fixture
def licences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A recipe of a data set with a licence, one without, and an own file."""
    monkeypatch.chdir(tmp_path)
    for name, licence in (("granted", "MIT"), ("unsaid", "none stated: for research")):
        card = DatasetCard(
            name=name,
            title=name,
            repository="somebody/something @ 0",
            licence=licence,
            splits={"train": "", "validation": ""},
            files=(),
            labels=("0", "1"),
            read=functools.partial(rows_with, name),
        )
        monkeypatch.setitem(registry.CARDS, name, card)
    rows = [f"{WORDS[n % 5]} {n},{n % 2}" for n in range(60)]
    Path("mine.csv").write_text("\n".join(["text,label", *rows]) + "\n", encoding="utf-8")
    path = tmp_path / "tiny.toml"
    path.write_text(LICENSED, encoding="utf-8")
    return path


def test_the_card_names_each_source_its_licence_and_how_many_rows_were_learned(
    licences: Path,
) -> None:
    manifest = read_manifest(read_recipe(licences).run(licences.parent / "run")[0])
    rows = manifest.record["rows"]
    assert (rows["granted"], rows["unsaid"]) == (40, 20)
    assert 40 < rows["mine.csv"] < 60
    card = render_card("tiny", manifest)
    assert "**granted** (licence: MIT" in card
    assert "**unsaid** (licence: none stated: for research" in card
    assert "rows learned from: 20" in card
    assert "No licence is stated for unsaid." in card


def test_what_has_no_stated_licence_is_left_out_by_one_option(licences: Path, caplog) -> None:
    caplog.set_level("INFO")
    run = read_recipe(licences, ["--licensed_only", "true"])
    manifest = read_manifest(run.run(licences.parent / "run")[0])
    assert manifest.record["data"] == ["granted", "mine.csv"]
    assert manifest.record["without_licence_left_out"] == ["unsaid"]
    assert set(manifest.record["rows"]) == {"granted", "mine.csv"}
    assert "Left out, for no licence is stated: unsaid" in caplog.text
    assert "No licence is stated" not in render_card("tiny", manifest)
    kept = [line for line in licences.read_text("utf-8").splitlines() if "mixture" not in line]
    licences.write_text("\n".join(kept), encoding="utf-8")
    nothing = read_recipe(licences, ["--licensed_only", "true", "--data", '["unsaid"]'])
    with pytest.raises(SettingError, match="licensed_only leaves nothing to learn from"):
        nothing.run(licences.parent / "none")


def test_recipes_that_share_an_encoder_are_licensed_together(
    licences: Path, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        text = licences.read_text(encoding="utf-8").split("vocabulary =")[0]
        text = text.replace('"tiny"', f'"{name}"') + 'encoder = { folder = "somewhere" }\n'
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    recipes = (str(tmp_path / "one.toml"), str(tmp_path / "two.toml"))
    for licensed_only, data in ((True, 2), (False, 3)):
        shared = SharedRecipe(name="both", recipes=recipes, licensed_only=licensed_only)
        runs = open_runs(shared, tmp_path / "run", resume=False)
        assert {len(run.source.names) for run in runs.values()} == {data}


def test_augmentation_changes_what_is_learned_and_nothing_that_is_held_out(licences: Path) -> None:
    plain, changed = (
        FineTuningRun(recipe=read_recipe(licences, options), folder=licences.parent / "run")
        for options in ([], ["--augmentation.letters", "1.0"])
    )
    assert plain.held_out_examples == changed.held_out_examples
    assert plain.train_rows == changed.train_rows
    same = [a == b for a, b in zip(plain.train_examples, changed.train_examples, strict=True)]
    # What the tokenizer normalises, such as wide letters, stays the same tokens.
    assert same.count(False) > 0.5 * len(same)
    assert [row.label for row in plain.train_examples] == [
        row.label for row in changed.train_examples
    ]


def test_augmentation_of_what_is_no_text_with_labels_is_refused(licences: Path) -> None:
    pairs = licences.parent / "pairs.csv"
    rows = [f"{WORDS[n % 5]},{WORDS[n % 6]},{n % 2}" for n in range(60)]
    pairs.write_text("\n".join(["first,second,label", *rows]) + "\n", encoding="utf-8")
    lines = licences.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith(("mixture", "classification"))]
    kept.insert(2, 'task = "pair_classification"')
    licences.write_text("\n".join(kept), encoding="utf-8")
    with pytest.raises(SettingError, match="augmentation changes texts with labels"):
        read_recipe(licences, ["--data", '["pairs.csv"]', "--augmentation.letters", "0.5"]).run(
            licences.parent / "run"
        )
