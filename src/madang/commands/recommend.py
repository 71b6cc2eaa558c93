"""``madang recommend``: what goes with a history, or with the history of every person in a file."""

import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from madang.commands.output import print_json, progress, say
from madang.datasets.interactions.notice import sentences
from madang.datasets.interactions.reading import RowReading
from madang.errors import SettingError
from madang.serving import Recommender
from madang.suggestion import nearest
from madang.text.unicode import replace_surrogates

READING = RowReading()
DECIMALS = 4
# So many unknown items are named, each by so many letters, …
MOST_NAMED, MOST_LETTERS = 10, 80
# … and with the nearest id of the catalogue, unless to look for it would take seconds.
MOST_COMPARED = 50_000


def recommend(
    *,
    model: str = "gifts",
    history: tuple[str, ...] | None = None,
    reasons: bool = False,
    all: bool = False,
    interactions: str | None = None,
    reading: RowReading = READING,
    output: Path | None = None,
    k: int = 10,
    include_seen: bool = False,
    threads: int = 2,
) -> None:
    """Recommend what goes with a history, or with those of all people in a file.

    Args:
        model: the name of a shipped model, or an exported folder.
        history: ids of items, the oldest first; the answer is printed as JSON.
        reasons: also say for each item which one of the history speaks for it most.
        all: recommend to every person in `interactions`, and write a table to `output`.
        interactions: a data set of interactions by name, or a table with a row an interaction: CSV
            in any notation, JSON lines, Parquet.
        encoding: of a file, such as cp949; UTF-8, and UTF-16 with its mark, are found.
        separator: of a file, one sign, :: or tab; where it is in doubt.
        header: of a file whose first line is a row already, the names of its columns, in order.
        quotes: of a file, whether quotes around a cell belong to the notation (yes) or to the text
            (no).
        user: of a file, the column with people's ids.
        item: of a file, the column with items' ids.
        time: of a file, the column with times; "" where the rows are in order already.
        time_unit: of a file, what a number in it counts: s, ms, us or ns.
        time_format: of a file, how its dates are written, such as %m/%d/%Y %H:%M; for dates that
            can be read in two ways.
        time_zone: of a file, whose clock dates without an offset were read from, such as
            Asia/Seoul; UTC where nothing is said.
        only: of a file, which rows are read, such as event=purchase or "rating>=4"; several values
            of one column are alternatives.
        missing: what becomes of rows that lack a value: error or drop.
        strange_times: what becomes of times before 1970 or after now: error, drop or keep.
        output: a .csv or .parquet file to write, with the columns user, rank, item and score; of
            a person to whom nothing is left to recommend the last three are empty.
        k: how many items to recommend.
        include_seen: recommend what stands in the history too.
        threads: how many histories to read at once.
    """
    is_given = {interactions is not None, output is not None}
    if (history is None) != all or is_given != {all}:
        raise SettingError(
            "Give either a history or a file of them: `madang recommend --history A B C`, or "
            "`madang recommend --all --interactions views.csv --output top.parquet`"
        )
    recommender = Recommender.load(model, num_threads=threads)
    if history is not None:
        ids = [replace_surrogates(each) for each in history]
        answer = describe(recommender, ids, k=k, include_seen=include_seen, reasons=reasons)
        if sentence := describe_unknown(ids, recommender.items):
            say(sentence)
        origin = {"model": model, "version": recommender.version}
        print_json({**answer, **origin})
        return
    assert interactions is not None
    assert output is not None
    _recommend_to_all(
        recommender,
        interactions,
        output,
        reading=reading,
        k=k,
        exclude_seen=not include_seen,
    )


def describe(
    recommender: Recommender, history: list[str], *, k: int, include_seen: bool, reasons: bool
) -> dict[str, Any]:
    """Return the answer to a history as what ``madang recommend`` prints."""
    answer = recommender.recommend(history=history, k=k, exclude_seen=not include_seen)
    items: list[dict[str, Any]] = []
    for each in answer.items:
        row: dict[str, Any] = {"item": each.item, "score": round(each.score, DECIMALS)}
        if reasons:
            row["because"] = recommender.because(history=history, item=each.item)
        items.append(row)
    return {"items": items, "is_judged": answer.is_judged, "num_unknown": answer.num_unknown}


def describe_unknown(history: Sequence[str], items: Collection[str]) -> str:
    """Return a sentence about what the model does not know of a history, "" where it knows all.

    >>> describe_unknown(["cup", "sauser", "cup"], ["cup", "saucer"])
    "The model does not know 1 of the 3 items: 'sauser' (did you mean 'saucer'?). It was skipped."
    """
    known = set(items)
    unknown = [each for each in history if each not in known]
    if not unknown:
        return ""
    different = list(dict.fromkeys(unknown))
    named = ", ".join(_with_nearest(each, items) for each in different[:MOST_NAMED])
    more = len(different) - MOST_NAMED
    listed = f"{named} and {more:,} more" if more > 0 else named
    if len(unknown) == len(history):
        return (
            f"The model knows none of the {len(history):,} items: {listed}. What it recommends is "
            f"what is popular. An id must be written as in the data that it was trained on."
        )
    skipped = "It was skipped" if len(unknown) == 1 else "They were skipped"
    return (
        f"The model does not know {len(unknown):,} of the {len(history):,} items: {listed}. "
        f"{skipped}."
    )


def _with_nearest(item: str, items: Collection[str]) -> str:
    shown = repr(item if len(item) <= MOST_LETTERS else f"{item[:MOST_LETTERS]}…")
    if len(items) > MOST_COMPARED or len(item) > MOST_LETTERS:
        return shown
    near = nearest(item, items, likeness=0.7)
    return f"{shown} (did you mean {near[0]!r}?)" if near else shown


def _recommend_to_all(
    recommender: Recommender,
    source: str,
    output: Path,
    *,
    reading: RowReading,
    k: int,
    exclude_seen: bool,
) -> None:
    # Imported here: reading tables needs polars, which an answer to one history does not.
    from madang.datasets.interactions.partition import find_partitions
    from madang.serving.bulk import BulkRun

    began = time.monotonic()
    partitions = find_partitions(source, reading)
    run = BulkRun(recommender, output, k=k, exclude_seen=exclude_seen)
    result = run.go(partitions, report=progress(began, what="people"))
    seconds = time.monotonic() - began
    say(
        f"{result.num_people:,} people, {result.num_new:,} of them now in {seconds:.1f} s: {output}"
    )
    if result.num_without:
        say(
            f"nothing is left to recommend to {result.num_without:,} of them, who have met it all: "
            f"a row without an item"
        )
    if result.num_popular:
        say(f"the model knows no item of {result.num_popular:,} of them, who get what is popular")
    for line in sentences(result.dropped, partitions.noticed):
        say(line)
    if result.num_unknown:
        say(f"{result.num_unknown:,} interactions with items that the model does not know.")
