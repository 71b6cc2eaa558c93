"""Every task learns from an own file, and what the end would need is asked at the start."""

import dataclasses
import random
from pathlib import Path

import pytest

from madang.commands.evaluate import evaluate
from madang.datasets.own.columns import Said
from madang.errors import DataError, MadangError, SettingError
from madang.formats.manifest import read_manifest
from madang.recipes.recipe import read_recipe

WORDS = ("바다", "하늘", "커피", "산책", "영화", "음악")
BASE = """
kind = "fine_tuning"
name = "tiny"
max_length = 24
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


def write(path: Path, *rows: str, header: str, encoding: str = "utf-8") -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding=encoding)
    return path


def texts(num: int, *, seed: int = 0) -> list[str]:
    generator = random.Random(seed)
    return [f"{' '.join(generator.choices(WORDS, k=3))} {number}" for number in range(num)]


def labelled(path: Path, labels: list[str], **further) -> Path:
    rows = [f"{text},{label}" for text, label in zip(texts(len(labels)), labels, strict=True)]
    return write(path, *rows, header="text,label", **further)


def train(folder: Path, data: list[Path], *options: str) -> Path:
    recipe = folder / "recipe.toml"
    recipe.write_text(BASE, encoding="utf-8")
    names = ", ".join(f"'{name}'" for name in data)
    return read_recipe(recipe, ["--data", f"[{names}]", *options]).run(folder / "run")[0]


def was_started(folder: Path) -> bool:
    return (folder / "run" / "tokenizer.json").exists()


@pytest.mark.parametrize(
    ("cells", "labels"),
    [
        (["긍정", "부정"], ("긍정", "부정")),
        (["True", "False"], ("False", "True")),
        (["5", "4", "1"], ("1", "4", "5")),
        (["0.0", "1.0"], ("0", "1")),
    ],
)
def test_a_file_of_labels_of_any_kind_becomes_a_model(tmp_path: Path, cells, labels) -> None:
    folder = train(tmp_path, [labelled(tmp_path / "mine.csv", cells * 20)])
    manifest = read_manifest(folder)
    assert manifest.labels == labels
    assert (manifest.calibration is not None) == (len(labels) == 2)


def test_a_label_in_thirty_is_calibrated_at_the_end(tmp_path: Path) -> None:
    rare = ["0"] * 97 + ["1"] * 3
    assert read_manifest(train(tmp_path, [labelled(tmp_path / "mine.csv", rare)])).calibration


@pytest.mark.parametrize(
    ("labels", "options", "message"),
    [
        (["광고", "일반", "일반"], (), r"광고 \(1 text\)"),
        (["광고"] * 20, (), "nothing to tell apart"),
        (
            ["광고", "일반"] * 20,
            ("--classification.labels", '["광고", "일반", "맛집"]'),
            "label 맛집",
        ),
        (["광고", "일반"] * 20, ("--classification.labels", '["광고"]'), r"일반 \(20 rows\)"),
        (["광고", "일반"] * 4, ("--classification.teacher.num_folds", "5"), "fewer folds"),
        (["가", "나"] * 20, ("--classification.class_weights", "[1.0]"), "class_weights"),
        (["가", "나"] * 20, ("--self_training.data", "nowhere.csv"), "nowhere.csv"),
        (["가", "나"] * 20, ("--table.text", "body"), "no column 'body'"),
        (["가", "나"] * 20, ("--validation", '["dev.csv"]'), "dev.csv"),
    ],
)
def test_what_could_not_be_finished_is_refused_before_anything_is_trained(
    tmp_path: Path, labels, options, message
) -> None:
    with pytest.raises(MadangError, match=message):
        train(tmp_path, [labelled(tmp_path / "mine.csv", labels)], *options)
    assert not was_started(tmp_path)


def test_a_held_out_file_with_one_label_alone_is_refused_at_the_start(tmp_path: Path) -> None:
    mine = labelled(tmp_path / "mine.csv", ["가", "나"] * 20)
    dev = labelled(tmp_path / "dev.csv", ["가"] * 9)
    with pytest.raises(DataError, match=r"that is held out has the label 나: 가 \(9 rows\)"):
        train(tmp_path, [mine], "--validation", f"['{dev}']")
    assert not was_started(tmp_path)


def test_a_folder_that_can_not_be_written_is_refused_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file")
    with pytest.raises(SettingError, match="can not be written to"):
        train(tmp_path, [labelled(tmp_path / "mine.csv", ["가", "나"] * 20)])


@pytest.mark.parametrize(
    ("scores", "options", "message"),
    [
        ([0, 50, 100] * 5, (), r"from 0 to 100.*largest_score = 100"),
        ([-1, 0, 1] * 5, (), "from -1 to 1"),
        ([3, 3, 3] * 5, (), "the score 3 alone"),
    ],
)
def test_scores_that_can_not_be_learned_are_refused_at_the_start(
    tmp_path: Path, scores, options, message
) -> None:
    rows = [f"{text},{text} 둘,{score}" for text, score in zip(texts(15), scores, strict=True)]
    path = write(tmp_path / "mine.csv", *rows, header="first,second,score")
    with pytest.raises(DataError, match=message):
        train(tmp_path, [path], "--task", "similarity", *options)
    assert not was_started(tmp_path)


def test_vectors_need_scores_to_be_chosen_by(tmp_path: Path) -> None:
    rows = [f"{text},{text} 둘" for text in texts(30)]
    path = write(tmp_path / "mine.csv", *rows, header="first,second")
    with pytest.raises(DataError, match="first, second and score"):
        train(tmp_path, [path], "--task", "embedding")
    assert not was_started(tmp_path)


def test_vectors_are_learned_from_files_of_several_kinds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = texts(60)
    scored = [f"{text},{text} 둘,{number % 6}" for number, text in enumerate(own[:20])]
    alike = [f"{text},{text} 셋,{'same' if n % 2 else 'different'}" for n, text in enumerate(own)]
    together = [f"{text},{text} 넷" for text in own[20:40]]
    asked = [f"{text}?,{text} 다섯,{text[:2]}" for text in own[40:]]
    files = [
        write(tmp_path / "scored.csv", *scored, header="first,second,score"),
        write(tmp_path / "alike.csv", *alike, header="first,second,label"),
        write(tmp_path / "together.csv", *together, header="first,second"),
        write(tmp_path / "asked.csv", *asked, header="question,context,answer"),
    ]
    model = train(tmp_path, files, "--task", "embedding")
    names = tuple(map(str, files))
    evaluate(model=str(model), data=(names[0], names[1], names[3]), baseline=True)
    printed = capsys.readouterr().out
    assert [figure in printed for figure in ("spearman", "roc_auc", "recall@1")] == [True] * 3
    with pytest.raises(SettingError, match="no row says how alike"):
        evaluate(model=str(model), data=(names[2],))


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A model of two labels, and the file that it was trained on: CP949, columns of other names."""
    folder = tmp_path_factory.mktemp("measured")
    rows = [f"{text};{'좋음' if n % 2 else '나쁨'}" for n, text in enumerate(texts(100))]
    path = write(folder / "mine.csv", *rows, header="document;stars", encoding="cp949")
    options = ("text", "document"), ("label", "stars"), ("encoding", "cp949")
    said = [word for name, value in options for word in (f"--table.{name}", value)]
    return train(folder, [path], *said), path


def num_rows(printed: str) -> list[str]:
    return [line.rpartition(", ")[2] for line in printed.splitlines() if line.endswith(" rows")]


def test_its_own_file_is_measured_on_what_was_held_out_read_as_it_was(
    measured: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    model, path = measured
    splits: tuple[tuple[str, ...], ...] = ((), ("train",), ("validation",), ("all",))
    for wanted in splits:
        evaluate(model=str(model), splits=wanted)
    held_out, learned, again, every = num_rows(capsys.readouterr().out)
    assert held_out == again != learned
    assert every == "100 rows"
    assert sum(int(each.split()[0]) for each in (learned, again)) == 100
    copy = path.with_name("copy.csv")
    copy.write_bytes(path.read_bytes())
    evaluate(model=str(model), data=(str(copy),))
    assert num_rows(capsys.readouterr().out) == [held_out]


def test_another_file_is_measured_on_all_its_rows(
    measured: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = labelled(tmp_path / "test.csv", ["좋음", "나쁨", "좋음"] * 4)
    said = Said(text="text", label="label", encoding="utf-8")
    evaluate(model=str(measured[0]), data=(str(other),), said=said, baseline=True)
    captured = capsys.readouterr()
    assert num_rows(captured.out) == ["12 rows"]
    assert "fitted to what the model learned from" in captured.err


def test_a_file_may_give_the_numbers_of_the_labels_and_no_others(
    measured: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = Said(text="text", label="label")
    numbered = labelled(tmp_path / "test.csv", ["0", "1"] * 6, encoding="cp949")
    evaluate(model=str(measured[0]), data=(str(numbered),), said=said)
    assert num_rows(capsys.readouterr().out) == ["12 rows"]
    other = labelled(tmp_path / "other.csv", ["좋음", "보통", "보통"] * 4, encoding="cp949")
    with pytest.raises(DataError, match=r"none of 나쁨, 좋음: 보통 \(8 rows\)"):
        evaluate(model=str(measured[0]), data=(str(other),), said=said)


def test_a_file_that_was_learned_from_as_a_whole_is_not_what_to_measure_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = labelled(tmp_path / "mine.csv", ["가", "나"] * 20)
    dev = labelled(tmp_path / "dev.csv", ["나", "가"] * 5)
    model = train(tmp_path, [mine], "--validation", f"['{dev}']")
    evaluate(model=str(model))
    assert num_rows(capsys.readouterr().out) == ["10 rows"]
    with pytest.raises(SettingError, match=r"whole of .*mine\.csv.*--data .*dev\.csv"):
        evaluate(model=str(model), data=(str(mine),))


def test_all_that_a_recipe_says_of_a_file_can_be_said_on_the_command_line() -> None:
    from madang.datasets.own.columns import Columns

    assert [field.name for field in dataclasses.fields(Said)] == [
        field.name for field in dataclasses.fields(Columns)
    ]
