"""Against which candidates a held-out item has to stand out, and how that is named.

``full`` is all items, and the default. Sampled protocols are here because papers report them:
``100 popular`` is 100 items drawn by their popularity, ``45 uniform`` 45 drawn alike, none of which
the person has met. Sampled figures are not comparable with full ones nor with other samples, and
can even order two models the other way (Krichene and Rendle 2020), so the name of a figure always
says its protocol.
"""

import dataclasses
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from madang.errors import DataError, SettingError

Chance = Literal["uniform", "popular"]
FULL = "full"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sample:
    """So many unseen items for each user, drawn without putting back, ``popular`` ones oftener."""

    size: int
    chance: Chance

    def __str__(self) -> str:
        return f"{self.size} {self.chance}"


def parse_protocol(text: str) -> Sample | None:
    """Return what a name of a protocol says; None is the full ranking.

    Raises ``SettingError`` for anything but ``full`` or a number and how to draw.

    >>> parse_protocol("100 popular")
    Sample(size=100, chance='popular')
    """
    if text == FULL:
        return None
    size, _, chance = text.partition(" ")
    if not (size.isascii() and size.isdigit() and int(size)) or chance not in get_args(Chance):
        raise SettingError(
            f"The protocol is {text!r}; allowed are 'full' and samples such as '100 popular' and "
            f"'45 uniform'."
        )
    return Sample(size=int(size), chance=chance)  # type: ignore[arg-type]


class NegativeSampler:
    """Draws the sample of each user; it depends on the seed and the user's number alone.

    Neither the size of a block nor who else is measured moves a figure.
    """

    def __init__(self, sample: Sample, count_I: NDArray[np.int64], *, seed: int = 0) -> None:
        self.sample, self.seed = sample, seed
        weight_I = count_I if sample.chance == "popular" else np.ones_like(count_I)
        self._has_chance_I = weight_I > 0
        self._upto_I = np.cumsum(weight_I) / weight_I.sum()

    def draw(self, user_B: NDArray[np.int64], seen_BI: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return the items drawn for each user, (B, size), none of them marked as seen.

        Raises ``DataError`` where a user has not so many unseen items.
        """
        available = np.count_nonzero(~seen_BI & self._has_chance_I, axis=1).min()
        if available < self.sample.size:
            raise DataError(
                f"A user has {available:,} unseen items to draw {self.sample} from. Draw fewer, or "
                f"rank all: full."
            )
        drawn_BS = np.empty((len(user_B), self.sample.size), np.int64)
        todo, num_draws = np.arange(len(user_B)), 2 * self.sample.size
        while len(todo):
            chance_BT = _uniform(self.seed, user_B[todo], num_draws)
            item_BT = np.searchsorted(self._upto_I, chance_BT, side="right")
            is_kept_BT = ~np.take_along_axis(seen_BI[todo], item_BT, axis=1) & _is_first(item_BT)
            place_BT = np.cumsum(is_kept_BT, axis=1)
            is_done = place_BT[:, -1] >= self.sample.size
            is_kept_BT &= place_BT <= self.sample.size
            drawn_BS[todo[is_done]] = item_BT[is_done][is_kept_BT[is_done]].reshape(
                -1, self.sample.size
            )
            # The longer row of draws begins as the shorter one did.
            todo, num_draws = todo[~is_done], 2 * num_draws
        return drawn_BS

    def ranks(
        self,
        scores_BI: NDArray[np.float32],
        target_R: NDArray[np.int64],
        row_R: NDArray[np.int64],
        user_B: NDArray[np.int64],
        seen_BI: NDArray[np.bool_],
    ) -> NDArray[np.int64]:
        """Return the rank of each target among those of its row and the items drawn, (R,).

        ``row_R``, in rising order, says whose the targets are.
        """
        met_BI = seen_BI.copy()
        met_BI[row_R, target_R] = True
        drawn_BS = np.take_along_axis(scores_BI, self.draw(user_B, met_BI), axis=1)
        own_R = scores_BI[row_R, target_R]
        first_R, stop_R = (np.searchsorted(row_R, row_R, side) for side in ("left", "right"))
        counts = [
            np.count_nonzero(drawn_BS[row] >= own) + np.count_nonzero(own_R[first:stop] >= own)
            for row, own, first, stop in zip(row_R, own_R, first_R, stop_R, strict=True)
        ]
        return np.array(counts, np.int64)


def _is_first(value_BT: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say of each value whether it stands in its row for the first time."""
    order_BT = np.argsort(value_BT, axis=1, kind="stable")
    sorted_BT = np.take_along_axis(value_BT, order_BT, axis=1)
    is_new_BT = np.ones(value_BT.shape, np.bool_)
    is_new_BT[:, 1:] = sorted_BT[:, 1:] != sorted_BT[:, :-1]
    is_first_BT = np.empty_like(is_new_BT)
    np.put_along_axis(is_first_BT, order_BT, is_new_BT, axis=1)
    return is_first_BT


def _uniform(seed: int, user_B: NDArray[np.int64], num_draws: int) -> NDArray[np.float64]:
    """Return numbers from 0 to below 1, (B, T), each a hash of seed, user and place.

    Source: Steele, Lea and Flood 2014, figure 16 (SplitMix64's finalizer).
    """
    golden = np.uint64(0x9E3779B97F4A7C15)
    with np.errstate(over="ignore"):
        start_B = _mixed((user_B.astype(np.uint64) + np.uint64(1)) * golden + np.uint64(seed))
        place_T = np.arange(1, num_draws + 1, dtype=np.uint64) * golden
        bits_BT = _mixed(start_B[:, None] + place_T)
    return np.asarray((bits_BT >> np.uint64(11)) * 2.0**-53, np.float64)


def _mixed(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
