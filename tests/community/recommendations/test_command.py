"""The site's interactions as a data set, and its recommenders as versions."""

import csv
import json
import shutil
import tomllib
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from madang import storage
from madang.commands.cli import main
from madang.community.accounts.models import User
from madang.community.boards.models import Post
from madang.community.extension import actions as contributions
from madang.community.inference import prediction, version
from madang.community.recommendations import actions, export
from madang.community.recommendations.models import Consent
from madang.errors import CheckpointError, DataError, SettingError
from madang.formats.catalogue import find_model

Write = Callable[..., Post]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def keep(person: User, *posts: Post) -> None:
    actions.answer(person, Consent.Choice.AGREED)
    for post in posts:
        actions.keep(person, f"post:{post.pk}", "view")


def test_the_file_holds_who_agrees_by_a_number_and_what_is_open_to_everybody(
    write: Write, author: User, stranger: User, moderator: User, tmp_path: Path
) -> None:
    first, second, gone = write("하나"), write("둘"), write("셋")
    keep(stranger, first, second, gone)
    keep(moderator, second)
    keep(author, first)
    actions.answer(author, Consent.Choice.DECLINED)
    contributions.remove(gone, moderator=moderator)
    export.export_interactions(tmp_path / "site.csv")
    found = rows(tmp_path / "site.csv")
    assert list(found[0]) == ["user", "item", "time"]
    users = [row["user"] for row in found]
    assert [row["item"] for row in found] == [f"post:{each.pk}" for each in (first, second, second)]
    assert (users[0] == users[1], users[0] != users[2], {*users}) == (True, True, {"1", "2"})
    assert [row["time"] for row in found] == ["1", "2", "3"], "the order, and not when"


def test_the_file_is_its_owners_alone_to_read(write: Write, stranger: User, tmp_path: Path) -> None:
    keep(stranger, write("하나"))
    export.export_interactions(tmp_path / "site.csv")
    recipe, _ = export.write_recipe(tmp_path / "run", fresh=False)
    for path in (tmp_path / "site.csv", recipe.with_name("interactions.csv")):
        assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("file", ["site.txt", "site", "site.jsonl"])
def test_another_kind_of_file_is_refused(file: str, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"allowed is \.csv"):
        export.export_interactions(tmp_path / file)


@pytest.mark.django_db
def test_a_site_without_interactions_says_so_and_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="agreed"):
        export.export_interactions(tmp_path / "site.csv")
    assert list(tmp_path.iterdir()) == []


def test_the_recipe_of_the_site_names_its_data_and_a_run_that_goes_on_keeps_them(
    write: Write, stranger: User, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    keep(stranger, write("하나"))
    recipe, may_go_on = export.write_recipe(folder, fresh=False)
    assert not may_go_on
    content = tomllib.loads(recipe.read_text(encoding="utf-8"))
    assert content == {
        "kind": "recommendation",
        "name": "run",
        "interactions": str(folder / "interactions.csv"),
    }
    assert len(rows(folder / "interactions.csv")) == 1
    keep(stranger, write("둘"))
    assert export.write_recipe(folder, fresh=False) == (recipe, True)
    assert len(rows(folder / "interactions.csv")) == 1
    assert export.write_recipe(folder, fresh=True) == (recipe, False)
    assert len(rows(folder / "interactions.csv")) == 2


@pytest.mark.parametrize("what", ["switched off", "reset", "left", "an item was taken down"])
def test_a_run_begins_anew_without_whoever_withdrew_meanwhile(
    what: str, write: Write, stranger: User, moderator: User, tmp_path: Path
) -> None:
    post, gone = write("하나"), write("둘")
    keep(moderator, post)
    keep(stranger, post, gone)
    export.write_recipe(tmp_path / "run", fresh=False)
    if what == "switched off":
        actions.answer(stranger, Consent.Choice.DECLINED)
    elif what == "reset":
        actions.reset(stranger)
    elif what == "left":
        stranger.delete()
    else:
        contributions.remove(gone, moderator=moderator)
    _, may_go_on = export.write_recipe(tmp_path / "run", fresh=False)
    found = rows(tmp_path / "run" / "interactions.csv")
    assert (may_go_on, len(found)) == (False, 2 if "item" in what else 1)


@pytest.mark.parametrize(
    ("error", "is_kept"), [(None, False), (DataError("few"), False), (KeyboardInterrupt(), True)]
)
def test_a_training_from_the_site_leaves_the_interactions_only_where_it_was_interrupted(
    error: BaseException | None,
    is_kept: bool,
    write: Write,
    stranger: User,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from madang.commands import train as training

    keep(stranger, write("하나"))
    seen: list[tuple[bool, bool]] = []

    def run(path: Path, overrides: object, output: Path, *, resume: bool) -> None:
        seen.append(((output / "interactions.csv").is_file(), resume))
        if error:
            raise error

    monkeypatch.setattr(training, "_train", run)
    for _ in range(2):
        with suppress(DataError, KeyboardInterrupt):
            training.train(output=tmp_path / "run", from_site=True)
        assert (tmp_path / "run" / "interactions.csv").is_file() == is_kept
    assert seen == [(True, False), (True, is_kept)]


def make_model(folder: Path, *, task: str = "recommendation") -> Path:
    storage.write_text(folder / "tokenizer.json", "{}")
    manifest = {
        "family": "bert4rec",
        "task": task,
        "tokenizer_sha256": storage.sha256_of(folder / "tokenizer.json"),
    }
    storage.write_text(folder / "madang.json", json.dumps(manifest))
    return folder


def take_in(folder: Path, model: Path, *, day: int) -> None:
    version.add(folder, model, on=date(2026, 11, day), try_out=lambda folder: None)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Path:
    """A site of our own, whose recommender is the version in use."""
    monkeypatch.setenv("MADANG_HOME", str(tmp_path))
    settings.HOME, settings.MADANG_RECOMMENDER_MODEL = tmp_path, None
    return tmp_path


@pytest.fixture
def gives_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is taken in gives an answer when it is tried out."""
    monkeypatch.setattr(prediction, "try_out", lambda folder: None)


@pytest.mark.usefixtures("gives_answers")
def test_an_operator_goes_back_to_the_version_before_by_one_command(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = make_model(home / "export")
    assert prediction.name_of(prediction.RECOMMENDER) == ""
    assert main(["recommender", "add", str(model)]) == 0
    assert main(["recommender", "add", str(model)]) == 0
    first, second = version.names(home / version.FOLDER)
    assert prediction.name_of(prediction.RECOMMENDER).endswith(second)
    assert main(["recommender", "back"]) == 0
    assert prediction.name_of(prediction.RECOMMENDER).endswith(first)
    capsys.readouterr()
    assert main(["recommender", "list"]) == 0
    assert capsys.readouterr().out.splitlines() == [f"→ {first}", f"  {second}"]
    assert main(["recommender", "use", second]) == 0
    assert prediction.name_of(prediction.RECOMMENDER).endswith(second)


def test_the_site_follows_the_version_in_use_without_a_restart(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    class Recommender:
        version = "1"

        def __init__(self, name: str) -> None:
            self.name = Path(name).name
            opened.append(self.name)

        def because(self, **_: Any) -> str:
            return self.name

    monkeypatch.setattr(prediction, "load_recommender", Recommender)
    folder = home / version.FOLDER
    for day in (1, 2):
        take_in(folder, make_model(home / "export"), day=day)
    told = [prediction.because(["a"], "b")]
    version.back(folder)
    told += [prediction.because(["a"], "b"), prediction.because(["a"], "b")]
    assert told == ["2026-11-02", "2026-11-01", "2026-11-01"]
    assert opened == ["2026-11-02", "2026-11-01"]
    prediction.forget()


@pytest.mark.parametrize("words", [["use", "x"], ["use", "../export"], ["back"], ["add", "none"]])
def test_what_is_no_version_is_refused_and_nothing_changed(words: list[str], home: Path) -> None:
    version.add(
        home / version.FOLDER, make_model(home / "export"), on=date(2026, 11, 1), try_out=print
    )
    assert main(["recommender", *words]) == 2
    assert prediction.name_of(prediction.RECOMMENDER).endswith("2026-11-01")


def test_a_model_for_something_else_is_not_taken_in(home: Path) -> None:
    folder = home / version.FOLDER
    with pytest.raises(CheckpointError, match="'embedding'"):
        version.add(
            folder,
            make_model(home / "other", task="embedding"),
            on=date(2026, 11, 1),
            try_out=print,
        )
    assert version.names(folder) == []


def shipped(folder: Path) -> Path:
    return Path(shutil.copytree(find_model("gifts"), folder))


def test_a_model_that_answers_is_taken_in(home: Path) -> None:
    assert main(["recommender", "add", str(shipped(home / "export"))]) == 0
    (name,) = version.names(home / version.FOLDER)
    assert prediction.name_of(prediction.RECOMMENDER).endswith(name)


@pytest.mark.parametrize("what", ["no graph", "a damaged graph", "no items", "a checkpoint"])
def test_a_model_that_can_not_serve_is_not_put_to_use(
    what: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shipped(home / "export")
    if what == "no items":
        (folder / "items.npz").unlink()
    elif what == "a damaged graph":
        (folder / "model.onnx").write_bytes(b"cut off")
    else:
        (folder / "model.onnx").unlink()
    if what == "a checkpoint":
        (folder / "model.safetensors").touch()
    assert main(["recommender", "add", str(folder)]) == 2
    assert "xport" in capsys.readouterr().err
    assert version.names(home / version.FOLDER) == []
    assert prediction.name_of(prediction.RECOMMENDER) == ""


def test_a_model_whose_parts_do_not_fit_is_refused_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(name: str) -> None:
        raise RuntimeError("index: 1 Got: 16 Expected: 64")

    monkeypatch.setattr(prediction, "load_recommender", fail)
    with pytest.raises(CheckpointError, match=r"Expected: 64.*export it anew"):
        prediction.try_out(tmp_path)


def test_a_version_that_was_deleted_is_passed_over_on_the_way_back(home: Path) -> None:
    folder = home / version.FOLDER
    model = make_model(home / "export")
    for day in (1, 2, 3):
        take_in(folder, model, day=day)
    (folder / "2026-11-02" / "madang.json").unlink()
    assert version.back(folder) == "2026-11-01"


def test_training_needs_a_recipe_unless_it_is_from_the_site(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["train"]) == 2
    assert "--from-site" in capsys.readouterr().err
