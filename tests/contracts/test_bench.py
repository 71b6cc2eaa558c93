"""Every benchmark can be begun: what it imports, and the files that it names, are there."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: Measures another project's package, which its user installs beside.
PEERS = {"recommendation_peer"}
BENCHES = [path for path in sorted((ROOT / "bench").glob("*.py")) if path.stem not in PEERS]
# In a process of its own: one of them changes how threads work.
LOOK = """
import runpy, sys
from pathlib import Path
named = runpy.run_path(sys.argv[1]).values()
files = [each for each in named if isinstance(each, Path) and each.is_relative_to(sys.argv[2])]
print(*[each for each in files if not each.exists()], end="")
"""


@pytest.mark.parametrize("path", BENCHES, ids=lambda path: path.stem)
def test_a_benchmark_finds_what_it_names(path: Path) -> None:
    looked = subprocess.run(
        [sys.executable, "-c", LOOK, path, ROOT], capture_output=True, text=True, timeout=120
    )
    assert (looked.returncode, looked.stdout) == (0, ""), looked.stderr
