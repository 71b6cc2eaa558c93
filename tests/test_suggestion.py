"""A name that is not known is answered with the nearest one, everywhere by the same code."""

from pathlib import Path

import madang
from madang.suggestion import ask, did_you_mean, nearest

SOURCE = Path(madang.__file__).parent


def test_nothing_is_asked_where_nothing_is_near() -> None:
    assert did_you_mean("zzz", ["nsmc"]) == ask([]) == ""
    assert did_you_mean("zzz", [], otherwise="See there.") == "See there."
    assert nearest("nsmc", iter(["nscm", "nsmcs", "x"]), at_most=2) == ["nsmcs", "nscm"]


def test_names_are_compared_in_one_file_alone() -> None:
    users = [path.name for path in SOURCE.rglob("*.py") if "difflib" in path.read_text("utf-8")]
    assert users == ["suggestion.py"]
