"""What may import what, and what an import may load."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORKSHOP = {"torch", "transformers", "pandas", "sklearn", "scipy", "matplotlib"}


def loaded_by(statement: str) -> set[str]:
    """Return the top-level modules that a fresh Python holds after ``statement``."""
    code = f"import sys, json; {statement}; print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    names: list[str] = json.loads(run.stderr.strip().splitlines()[-1])
    return {name.partition(".")[0] for name in names}


def test_rooms_import_only_in_the_direction_of_the_plan() -> None:
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert run.returncode == 0, run.stdout[-4000:]
    assert "0 broken" in run.stdout


@pytest.mark.parametrize(
    "statement",
    [
        "import madang.serving",
        "import madang.tasks.classification.predictor",
        "import madang.text, madang.text.tokenizer",
        "import madang.datasets.registry",
        "import madang.metrics.classification",
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'madang.community.site.settings'; "
        "import django; django.setup(); import madang.community.site.urls",
    ],
)
def test_serving_and_the_site_load_nothing_of_the_workshop(statement: str) -> None:
    assert not loaded_by(statement) & WORKSHOP


def test_import_madang_loads_the_standard_library_alone() -> None:
    assert loaded_by("import madang") - loaded_by("pass") <= {"madang", *sys.stdlib_module_names}


def test_the_help_loads_the_standard_library_alone() -> None:
    statement = "from madang.commands.cli import main; main(['--help'])"
    extra = loaded_by(statement) - loaded_by("pass")
    assert extra <= {"madang", *sys.stdlib_module_names}
