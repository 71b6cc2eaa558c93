"""A recipe learns from data that is labelled in several ways, and its model says how."""

import os
from pathlib import Path

import pytest

from madang.commands.evaluate import evaluate
from madang.datasets.own.record import Recorded
from madang.datasets.registry import load
from madang.datasets.rows import TRAIN, VALIDATION
from madang.errors import SettingError
from madang.export.card import render_card
from madang.formats.manifest import read_manifest
from madang.recipes.fine_tuning import FineTuningRecipe, FineTuningRun
from madang.recipes.recipe import read_recipe

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
    assert Recorded.of(manifest.record).mixture == read_recipe(recipe).mixture
    card = render_card("tiny", manifest)
    assert "| mixture.kinds.csv.labels.모욕 | insult |" in card
    assert "| mixture.rude.csv.labels.1.any_of | insult, threat, profanity |" in card
    evaluate(model=str(folder), baseline=True)
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


@pytest.mark.usefixtures("real_data")
@pytest.mark.parametrize("name", ["ads", "spam", "hate"])
def test_the_recipes_of_moderation_learn_every_label_from_rows_that_nobody_is_measured_on(
    name: str, tmp_path: Path
) -> None:
    recipe = read_recipe(RECIPES / f"{name}.toml")
    assert isinstance(recipe, FineTuningRecipe)
    run = FineTuningRun(recipe=recipe, folder=tmp_path)
    labels = run.task.labels(run.source)
    run.task.check(run.source.rows(TRAIN), run.source.rows(VALIDATION), labels=labels)
    measured = {row.text for row in run.source.rows("test", of=["community_unlabelled"])}
    assert measured.isdisjoint(row.text for row in run.source.rows(TRAIN))


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
