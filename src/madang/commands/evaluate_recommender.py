"""``madang evaluate-recommender``: recommenders and baselines on interactions, by protocol."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from madang import storage
from madang.datasets.interactions.history import Interactions
from madang.datasets.interactions.holdout import Holdout, Part, Unit, hold_out
from madang.datasets.interactions.notice import sentences
from madang.datasets.interactions.reading import Reading
from madang.datasets.interactions.record import (
    DataRecord,
    check_alike,
    check_same_validation_users,
    validation_users_of,
)
from madang.evaluation.report import print_table, write_report
from madang.evaluation.run import licence, open_model
from madang.formats.catalogue import find_model
from madang.formats.manifest import Manifest, weights_sha256
from madang.tasks.recommendation.evaluation import check_part, fit_baselines, in_numbers_of
from madang.tasks.recommendation.predictor import Recommender
from madang.tasks.recommendation.ranking import (
    ItemScorer,
    RankingReport,
    RankingSettings,
    evaluate_recommendation,
)

RANKING, READING = RankingSettings(), Reading()
CHOSEN_BY = (
    "These are the items by which settings and epochs were chosen: such figures flatter. Those of "
    "the split test do not."
)


def evaluate_recommender(
    data: str,
    *,
    model: tuple[str, ...] = (),
    baseline: bool = False,
    split: str = "test",
    split_at: tuple[int, ...] = (),
    held_out: Unit = "item",
    settings: RankingSettings = RANKING,
    reading: Reading = READING,
    users: Path | None = None,
    output: Path | None = None,
) -> None:
    """Print how far up recommenders put the last item of each person, with 95 % intervals.

    Args:
        data: a data set of interactions that `madang data list` shows, or a table of one's own.
        model: checkpoints of recommenders, read and split as the data is; without any, the
            baselines are measured.
        baseline: measure popularity, Markov, item-kNN and matrix factors beside them.
        split: test (the last item of each person) or validation (the last but one, by which
            settings and epochs were chosen: such figures flatter).
        split_at: two moments in seconds since 1970; hold out by time, from them on, instead.
        held_out: an item of each person, or all items of a moment: where several bear the last one,
            which of them is the last is only the order of the file.
        protocols: full, and samples such as "100 popular" or "45 uniform".
        exclude_seen: leave out of the full ranking what a person has met before.
        k: how many items at the top count.
        metrics: of ndcg, hit, mrr, recall, precision, f1, map; with one item held out, recall is
            hit and map is mrr.
        seed: of the draws of samples.
        memory_mb: memory that a block of people may take, beside the model's own.
        groups: also print the figures of groups of people apart: by ties in time, by whether what
            is held out was learned from, by length of history.
        encoding: of a file, such as cp949; UTF-8, and UTF-16 with its mark, are found.
        separator: of a file, one sign, :: or tab; where it is in doubt.
        header: of a file whose first line is a row already, the names of its columns, in order.
        quotes: of a file, whether quotes around a cell belong to the notation (yes) or to the text
            (no).
        user: of a file, the column of people.
        item: of a file, the column of items.
        time: of a file, the column of times; "" where the rows are in order already.
        time_unit: of a file, what a number in it counts: s, ms, us or ns.
        time_format: of a file, how its dates are written, such as %m/%d/%Y %H:%M; for dates that
            can be read in two ways.
        time_zone: of a file, whose clock dates without an offset were read from, such as
            Asia/Seoul; UTC where nothing is said.
        only: of a file, which rows are read, such as event=purchase or "rating>=4"; several values
            of one column are alternatives.
        missing: what becomes of rows that lack a value: error or drop.
        strange_times: what becomes of times before 1970 or after now: error, drop or keep.
        duplicates: of a person's meetings with one item keep all (keep), the first or the last.
        core: keep people and items with at least so many interactions among each other.
        users: write a row a person, with ranks and the items shown, to this folder, a Parquet file
            a recommender.
        output: write the figures as JSON to this file.
    """
    part = check_part(split)
    print(f"licence of {data}: {licence(data)}")
    opened = {name: open_model(name) for name in model}
    for name, own in opened.items():
        Recommender.of_task(Path(name), own.manifest)
        check_alike(own.manifest.record, DataRecord(reading, split_at, held_out), model=name)
        print(f"weights of {name}: SHA-256 {weights_sha256(find_model(name))}")
    interactions = reading.read(data)
    for line in sentences(interactions.dropped, interactions.noticed):
        print(line)
    holdout = held_out_for(
        [own.manifest for own in opened.values()], interactions, split_at, part=part, unit=held_out
    )
    scorers: dict[str, ItemScorer] = {
        name: in_numbers_of(interactions.item_ids, own) for name, own in opened.items()
    }
    if baseline or not model:
        scorers |= fit_baselines(holdout, settings=settings, report=print)
    if part == "validation":
        print(CHOSEN_BY)
    found: dict[str, RankingReport] = {}
    for name, scorer in scorers.items():
        found[name] = evaluate_recommendation(
            scorer,
            holdout,
            part=part,
            settings=settings,
            report=None if found else partial(print, flush=True),
        )
        if users is not None:
            with storage.replacing(users / f"{name.replace('/', '_')}.parquet") as temporary:
                found[name].users.write_parquet(temporary)
    print_reports(f"{data} {split}", found, settings)
    if output is not None:
        write_report(output, {name: _as_mapping(each) for name, each in found.items()})


def print_reports(
    title: str, reports: Mapping[str, RankingReport], settings: RankingSettings
) -> None:
    """Print what is held out, the figures of all people, and those of each group apart."""
    first = next(iter(reports.values()))
    print(
        f"{first.num_cold:,} of the {first.users.height:,} items held out stand in no training "
        f"history"
    )
    print(f"{first.num_seen:,} of them the person had met before")
    if first.num_certain:
        print(
            f"for {first.num_certain:,} people no more than {settings.k} items are left: nothing "
            f"can be missed there, whatever is recommended"
        )
    columns = {name: each.figures for name, each in reports.items()}
    print_table(f"{title}, {first.num_people:,} people", columns)
    for group, its in first.groups.items():
        columns = {name: each.groups[group].figures for name, each in reports.items()}
        print_table(f"{title}, {group}: {its.num_people:,} people", columns)


def _as_mapping(report: RankingReport) -> dict[str, Any]:
    groups = {
        name: {"num_people": each.num_people, **each.figures}
        for name, each in report.groups.items()
    }
    return {**report.figures, **({"groups": groups} if groups else {})}


def held_out_for(
    manifests: Sequence[Manifest],
    interactions: Interactions,
    split_at: tuple[int, ...],
    *,
    part: Part,
    unit: Unit = "item",
) -> Holdout:
    """Return what is held out, such that baselines learn from as much as any of the models.

    Raises ``SettingError`` where a part is asked for that some of the models learned from.
    """
    records = [manifest.record for manifest in manifests]
    if part == "validation":
        check_same_validation_users(records)
    validation_users = {validation_users_of(record) for record in records} or {None}
    holdouts = [hold_out(interactions, split_at, each, unit=unit) for each in validation_users]
    return max(holdouts, key=lambda each: len(each.train))
