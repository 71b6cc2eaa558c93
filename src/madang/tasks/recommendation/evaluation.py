"""The report of a recommender: the ranking of what was held out, beside what it has to beat.

How it is measured stands in ``ranking``, the baselines in ``madang.baselines``.
Their settings are chosen on the validation items, as a transformer's are; all learn from the
training histories alone.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from madang.baselines.recommendation import ItemNeighbours, Markov, MatrixFactors, Popularity
from madang.datasets.interactions.history import Interactions
from madang.datasets.interactions.holdout import Holdout, Part, before_last
from madang.datasets.interactions.record import (
    check_alike,
    check_same_validation_users,
    held_out_as,
    read_as,
)
from madang.errors import DataError, SettingError
from madang.formats.manifest import Manifest
from madang.metrics.figure import Figure
from madang.metrics.ranking import Ranking
from madang.tasks.recommendation.ranking import (
    METRICS,
    ItemScorer,
    RankingSettings,
    evaluate_recommendation,
    rank_users,
)

# So many people are enough to choose a baseline's settings by.
MOST_VALIDATION_USERS = 5000


@dataclasses.dataclass(frozen=True)
class HeldOutItems:
    """A part of a holdout as the rows of an evaluation: each user, with what is held out.

    ``record`` is that of the model by which they were read.
    """

    holdout: Holdout
    part: Part
    record: Mapping[str, Any]

    def __len__(self) -> int:
        return len(self.holdout.targets(self.part).users)


def load(data: str, split: str, manifest: Manifest) -> HeldOutItems:
    """Read interactions and hold items out as it was done for the model.

    Raises ``SettingError`` for a split that is neither ``validation`` nor ``test``.
    """
    part = check_part(split)
    return HeldOutItems(held_out_as(manifest.record, data), part, manifest.record)


def measure(model: Any, rows: HeldOutItems, manifest: Manifest) -> dict[str, Figure]:
    """Return the figures of a recommender by full ranking, bootstrapped over users.

    A model that names its ``items`` is asked
    in its own numbers for them. Raises ``SettingError`` for a model whose data was read otherwise.
    """
    check_alike(manifest.record, read_as(rows.record), model="One of the models")
    if rows.part == "validation":
        check_same_validation_users([manifest.record, rows.record])
    scorer = in_numbers_of(rows.holdout.train.item_ids, model)
    settings = settings_for(rows.holdout)
    return evaluate_recommendation(scorer, rows.holdout, part=rows.part, settings=settings).figures


def settings_for(holdout: Holdout) -> RankingSettings:
    """Return the settings by default: ten items count, or all but one of a small catalogue.

    Among no more than k items nothing can be missed.
    """
    return RankingSettings(k=min(RankingSettings.k, max(holdout.train.num_items - 1, 1)))


def fit_baseline(data: str, manifest: Manifest) -> dict[str, ItemScorer]:
    """Fit what a transformer has to beat to the training histories."""
    return fit_baselines(held_out_as(manifest.record, data))


def fit_baselines(
    holdout: Holdout,
    *,
    settings: RankingSettings | None = None,
    report: Callable[[str], object] = str,
) -> dict[str, ItemScorer]:
    """Fit popularity, Markov, item-kNN and matrix factors to ``train``.

    Their own settings are those that do best on the validation items, measured by ``settings``;
    ``report`` is told them.
    """
    settings = settings or settings_for(holdout)
    train = holdout.train
    chains = [partial(Markov, prior=prior) for prior in (0.01, 1.0, 100.0)]
    neighbours = [
        partial(ItemNeighbours, num_neighbours=number, recency=recency)
        for number in (50, 200)
        for recency in (1.0, 0.8)
    ]
    factors = [
        partial(MatrixFactors, weight=weight, penalty=penalty)
        for weight in (1.0, 5.0)
        for penalty in (10.0, 50.0)
    ]
    fitted: dict[str, ItemScorer] = {
        "popularity": Popularity(train),
        "markov": best_of(chains, holdout, settings),
        "item-knn": best_of(neighbours, holdout, settings),
        "matrix-factors": best_of(factors, holdout, settings),
    }
    for name, scorer in fitted.items():
        report(f"{name}: {scorer}")
    return fitted


def best_of(
    builders: Sequence[Callable[[Interactions], ItemScorer]],
    holdout: Holdout,
    settings: RankingSettings,
) -> ItemScorer:
    """Return, fitted to ``train``, what does best on the validation items of some users.

    For the comparison each is fitted without the last item, or moment, of each training history: at
    the test the last known item, the validation item, was not learned from either. Without
    validation items the first one is returned.
    """
    user_Q = holdout.validation.users
    if not len(user_Q):
        return builders[0](holdout.train)
    some = user_Q[:: -(-len(user_Q) // MOST_VALIDATION_USERS)]
    few = dataclasses.replace(holdout, validation=holdout.validation.of(some))
    shorter = holdout.train.first(before_last(holdout.train, holdout.unit))
    # What decides is the first figure; samples beside it need not be drawn.
    settings = dataclasses.replace(settings, protocols=settings.protocols[:1])

    def value(build: Callable[[Interactions], ItemScorer]) -> float:
        columns = rank_users(build(shorter), few, part="validation", settings=settings)
        name = settings.name_of(settings.protocols[0], few.unit)
        ranking = Ranking(columns[f"rank[{name}]"], few.validation.queries)
        return float(METRICS[settings.metrics[0]](ranking, k=settings.k).mean())

    return max(builders, key=value)(holdout.train)


def check_part(split: str) -> Part:
    """Return the part of a holdout that a split names."""
    if split not in ("validation", "test"):
        raise SettingError(f"The split is {split!r}; of interactions it is validation or test.")
    return split  # type: ignore[return-value]


class Translated:
    """Scores items by the numbers of other data; what the recommender does not know comes last.

    ``own_ids`` are the recommender's items in the order of its numbers. Items of a history that it
    does not know are left out of the history.

    Raises ``DataError`` when it knows none of ``item_ids``.
    """

    def __init__(self, scorer: ItemScorer, own_ids: Sequence[str], item_ids: pl.Series) -> None:
        number_of = {identity: number for number, identity in enumerate(own_ids)}
        self._scorer = scorer
        self._own_I = np.array([number_of.get(each, -1) for each in item_ids], np.int32)
        if not (self._own_I >= 0).any():
            raise DataError(
                f"The recommender knows {len(own_ids):,} items, such as {own_ids[0]!r}, and none "
                f"of the data's {len(item_ids):,}, such as {item_ids[0]!r}. Measure it on the data "
                f"that it was trained on."
            )

    def score(self, histories: Sequence[NDArray[np.int32]]) -> NDArray[np.float32]:
        """Return the score of each item for each history, (B, I), minus infinity if unknown."""
        own = [self._own_I[history] for history in histories]
        scores_BV = self._scorer.score([history[history >= 0] for history in own])
        scores_BI = np.full((len(histories), len(self._own_I)), -np.inf, np.float32)
        known = np.flatnonzero(self._own_I >= 0)
        scores_BI[:, known] = scores_BV[:, self._own_I[known]]
        return scores_BI


def in_numbers_of(item_ids: pl.Series, model: Any) -> ItemScorer:
    """Return a scorer by the numbers of ``item_ids``; a model with ``items`` has others."""
    own_ids: Sequence[str] | None = getattr(model, "items", None)
    scorer: ItemScorer = model
    return scorer if own_ids is None else Translated(scorer, own_ids, item_ids)
