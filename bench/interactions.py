"""How long twenty million interactions take to read, and how much memory.

``python bench/interactions.py`` writes a CSV and a Parquet file of that many rows (``--num-rows``),
unsorted, with ids as texts and times in seconds. Each is read in a process of its own: numbered, in
order of time, the last two items held out; then once more without duplicates and with a 5-core.
Memory is the most that the process held, the mapped file included.
"""

import argparse
import multiprocessing
import os
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from madang.datasets.interactions.holdout import leave_one_out
from madang.datasets.interactions.reading import Reading

ROWS_A_USER, ROWS_AN_ITEM = 100, 400
FIRST_SECOND, NUM_SECONDS = 1_500_000_000, 200_000_000


def write_tables(folder: Path, num_rows: int, *, rows_a_block: int = 1_000_000) -> list[Path]:
    """Write one table as CSV and as Parquet; a few users and items have most rows."""
    random = np.random.default_rng(0)
    csv, parquet = folder / "views.csv", folder / "views.parquet"
    num_users, num_items = max(1, num_rows // ROWS_A_USER), max(1, num_rows // ROWS_AN_ITEM)
    with csv.open("wb") as file:
        for start in range(0, num_rows, rows_a_block):
            size = min(rows_a_block, num_rows - start)
            frame = pl.DataFrame(
                {
                    "user": (num_users * random.random(size) ** 2).astype(np.int64),
                    "item": (num_items * random.random(size) ** 3).astype(np.int64),
                    "time": FIRST_SECOND + random.integers(0, NUM_SECONDS, size),
                }
            )
            frame.select(
                ("person-" + pl.col("user").cast(pl.String)).alias("user"),
                ("상품-" + pl.col("item").cast(pl.String)).alias("item"),
                "time",
            ).write_csv(file, include_header=not start)
    pl.scan_csv(csv).sink_parquet(parquet)
    return [csv, parquet]


def read(path: Path, *, is_filtered: bool) -> str:
    """Read a table and hold out the last items; return what was measured as a line."""
    began = time.perf_counter()
    reading = Reading(duplicates="last", core=5) if is_filtered else Reading()
    found = reading.read(str(path))
    read_seconds = time.perf_counter() - began
    leave_one_out(found)
    seconds = time.perf_counter() - began
    memory_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    kind = f"{path.name}{', last of duplicates, 5-core' if is_filtered else ''}"
    return (
        f"{kind:45}{read_seconds:7.1f} s read {seconds:7.1f} s held out {memory_gb:6.2f} GB  "
        f"{len(found):,} rows of {found.num_users:,} people and {found.num_items:,} items"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--num-rows", type=int, default=20_000_000)
    parser.add_argument("--num-threads", type=int, default=2)
    options = parser.parse_args()
    # Read when polars is imported, in each process afresh.
    os.environ["POLARS_MAX_THREADS"] = str(options.num_threads)
    spawn = multiprocessing.get_context("spawn")
    print(f"{options.num_rows:,} interactions, {options.num_threads} threads")
    with tempfile.TemporaryDirectory() as folder:
        for path in write_tables(Path(folder), options.num_rows):
            for is_filtered in (False, True):
                with spawn.Pool(1) as pool:
                    print(pool.apply(read, (path,), {"is_filtered": is_filtered}), flush=True)


if __name__ == "__main__":
    main()
