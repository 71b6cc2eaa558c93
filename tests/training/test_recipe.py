"""A recipe is read whole, can be said otherwise, and stops at what it does not know."""

from pathlib import Path

import pytest

from madang.errors import SettingError
from madang.recipes.pretraining import PretrainingRecipe
from madang.recipes.recipe import Encoder, load_recipe, read_recipe, read_toml
from madang.recipes.recommendation import RecommendationRecipe
from madang.recipes.sharing import SharedRecipe

ROOT = Path(__file__).parents[2]


def write(folder: Path, text: str) -> Path:
    path = folder / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", sorted((ROOT / "recipes").glob("*.toml")), ids=lambda p: p.stem)
def test_every_recipe_that_ships_is_read_and_bears_its_file_name(path: Path) -> None:
    content = read_toml(path)
    kinds: dict[str, type] = {
        "interactions": RecommendationRecipe,
        "sources": PretrainingRecipe,
        "recipes": SharedRecipe,
    }
    kind = next((kind for key, kind in kinds.items() if key in content), None)
    found = load_recipe(path) if kind is None else read_recipe(path, (), kind=kind)
    assert found.name == path.stem  # type: ignore[attr-defined]


def test_a_table_of_another_task_stops_the_run(tmp_path: Path) -> None:
    path = write(tmp_path, 'name = "a"\ndata = ["nsmc"]\n[tagging]\ncrf = false\n')
    with pytest.raises(SettingError, match="unknown key 'tagging"):
        load_recipe(path)


def test_nested_parts_arrive_and_what_is_not_said_has_its_default(tmp_path: Path) -> None:
    path = write(tmp_path, 'name = "a"\ndata = ["nsmc"]\n[warm_up.training]\nnum_epochs = 7\n')
    recipe = load_recipe(path)
    assert recipe.data == ("nsmc",)
    assert recipe.warm_up is not None
    assert recipe.warm_up.training.num_epochs == 7
    assert recipe.options.teacher is None


def test_an_option_wins_over_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, 'name = "a"\ndata = ["nsmc"]\n[fine_tuning]\nseeds = [1, 2]\n')
    recipe = load_recipe(path, ["--fine_tuning.seeds", "[9]", "--max_length", "32"])
    assert recipe.fine_tuning.seeds == (9,)
    assert recipe.max_length == 32


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--max_lenght", "3"], "Did you mean 'max_length'"),
        (["--encoder.frsh", "true"], "Did you mean 'encoder.fresh'"),
        (["--training.num_epochs", "2"], "or 'fine_tuning.training.num_epochs'"),
        (["--max_length"], "has no value"),
        (["nsmc"], "is no option"),
        (["--name.first", "a"], "has no parts"),
    ],
)
def test_a_wrong_option_says_what_is_wrong(
    tmp_path: Path, options: list[str], message: str
) -> None:
    path = write(tmp_path, 'name = "a"\ndata = ["nsmc"]\n[encoder]\nfolder = "f"\n')
    with pytest.raises(SettingError, match=message):
        load_recipe(path, options)


def test_the_encoder_is_drawn_anew_by_one_option(tmp_path: Path) -> None:
    path = write(tmp_path, 'name = "a"\ndata = ["nsmc"]\n[encoder]\nfolder = "f"\ndropout = 0.2\n')
    recipe = load_recipe(path, ["--encoder.fresh", "true"])
    assert recipe.encoder == Encoder(folder="f", fresh=True, dropout=0.2)


def test_an_unknown_task_is_answered_with_the_nearest_one(tmp_path: Path) -> None:
    path = write(tmp_path, 'name = "a"\ndata = ["nsmc"]\ntask = "tagger"\n')
    with pytest.raises(SettingError, match="Did you mean 'tagging'"):
        load_recipe(path)


def test_an_unknown_key_is_answered_with_the_nearest_one(tmp_path: Path) -> None:
    path = write(tmp_path, 'name = "a"\ndata = ["nsmc"]\n[vocabulary]\nvocabsize = 5\n')
    with pytest.raises(SettingError, match=r"Did you mean 'vocabulary\.vocab_size' or"):
        load_recipe(path)


def test_an_unknown_key_outside_any_table_is_answered_too(tmp_path: Path) -> None:
    path = write(tmp_path, 'name = "a"\ndata = ["nsmc"]\nmax_lenght = 5\n')
    with pytest.raises(SettingError, match="Did you mean 'max_length'"):
        load_recipe(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('name = "a', "not TOML"),
        ('name = "a"', "data"),
        ('name = "a"\ndata = ["nsmc"]\nmax_length = "long"', "max_length"),
    ],
)
def test_a_broken_recipe_says_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        load_recipe(write(tmp_path, text))


def test_a_missing_recipe_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"no recipe .*nowhere\.toml"):
        load_recipe(tmp_path / "nowhere.toml")
