"""How far up a recommender puts what was held out for each person.

A figure's name says its protocol. ``ndcg@10[full]`` ranks all items; ``ndcg@10[full, unseen]``
those that the person has not met, where an item held out that was met before can not be found and
counts as missed; ``ndcg@10[100 popular]`` a sample (``candidate``); ``ndcg@10[full, moment]`` all
items of a moment, which were held out together. Equal scores are counted against the recommender.

People are scored in blocks whose size follows from the memory that may be used and the number of
items, so memory never grows with people times items; what a block needs is stated beforehand.
"""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from madang.datasets.interactions.history import Interactions
from madang.datasets.interactions.holdout import Holdout, Part, Targets, Unit
from madang.decoding.top_k import MOST_SORTED, NOTHING, top_k
from madang.errors import DataError, SettingError
from madang.metrics.exposure import coverage, novelty, popularity_bias
from madang.metrics.figure import Figure, figure, mean_figures
from madang.metrics.ranking import Ranking, ranks
from madang.tasks.recommendation.candidate import FULL, NegativeSampler, parse_protocol
from madang.tasks.recommendation.group import find_groups

METRICS: dict[str, Callable[..., NDArray[np.float64]]] = {
    "ndcg": Ranking.ndcg,
    "hit": Ranking.hit,
    "mrr": Ranking.reciprocal_rank,
    "recall": Ranking.recall,
    "precision": Ranking.precision,
    "f1": Ranking.f1,
    "map": Ranking.average_precision,
}
# Those that do not weigh the rank: among no more than k candidates they are always the same.
RANKLESS = ("hit", "recall", "precision", "f1")
DEFAULT_METRICS = ("ndcg", "hit", "mrr")
DEFAULT_MEMORY_MB = 256
MOST_USERS_IN_BLOCK = 1024
# Scores are made once and looked at five times: so much of them stays near the processor.
NEAR_BYTES = 16 * 10**6
# A score and two copies (4 bytes each), whether it was met, and two more questions (1 each).
BYTES_A_CELL = 15
# An item that may be among the k best: its row, number, score, and where the sort puts it.
BYTES_A_CANDIDATE = 64


class ItemScorer(Protocol):
    """A recommender as evaluation sees it."""

    def score(self, histories: Sequence[NDArray[np.int32]]) -> NDArray[np.float32]:
        """Return the score of each item for each history, (B, I), higher for what fits better.

        A history holds numbers of items, oldest first, and may be empty.
        """
        ...


@dataclasses.dataclass(frozen=True, kw_only=True)
class RankingSettings:
    """How a recommender is measured.

    ``protocols``: ``full`` and samples such as ``100 popular``. ``exclude_seen``: in the full
    ranking leave out what the person has met. ``k``: how many items count. ``metrics``: of
    ``METRICS``; with one item held out recall is hit, and map is mrr. ``memory_mb``: that a block
    of people may use, beside what the recommender itself uses. ``seed``: of the samples.
    ``groups``: also measure groups of people apart (``group``).
    """

    protocols: tuple[str, ...] = (FULL,)
    exclude_seen: bool = False
    k: int = 10
    metrics: tuple[str, ...] = DEFAULT_METRICS
    memory_mb: int = DEFAULT_MEMORY_MB
    seed: int = 0
    groups: bool = False

    def __post_init__(self) -> None:
        unknown = sorted(set(self.metrics) - set(METRICS))
        if unknown or not self.metrics:
            raise SettingError(
                f"The metrics are {', '.join(self.metrics) or 'none'}; allowed are "
                f"{', '.join(METRICS)}."
            )
        if min(self.k, self.memory_mb) < 1 or not self.protocols:
            raise SettingError(
                f"k is {self.k}, memory_mb {self.memory_mb} and protocols {self.protocols}; give "
                f"numbers from 1 on, and at least one protocol."
            )
        for protocol in self.protocols:
            parse_protocol(protocol)

    def name_of(self, protocol: str, unit: Unit = "item") -> str:
        """Return what stands in brackets after a metric."""
        name = f"{FULL}, unseen" if protocol == FULL and self.exclude_seen else protocol
        return name if unit == "item" else f"{name}, {unit}"


@dataclasses.dataclass(frozen=True, kw_only=True)
class GroupReport:
    """The figures of the rankings of some people."""

    num_people: int
    figures: dict[str, Figure]


@dataclasses.dataclass(frozen=True, kw_only=True)
class RankingReport:
    """The figures by name, and a row an item held out: whose, ranks, what would be shown.

    ``num_people`` have items held out; ``num_cold`` of the items stand in no training history,
    ``num_seen`` in the person's own. For ``num_certain`` people no more than k items were left, so
    that hit is what it is whatever is recommended. ``groups`` has the figures of each.
    """

    figures: dict[str, Figure]
    users: pl.DataFrame
    num_people: int
    num_cold: int
    num_seen: int
    num_certain: int
    groups: dict[str, GroupReport]


def evaluate_recommendation(
    scorer: ItemScorer,
    holdout: Holdout,
    *,
    part: Part = "test",
    settings: RankingSettings | None = None,
    report: Callable[[str], object] | None = None,
) -> RankingReport:
    """Measure a recommender on what is held out for each user; ``report`` is told the memory.

    Raises ``DataError`` when nothing is held out, the scores do not fit the items or are no
    numbers, and ``SettingError`` for so many items that a metric could not be otherwise.
    """
    settings = settings or RankingSettings()
    columns = rank_users(scorer, holdout, part=part, settings=settings, report=report)
    targets = holdout.targets(part)
    values = _values(columns, targets, holdout.unit, settings)
    groups = find_groups(holdout, part) if settings.groups else {}
    is_cold_R = holdout.train.counts()[targets.item_R] == 0
    return RankingReport(
        figures=mean_figures(values) | _exposure(columns, holdout, part, settings),
        users=_user_table(columns, holdout, part, is_cold_R),
        num_people=len(targets.users),
        num_cold=int(is_cold_R.sum()),
        num_seen=int(columns["is_seen"].sum()),
        num_certain=int(_is_certain(holdout, part, settings).sum()),
        groups={
            name: GroupReport(
                num_people=int(is_in.sum()),
                figures=mean_figures({each: value[is_in] for each, value in values.items()}),
            )
            for name, is_in in groups.items()
        },
    )


def rank_users(
    scorer: ItemScorer,
    holdout: Holdout,
    *,
    part: Part,
    settings: RankingSettings,
    report: Callable[[str], object] | None = None,
) -> dict[str, NDArray[Any]]:
    """Return the ``rank[…]`` of each item held out by each protocol, (R,).

    Beside them stand ``is_seen``, (R,), whether the user had met the item before, and ``shown``,
    (Q, k), the numbers of the best items for each user. Raises as ``evaluate_recommendation`` does.
    """
    known, targets = holdout.known(part), holdout.targets(part)
    user_Q, query_R = targets.users, targets.queries
    _check_sizes(holdout, part, settings)
    size = block_size(known.num_items, k=settings.k, memory_mb=settings.memory_mb)
    if report is not None:
        report(_plan(len(user_Q), known.num_items, min(size, len(user_Q)), settings.k))
    samplers = {
        settings.name_of(protocol, holdout.unit): NegativeSampler(
            sample, holdout.train.counts(), seed=settings.seed
        )
        for protocol in settings.protocols
        if (sample := parse_protocol(protocol))
    }
    full = settings.name_of(FULL, holdout.unit) if FULL in settings.protocols else ""
    columns: dict[str, NDArray[Any]] = {}
    # Those with histories of one length stand together: a model need not pad them.
    order_Q = np.argsort(known.lengths[user_Q], kind="stable")
    for query_B in _blocks(order_Q, size):
        query_B = np.sort(query_B)
        is_in_Q = np.zeros(len(user_Q), np.bool_)
        is_in_Q[query_B] = True
        place_R = np.flatnonzero(is_in_Q[query_R])
        block = Targets(np.searchsorted(query_B, query_R[place_R]), targets.item_R[place_R])
        found = _measure_block(scorer, known, user_Q[query_B], block, settings, samplers, full)
        for name, column in found.items():
            rows = query_B if name == "shown" else place_R
            length = len(user_Q if name == "shown" else query_R)
            if name not in columns:
                columns[name] = np.empty((length, *column.shape[1:]), column.dtype)
            columns[name][rows] = column
    return columns


def block_size(num_items: int, *, k: int = 10, memory_mb: int = DEFAULT_MEMORY_MB) -> int:
    """Return how many people are scored at a time.

    >>> block_size(54_542), block_size(3_416), block_size(100_000_000)
    (73, 1024, 1)
    """
    most = min(memory_mb * 10**6 // _bytes_a_user(num_items, k), NEAR_BYTES // (4 * num_items))
    return max(1, min(MOST_USERS_IN_BLOCK, most))


def _bytes_a_user(num_items: int, k: int) -> int:
    num_candidates = min(MOST_SORTED * k, num_items)
    return num_items * BYTES_A_CELL + num_candidates * BYTES_A_CANDIDATE


def _check_sizes(holdout: Holdout, part: Part, settings: RankingSettings) -> None:
    k, num_items = settings.k, holdout.train.num_items
    if not len(holdout.targets(part).user_R):
        raise DataError(f"No item is held out for {part}: the part is empty. Choose another one.")
    if k >= num_items:
        raise SettingError(
            f"k is {k}; there are only {num_items} items, so that all of them are shown to "
            f"everybody. Give a smaller k."
        )
    rankless = [f"{name}@{k}" for name in settings.metrics if name in RANKLESS]
    if not rankless:
        return
    samples = {each: parse_protocol(each) for each in settings.protocols}
    certain = [each for each, sample in samples.items() if sample and sample.size < k]
    if _is_certain(holdout, part, settings).all():
        certain.append(settings.name_of(FULL))
    if certain:
        raise SettingError(
            f"k is {k}, and among the candidates of {', '.join(certain)} the first {k} are all: "
            f"{', '.join(rankless)} would be the same whatever is recommended. Give a smaller k, "
            f"more candidates, or metrics that weigh the rank: --metrics ndcg mrr."
        )


def _is_certain(holdout: Holdout, part: Part, settings: RankingSettings) -> NDArray[np.bool_]:
    """Say for which people what they have not met is too little for anything to be missed, (Q,).

    Only where what was met is left out: any item that is left is then among the first ``k``.
    """
    known, targets = holdout.known(part), holdout.targets(part)
    num_Q = np.bincount(targets.queries)
    if FULL not in settings.protocols or not settings.exclude_seen:
        return np.zeros(len(num_Q), np.bool_)
    pair_N = np.unique(known.users.astype(np.int64) * known.num_items + known.items)
    num_seen_U = np.bincount(pair_N // known.num_items, minlength=known.num_users)
    return known.num_items - num_seen_U[targets.users] - num_Q < settings.k


def _plan(num_users: int, num_items: int, size: int, k: int) -> str:
    memory_mb = -(-size * _bytes_a_user(num_items, k) // 10**6)
    return (
        f"{num_users:,} people, {num_items:,} items: scored {size:,} people at a time, in at most "
        f"{memory_mb:,} MB beside what the recommender needs"
    )


def _blocks(user_N: NDArray[np.int64], size: int) -> Iterator[NDArray[np.int64]]:
    return (user_N[start : start + size] for start in range(0, len(user_N), size))


def _measure_block(
    scorer: ItemScorer,
    known: Interactions,
    user_B: NDArray[np.int64],
    targets: Targets,
    settings: RankingSettings,
    samplers: dict[str, NegativeSampler],
    full: str,
) -> dict[str, NDArray[Any]]:
    """Return the ranks, the items shown and whether the targets were met before.

    ``targets`` names users by their place in ``user_B``.
    """
    histories = [known.history(user) for user in user_B]
    row_R, item_R = targets.user_R, targets.item_R.astype(np.int64)
    scores_BI = np.asarray(scorer.score(histories))
    shape = (len(user_B), known.num_items)
    if scores_BI.shape != shape:
        raise DataError(
            f"The recommender gave scores of the shape {scores_BI.shape}; {shape} is needed, one "
            f"an item. It was made for another catalogue."
        )
    if np.isnan(scores_BI.min()):
        raise DataError("Some of the scores are not a number. Check the model that gave them.")
    row_N = np.repeat(np.arange(len(user_B)), [len(history) for history in histories])
    seen_N = np.concatenate(histories)
    columns: dict[str, NDArray[Any]] = {}
    if samplers:
        seen_BI = np.zeros(shape, np.bool_)
        seen_BI[row_N, seen_N] = True
        for name, sampler in samplers.items():
            columns[f"rank[{name}]"] = sampler.ranks(scores_BI, item_R, row_R, user_B, seen_BI)
    if settings.exclude_seen:
        scores_BI = scores_BI.copy()
        scores_BI[row_N, seen_N] = -np.inf
    if full:
        columns[f"rank[{full}]"] = ranks(scores_BI, item_R, row_R)
    columns["shown"] = _shown(scores_BI, k=settings.k)
    pair_N, pair_R = row_N * known.num_items + seen_N, row_R * known.num_items + item_R
    columns["is_seen"] = np.isin(pair_R, pair_N)
    return columns


def _shown(scores_BI: NDArray[np.floating[Any]], *, k: int) -> NDArray[np.int64]:
    """Return the ``k`` best items; where fewer are left, what was left out fills the row."""
    shown_BK, _ = top_k(scores_BI, k)
    if (shown_BK == NOTHING).any():
        shown_BK, _ = top_k(np.maximum(scores_BI, np.finfo(scores_BI.dtype).min), k)
    return shown_BK


def _values(
    columns: dict[str, NDArray[Any]], targets: Targets, unit: Unit, settings: RankingSettings
) -> dict[str, NDArray[np.float64]]:
    """Return each metric of each protocol by its name, a value a person, (Q,)."""
    values = {}
    for protocol in settings.protocols:
        name = settings.name_of(protocol, unit)
        ranking = Ranking(columns[f"rank[{name}]"], targets.queries)
        for metric in settings.metrics:
            values[f"{metric}@{settings.k}[{name}]"] = METRICS[metric](ranking, k=settings.k)
    return values


def _exposure(
    columns: dict[str, NDArray[Any]], holdout: Holdout, part: Part, settings: RankingSettings
) -> dict[str, Figure]:
    """Return the figures of what is shown: how rare, how much of all, how much more popular."""
    known, user_Q, shown_QK = holdout.known(part), holdout.targets(part).users, columns["shown"]
    count_I = holdout.train.counts()
    name = f"@{settings.k}[{settings.name_of(FULL, holdout.unit)}]"
    figures = mean_figures({f"novelty{name}": novelty(shown_QK, count_I)})
    # A draw of the same people twice shows fewer items: the bootstrap would not hold the value.
    share = coverage(shown_QK, num_items=known.num_items)
    figures[f"coverage{name}"] = Figure(value=share, low=share, high=share)
    # Up to where each history begins and ends: an empty one has the same on both sides.
    upto_N = np.concatenate([[0], np.cumsum(count_I[known.items])])[known.offsets]
    chosen_Q = np.diff(upto_N)[user_Q] / np.maximum(known.lengths[user_Q], 1)
    figures[f"popularity_bias{name}"] = figure(
        popularity_bias, count_I[shown_QK].mean(axis=1), chosen_Q
    )
    return figures


def _user_table(
    columns: dict[str, NDArray[Any]], holdout: Holdout, part: Part, is_cold_R: NDArray[np.bool_]
) -> pl.DataFrame:
    known, targets = holdout.known(part), holdout.targets(part)
    shown_RK = columns["shown"][targets.queries]
    ids = known.item_ids.gather(shown_RK.ravel()).alias("shown")
    is_tied = {} if targets.is_tied_R is None else {"is_tied": targets.is_tied_R}
    return pl.DataFrame(
        {
            "user": known.user_ids.gather(targets.user_R),
            "held_out": known.item_ids.gather(targets.item_R),
            "num_known": known.lengths[targets.user_R],
            **is_tied,
            "is_cold": is_cold_R,
            "is_seen": columns["is_seen"],
            **{name: ranks for name, ranks in columns.items() if name.startswith("rank[")},
            "shown": ids.reshape(shown_RK.shape).arr.to_list(),
        }
    )
