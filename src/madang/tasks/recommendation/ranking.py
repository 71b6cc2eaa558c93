"""How far up a recommender puts the item that was held out for each person.

A figure's name says its protocol. ``ndcg@10[full]`` ranks all items; ``ndcg@10[full, unseen]``
those that the person has not met, where an item held out that was met before can not be found and
counts as missed; ``ndcg@10[100 popular]`` a sample (``candidate``). Equal scores are counted
against the recommender.

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
from madang.datasets.interactions.holdout import NOBODY, Holdout, Part
from madang.decoding.top_k import MOST_SORTED, NOTHING, top_k
from madang.errors import DataError, SettingError
from madang.metrics.exposure import coverage, novelty, popularity_bias
from madang.metrics.figure import Figure, figure, mean_figures
from madang.metrics.ranking import Ranking, ranks
from madang.tasks.recommendation.candidate import FULL, NegativeSampler, parse_protocol

METRICS: dict[str, Callable[..., NDArray[np.float64]]] = {
    "ndcg": Ranking.ndcg,
    "hit": Ranking.hit,
    "mrr": Ranking.reciprocal_rank,
    "recall": Ranking.recall,
    "precision": Ranking.precision,
    "f1": Ranking.f1,
    "map": Ranking.average_precision,
}
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
    """

    protocols: tuple[str, ...] = (FULL,)
    exclude_seen: bool = False
    k: int = 10
    metrics: tuple[str, ...] = DEFAULT_METRICS
    memory_mb: int = DEFAULT_MEMORY_MB
    seed: int = 0

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

    def name_of(self, protocol: str) -> str:
        """Return what stands in brackets after a metric."""
        return f"{FULL}, unseen" if protocol == FULL and self.exclude_seen else protocol


@dataclasses.dataclass(frozen=True, kw_only=True)
class RankingReport:
    """The figures by name, and a row a user: item held out, ranks, what would be shown.

    ``num_cold`` items held out stand in no training history, ``num_seen`` in the user's own.
    """

    figures: dict[str, Figure]
    users: pl.DataFrame
    num_cold: int
    num_seen: int


def evaluate_recommendation(
    scorer: ItemScorer,
    holdout: Holdout,
    *,
    part: Part = "test",
    settings: RankingSettings | None = None,
    report: Callable[[str], object] | None = None,
) -> RankingReport:
    """Measure a recommender on the item held out for each user; ``report`` is told the memory.

    Raises ``DataError`` when nothing is held out, the scores do not fit the items or are no
    numbers, and ``SettingError`` for more items than there are.
    """
    settings = settings or RankingSettings()
    columns = rank_users(scorer, holdout, part=part, settings=settings, report=report)
    known, target_U = holdout.known(part), holdout.targets(part)
    user_N = np.flatnonzero(target_U != NOBODY)
    count_I = holdout.train.counts()
    target_N = target_U[user_N]
    is_cold_N = count_I[target_N] == 0
    return RankingReport(
        figures=_figures(columns, known, user_N, count_I, settings),
        users=_user_table(columns, known, user_N, target_N, is_cold_N),
        num_cold=int(is_cold_N.sum()),
        num_seen=int(columns["is_seen"].sum()),
    )


def rank_users(
    scorer: ItemScorer,
    holdout: Holdout,
    *,
    part: Part,
    settings: RankingSettings,
    report: Callable[[str], object] | None = None,
) -> dict[str, NDArray[Any]]:
    """Return, for each user of whom an item is held out, its ``rank[…]`` by each protocol.

    Beside them stand ``shown``, the numbers of the ``k`` best items, and ``is_seen``, whether the
    user had met the item before. Raises as ``evaluate_recommendation`` does.
    """
    known, target_U = holdout.known(part), holdout.targets(part)
    user_N = np.flatnonzero(target_U != NOBODY)
    _check_sizes(len(user_N), known.num_items, part, settings)
    size = block_size(known.num_items, k=settings.k, memory_mb=settings.memory_mb)
    if report is not None:
        report(_plan(len(user_N), known.num_items, min(size, len(user_N)), settings.k))
    samplers = {
        protocol: NegativeSampler(sample, holdout.train.counts(), seed=settings.seed)
        for protocol in settings.protocols
        if (sample := parse_protocol(protocol))
    }
    # Those with histories of one length stand together: a model need not pad them.
    order_N = np.argsort(known.lengths[user_N], kind="stable")
    rows = [
        _measure_block(scorer, known, target_U, user_B, settings, samplers)
        for user_B in _blocks(user_N[order_N], size)
    ]
    place_N = np.argsort(order_N)
    return {name: np.concatenate([row[name] for row in rows])[place_N] for name in rows[0]}


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


def _check_sizes(num_users: int, num_items: int, part: str, settings: RankingSettings) -> None:
    if not num_users:
        raise DataError(f"No item is held out for {part}: the part is empty. Choose another one.")
    if settings.k > num_items:
        raise SettingError(
            f"k is {settings.k}; there are only {num_items} items. Give a smaller k."
        )


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
    target_U: NDArray[np.int32],
    user_B: NDArray[np.int64],
    settings: RankingSettings,
    samplers: dict[str, NegativeSampler],
) -> dict[str, NDArray[Any]]:
    """Return the rank by each protocol, the items shown and whether the target was met before."""
    histories = [known.history(user) for user in user_B]
    target_B = target_U[user_B].astype(np.int64)
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
            columns[f"rank[{name}]"] = sampler.ranks(scores_BI, target_B, user_B, seen_BI)
    if settings.exclude_seen:
        scores_BI = scores_BI.copy()
        scores_BI[row_N, seen_N] = -np.inf
    if FULL in settings.protocols:
        columns[f"rank[{settings.name_of(FULL)}]"] = ranks(scores_BI, target_B)
    columns["shown"] = _shown(scores_BI, k=settings.k)
    columns["is_seen"] = np.isin(np.arange(len(user_B)), row_N[seen_N == target_B[row_N]])
    return columns


def _shown(scores_BI: NDArray[np.floating[Any]], *, k: int) -> NDArray[np.int64]:
    """Return the ``k`` best items; where fewer are left, what was left out fills the row."""
    shown_BK, _ = top_k(scores_BI, k)
    if (shown_BK == NOTHING).any():
        shown_BK, _ = top_k(np.maximum(scores_BI, np.finfo(scores_BI.dtype).min), k)
    return shown_BK


def _figures(
    columns: dict[str, NDArray[Any]],
    known: Interactions,
    user_N: NDArray[np.int64],
    count_I: NDArray[np.int64],
    settings: RankingSettings,
) -> dict[str, Figure]:
    k = settings.k
    shown_NK = columns["shown"]
    values = {}
    for protocol in settings.protocols:
        name = settings.name_of(protocol)
        ranking = Ranking.of(columns[f"rank[{name}]"])
        for metric in settings.metrics:
            values[f"{metric}@{k}[{name}]"] = METRICS[metric](ranking, k=k)
    name = settings.name_of(FULL)
    values[f"novelty@{k}[{name}]"] = novelty(shown_NK, count_I)
    figures = mean_figures(values)
    # A draw of the same people twice shows fewer items: the bootstrap would not hold the value.
    share = coverage(shown_NK, num_items=known.num_items)
    figures[f"coverage@{k}[{name}]"] = Figure(value=share, low=share, high=share)
    # Up to where each history begins and ends: an empty one has the same on both sides.
    upto_N = np.concatenate([[0], np.cumsum(count_I[known.items])])[known.offsets]
    chosen_N = np.diff(upto_N)[user_N] / np.maximum(known.lengths[user_N], 1)
    figures[f"popularity_bias@{k}[{name}]"] = figure(
        popularity_bias, count_I[shown_NK].mean(axis=1), chosen_N
    )
    return figures


def _user_table(
    columns: dict[str, NDArray[Any]],
    known: Interactions,
    user_N: NDArray[np.int64],
    target_N: NDArray[np.int32],
    is_cold_N: NDArray[np.bool_],
) -> pl.DataFrame:
    shown_NK = columns["shown"]
    ids = known.item_ids.gather(shown_NK.ravel()).alias("shown")
    return pl.DataFrame(
        {
            "user": known.user_ids.gather(user_N),
            "held_out": known.item_ids.gather(target_N),
            "num_known": known.lengths[user_N],
            "is_cold": is_cold_N,
            "is_seen": columns["is_seen"],
            **{name: ranks for name, ranks in columns.items() if name.startswith("rank[")},
            "shown": ids.reshape((len(user_N), shown_NK.shape[1])).arr.to_list(),
        }
    )
