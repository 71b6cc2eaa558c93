"""Recommendations to everybody in a file: people a second and memory; and to one person: p50.

``python bench/recommendation_bulk.py`` gives a network of the shape of ``recipes/gifts.toml``
random weights (the time does not depend on them), exports it, writes a file of people and runs what
``madang recommend --all`` runs, each time in a process of its own: for ``--num-people``, and for
four times as many, which must take no more memory. One person is asked for again and again, with
the reason of the first item and without.
"""

import argparse
import multiprocessing
import os
import resource
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import polars as pl

from madang.datasets.interactions.partition import FilePartitions
from madang.serving import Recommender
from madang.serving.bulk import BulkRun

MOST_ITEMS = 30
NUM_ASKED = 300


def build_export(folder: Path, *, num_items: int, hidden_size: int, length: int) -> Path:
    """Write an exported recommender with random weights."""
    import torch

    from madang.export.onnx import export_onnx
    from madang.formats.item_list import ItemList, record_of, write_items
    from madang.models.bert4rec import SasRec, SasRecConfig
    from madang.models.bert4rec.huggingface import special_tokens_json
    from madang.models.checkpoint import save_checkpoint

    torch.manual_seed(0)
    config = SasRecConfig(
        hidden_size=hidden_size,
        intermediate_size=4 * hidden_size,
        max_position_embeddings=length,
    ).of_items(num_items)
    items = ItemList(
        items=tuple(f"item-{number}" for number in range(num_items)), counts=(1,) * num_items
    )
    write_items(folder / "checkpoint", items=items, arrays={}, texts={})
    save_checkpoint(
        folder / "checkpoint",
        SasRec(config),
        tokenizer_json=special_tokens_json(num_items),
        task="recommendation",
        max_length=length,
        record=record_of(items),
    )
    return export_onnx(folder / "checkpoint", folder / "export")


def write_people(path: Path, *, num_people: int, num_items: int) -> Path:
    """Write the interactions of so many people, four to thirty each, in no order of people."""
    random = np.random.default_rng(0)
    owner = np.repeat(np.arange(num_people), random.integers(4, MOST_ITEMS, num_people))
    random.shuffle(owner)
    pl.DataFrame(
        {
            "user": pl.Series(owner).cast(pl.String),
            "item": "item-" + pl.Series(random.integers(0, num_items, len(owner))).cast(pl.String),
            "time": random.integers(1_500_000_000, 1_600_000_000, len(owner)),
        }
    ).write_parquet(path)
    return path


def run_bulk(export: Path, people: Path, output: Path, threads: int) -> tuple[int, float, float]:
    """Return people, seconds and the megabytes that the process held at most."""
    began = time.perf_counter()
    run = BulkRun(Recommender.load(export, num_threads=threads), output)
    result = run.go(FilePartitions(people))
    seconds = time.perf_counter() - began
    return result.num_people, seconds, peak_megabytes()


def peak_megabytes() -> float:
    """Return the most memory that this process held since its program began.

    What ``getrusage`` gives counts the parent that it was forked from too.
    """
    status = Path("/proc/self/status")
    if not status.is_file():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return int(lines["VmHWM"].split()[0]) / 1024


def ask_one(export: Path) -> dict[str, list[float]]:
    """Return the milliseconds of single answers, with the reason of the first item and without."""
    recommender = Recommender.load(export)
    random = np.random.default_rng(1)
    milliseconds: dict[str, list[float]] = {"recommend": [], "with a reason": []}
    for _ in range(NUM_ASKED):
        numbers = random.integers(0, len(recommender.items), random.integers(4, MOST_ITEMS))
        history = [recommender.items[number] for number in numbers]
        began = time.perf_counter()
        answer = recommender.recommend(history=history)
        milliseconds["recommend"].append(1000 * (time.perf_counter() - began))
        recommender.because(history=history, item=answer.items[0].item)
        milliseconds["with a reason"].append(1000 * (time.perf_counter() - began))
    return milliseconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--num-people", type=int, default=50_000)
    parser.add_argument("--num-items", type=int, default=8600)
    parser.add_argument("--hidden-size", type=int, default=64)
    parser.add_argument("--length", type=int, default=20)
    parser.add_argument("--num-threads", type=int, default=2)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as name,
        multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool,
    ):
        folder = Path(name)
        export = build_export(
            folder,
            num_items=options.num_items,
            hidden_size=options.hidden_size,
            length=options.length,
        )
        print(
            f"{options.num_items:,} items, 2 layers of {options.hidden_size}, {options.length} "
            f"positions, {options.num_threads} threads"
        )
        for times in (1, 4):
            people = write_people(
                folder / "people.parquet",
                num_people=times * options.num_people,
                num_items=options.num_items,
            )
            job = (export, people, folder / "top.parquet", options.num_threads)
            num_people, seconds, megabytes = pool.apply(run_bulk, job)
            print(
                f"{num_people:9,} people: {num_people / seconds:9,.0f} a second, at most "
                f"{megabytes:,.0f} MB"
            )
        for what, values in pool.apply(ask_one, (export,)).items():
            p50, p99 = np.percentile(values, [50, 99])
            print(f"one person, {what}: p50 {p50:.2f} ms, p99 {p99:.2f} ms")


if __name__ == "__main__":
    main()
