"""``madang train`` ends with commands that can be typed as they stand."""

import shlex
from pathlib import Path

import pytest

from madang.commands import train
from madang.commands.cli import find_command, load_function, main
from madang.commands.signature import SignatureParser
from madang.recipes.fine_tuning import FineTuningRecipe
from madang.recipes.pretraining import PretrainingRecipe
from madang.recipes.recommendation import RecommendationRecipe
from madang.recipes.shared import SharedRecipe


@pytest.mark.parametrize(
    "kind", [FineTuningRecipe, PretrainingRecipe, RecommendationRecipe, SharedRecipe]
)
def test_a_hint_names_the_run_also_where_its_path_has_spaces(kind, monkeypatch, capsys):
    class Finished:
        name = "mine"
        hints = kind.hints

        def run(self, folder, *, resume):
            return [folder / "model"]

    monkeypatch.setattr(train, "read_recipe", lambda *_: Finished())
    monkeypatch.setattr(train, "weights_sha256", lambda _: "0" * 64)
    assert main(["train", "mine.toml", "--output", "내 것/-1's"]) == 0
    _, _, *hints = capsys.readouterr().out.splitlines()
    assert len(hints) == len(kind.hints) > 0
    for hint in hints:
        program, *words = shlex.split(hint.partition(": ")[2])
        assert program == "madang"
        name, rest = find_command(words)
        given = SignatureParser(load_function(name), program=name).parse(rest)
        paths = {str(given.get(key)) for key in ("model", "output")}
        paths |= {each.partition("=")[2] for each in given.get("overrides", ())}
        assert str(Path("내 것/-1's/model")) in paths
        assert "output" not in given or given["output"] in (None, Path("내 것/-1's/export"))
