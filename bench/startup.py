"""How long starting takes: `import madang`, `madang --help`, `import madang.serving`."""

import statistics
import subprocess
import sys
import time
from pathlib import Path

NUM_RUNS = 11
MADANG = str(Path(sys.executable).with_name("madang"))
COMMANDS = {
    "python (bare)": [sys.executable, "-c", "pass"],
    "import madang": [sys.executable, "-c", "import madang"],
    "madang --help": [MADANG, "--help"],
    "import madang.serving": [sys.executable, "-c", "import madang.serving"],
}


def main() -> None:
    """Time each command in turn, so that a busy machine is busy for all; print medians."""
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(NUM_RUNS):
        for name, command in COMMANDS.items():
            began = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            seconds[name].append(time.perf_counter() - began)
    print("Start-up, median (fastest) of", NUM_RUNS, "processes")
    for name, values in seconds.items():
        print(f"  {name:<24}{statistics.median(values):6.3f} s ({min(values):.3f} s)")


if __name__ == "__main__":
    main()
