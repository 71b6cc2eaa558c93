"""A recipe is read whole, can be said otherwise, and stops at what it does not know."""

import dataclasses
import re
from pathlib import Path

import pytest

from madang.errors import SettingError
from madang.recipes.encoder import Encoder
from madang.recipes.fine_tuning import FineTuningRecipe
from madang.recipes.recipe import KINDS, read_recipe, read_toml
from madang.tasks.classification.task import Options as Classification
from madang.tasks.registry import find_options, learned_names
from madang.tasks.tagging.task import Options as Tagging

ROOT = Path(__file__).parents[2]
KIND = 'kind = "fine_tuning"\n'
LEAST = KIND + 'name = "a"\ndata = ["nsmc"]\n'


def write(folder: Path, text: str) -> Path:
    path = folder / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    return path


def read(folder: Path, text: str, *options: str) -> FineTuningRecipe:
    recipe = read_recipe(write(folder, text), options)
    assert isinstance(recipe, FineTuningRecipe)
    return recipe


@pytest.mark.parametrize("path", sorted((ROOT / "recipes").glob("*.toml")), ids=lambda p: p.stem)
def test_every_recipe_that_ships_is_read_and_bears_its_file_name(path: Path) -> None:
    assert read_recipe(path).name == path.stem


@pytest.mark.parametrize("path", sorted((ROOT / "recipes").glob("*.toml")), ids=lambda p: p.stem)
def test_a_recipe_from_before_is_told_the_line_that_it_lacks(path: Path, tmp_path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    line = f'kind = "{read_toml(path)["kind"]}"'
    before = write(tmp_path, text.replace(line + "\n", ""))
    with pytest.raises(SettingError) as caught:
        read_recipe(before)
    assert str(caught.value) == (
        f"{before}: a recipe says its kind. Add this line at the top: {line}"
    )
    # The advice is tried: with the line at the top, it is the recipe that it was.
    assert read_recipe(write(tmp_path, f"{line}\n{before.read_text()}")) == read_recipe(path)


# A block that begins with a table shows that part of a recipe alone.
BLOCKS = [
    pytest.param(block, id=f"{page.stem}-{number}")
    for page in sorted((ROOT / "docs").rglob("*.md"))
    for number, block in enumerate(
        re.findall(r"^```toml\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    )
]


@pytest.mark.parametrize("block", BLOCKS)
def test_every_recipe_in_the_documentation_is_read(block: str, tmp_path: Path) -> None:
    assert len(BLOCKS) >= 4
    is_part = block.startswith("[")
    assert read_recipe(write(tmp_path, f"{LEAST * is_part}{block}")).name


def test_a_kind_is_a_file_of_that_name_and_a_key_that_no_other_kind_has() -> None:
    for name, kind in KINDS.items():
        assert kind.target.startswith(f"madang.recipes.{name}:")
    assert len({kind.key for kind in KINDS.values()}) == len(KINDS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('name = "a"\n', 'kind = "fine_tuning" or kind = "distillation"'),
        ('kind = "pretrain"\nname = "a"\n', "no kind 'pretrain'. Did you mean 'pretraining'?"),
        ('kind = "zzz"\nname = "a"\n', "no kind 'zzz'. Known are fine_tuning, distillation,"),
        ('kind = ["shared"]\nname = "a"\n', "no kind ['shared']"),
    ],
)
def test_what_is_no_kind_is_answered(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SettingError) as caught:
        read(tmp_path, text)
    assert message in str(caught.value)


def test_nested_parts_arrive_and_what_is_not_said_has_its_default(tmp_path: Path) -> None:
    recipe = read(tmp_path, LEAST + "[warm_up.training]\nnum_epochs = 7\n")
    assert recipe.data == ("nsmc",)
    assert recipe.warm_up is not None
    assert recipe.warm_up.training.num_epochs == 7
    assert recipe.encoder is None


def test_an_option_wins_over_the_file(tmp_path: Path) -> None:
    text = LEAST + "[fine_tuning]\nseeds = [1, 2]\n[fine_tuning.training]\npatience = 3\n"
    recipe = read(
        tmp_path,
        text,
        *("--fine_tuning.seeds", "[9]", "--max_length", "32"),
        *("--fine_tuning.training.patience", "none"),
    )
    assert recipe.fine_tuning.seeds == (9,)
    assert recipe.max_length == 32
    assert recipe.fine_tuning.training.patience is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--max_lenght", "3"], "Did you mean 'max_length'"),
        (["--encoder.frsh", "true"], "Did you mean 'encoder.fresh'"),
        (["--training.num_epochs", "2"], "or 'fine_tuning.training.num_epochs'"),
        (["--max_length"], "has no value"),
        (["nsmc"], "is no option"),
        (["--name.first", "a"], "has no parts"),
        (["--max_length", "[" * 200_000], r"max_length is '\[\[\[.*it must be a whole number"),
    ],
)
def test_a_wrong_option_says_what_is_wrong(
    tmp_path: Path, options: list[str], message: str
) -> None:
    path = write(tmp_path, LEAST + '[encoder]\nfolder = "f"\n')
    with pytest.raises(SettingError, match=message):
        read_recipe(path, options)


def test_the_encoder_is_drawn_anew_by_one_option(tmp_path: Path) -> None:
    text = LEAST + '[encoder]\nfolder = "f"\ndropout = 0.2\n'
    recipe = read(tmp_path, text, "--encoder.fresh", "true")
    assert recipe.encoder == Encoder(folder="f", fresh=True, dropout=0.2)


def test_an_unknown_task_is_answered_with_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="Did you mean 'tagging'"):
        read(tmp_path, LEAST + 'task = "tagger"\n')


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("max_lenght = 5\n", "unknown key 'max_lenght'. Did you mean 'max_length' or"),
        ("[vocabulry]\nvocab_size = 5\n", "'vocabulry.vocab_size'. Did you mean 'vocabulary.vocab"),
        ("[vocabulry]\nzzz = 5\n", "unknown key 'vocabulry'. Did you mean 'vocabulary'?"),
        ("[vocabulary]\nvocabsize = 5\n", "Did you mean 'vocabulary.vocab_size' or"),
        ('crf = true\ntask = "tagging"\n', "unknown key 'crf'. Did you mean 'tagging.crf'?"),
        ('task = "tagging"\n[tagging]\ncfr = true\n', "'tagging.cfr'. Did you mean 'tagging.crf'?"),
        ("[tagging]\nkrf = 1\n", "[tagging] belongs to another task than this recipe's"),
        ("[options]\n", "A task's options stand in [classification]"),
    ],
)
def test_an_unknown_key_is_answered_with_where_it_is_known(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(SettingError) as caught:
        read(tmp_path, LEAST + text)
    assert message in str(caught.value)


@pytest.mark.parametrize("task", learned_names())
def test_a_recipe_takes_the_options_of_its_own_task_alone(tmp_path: Path, task: str) -> None:
    said = LEAST + f'task = "{task}"\n'
    assert type(read(tmp_path, said + f"[{task}]\n").options) is find_options(task)
    for other in learned_names():
        if other != task:
            with pytest.raises(SettingError, match=rf"\[{other}\] belongs to another task"):
                read(tmp_path, said + f"[{other}]\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[fine_tuning]\nlabel_smoothing = 0.1\n", "mean 'classification.label_smoothing'?"),
    ],
)
def test_what_has_become_an_option_of_the_task_is_found(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(SettingError) as caught:
        read(tmp_path, LEAST + text)
    assert message in str(caught.value)


def test_a_second_round_that_the_task_has_not_is_refused_before_the_first(tmp_path: Path) -> None:
    recipe = read(
        tmp_path,
        LEAST.replace("nsmc", "korsts") + 'task = "embedding"\n[self_training]\ndata = "nsmc"\n',
    )
    with pytest.raises(SettingError, match="self_training is given, but the task 'embedding'"):
        recipe.run(tmp_path / "run")
    assert not list((tmp_path / "run").glob("seed-*"))


def test_options_of_another_task_are_refused_in_python_too() -> None:
    tagging = FineTuningRecipe(name="a", data=("nsmc",), task="tagging", options=Tagging())
    with pytest.raises(AssertionError, match="another task"):
        dataclasses.replace(tagging, options=Classification())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (KIND + 'name = "a', "not TOML"),
        (KIND + 'name = "a"\nname = "b"', "not TOML: Cannot overwrite a value"),
        ("\ufeff" + LEAST, "not TOML: Invalid statement"),
        (KIND + "data = " + "[" * 200_000, "not TOML: its brackets are nested too deeply"),
        (KIND + 'name = "a"', "data is missing. Give it."),
        (LEAST + 'max_length = "long"', "max_length is 'long'; it must be a whole number"),
        (LEAST + "max_length = 0", "max_length is 0; it must be a whole number from 1 on"),
        (LEAST + "threshold = nan", "threshold is nan; it must be a number from 0 to 1"),
        (LEAST + "[fine_tuning.training]\nlearning_rate = inf", "learning_rate is inf; it must be"),
        (
            LEAST + "[fine_tuning.training]\nnum_epochs = 0",
            "fine_tuning.training.num_epochs is 0; it must be a whole number from 1 on",
        ),
        (LEAST + "[[warm_up]]", "warm_up is [{}]; it must be a table or none"),
        (LEAST + "fine_tuning = 3", "fine_tuning is 3; it must be a table"),
    ],
)
def test_a_broken_recipe_says_what_is_wrong_in_one_line(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(SettingError) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith(str(tmp_path / "recipe.toml"))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_recipe_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"no recipe .*nowhere\.toml"):
        read_recipe(tmp_path / "nowhere.toml")
