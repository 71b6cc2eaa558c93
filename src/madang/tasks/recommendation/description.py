"""From what is known of an item to its vector, so that a new item needs no training.

A ridge regression from descriptions (a title's vector, attributes) to the trained item vectors and
offsets, fitted when the training is over: one matrix, whose rows can be looked at. Its strength is
the one by which the items that were met are guessed best when each is left out in turn, which a
ridge knows in closed form (Hastie 2009, section 3.4.1 and equation 7.52). The trained model stays
as it is, bit for bit, and opens elsewhere as before. The choice and its rival, an embedding learned
together with the description: docs/decisions/cold-items.md.
"""

import dataclasses
import shlex
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from madang.datasets.interactions.loading import read_columns
from madang.datasets.registry import load_items
from madang.errors import DataError, SettingError
from madang.tasks.recommendation.item_table import mark_attributes

Floats = NDArray[np.float64]
STRENGTHS = tuple(10.0**power for power in np.arange(-3, 4.5, 0.5))
# An item that was met less often has a vector that says little yet.
LEAST_COUNT = 5
LEAST_ITEMS = 20
# An attribute of fewer items says little of the next one that has it.
LEAST_SHARED = 5


@dataclasses.dataclass(frozen=True, kw_only=True)
class Description:
    """What a recipe says of its items beside the interactions.

    ``data``: a data set by name, whose items' attributes are known. Or ``file``: a CSV with a row
    an item and its id in the column ``item``. ``vectors``: a ``.npy`` with the vector of each row's
    text, as ``madang embed`` writes it with the encoder ``describer``. ``attributes``: a column
    with attributes, ``separator`` between them.
    """

    data: str = ""
    file: str = ""
    item: str = "item"
    vectors: str = ""
    describer: str = "sentence"
    attributes: str = ""
    separator: str = "|"


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Descriptions:
    """What is known of the items of a catalogue.

    ``features`` has a row an item: the vector of its text, then 1 for each of ``attributes`` that
    it has. ``is_known`` says which items are described at all; the others' rows are zeros.
    """

    features: NDArray[np.float32]
    is_known: NDArray[np.bool_]
    attributes: tuple[str, ...]


def read_descriptions(description: Description, items: Sequence[str]) -> Descriptions:
    """Read what is known of ``items``, in their order.

    Raises ``DataError`` for files that are missing, malformed or of different lengths, and
    ``SettingError`` where neither vectors nor attributes are named, or both a data set and a file.
    """
    if bool(description.data) == bool(description.file):
        raise SettingError(
            f"description names the data set {description.data!r} and the file "
            f"{description.file!r}. Give one of the two."
        )
    if description.data:
        return _read_dataset(description, items)
    if not description.vectors and not description.attributes:
        raise SettingError(
            "description names neither vectors nor attributes. Give one of them: vectors are "
            "written by `madang embed`, attributes are a column of the file."
        )
    frame = _read_frame(description)
    rows = {item: row for row, item in enumerate(frame["item"].to_list())}
    place = np.array([rows.get(item, -1) for item in items])
    parts: list[NDArray[np.float32]] = []
    if description.vectors:
        parts.append(_read_vectors(Path(description.vectors), num_rows=frame.height))
    names: tuple[str, ...] = ()
    if description.attributes:
        cells = frame["attributes"].fill_null("").to_list()
        lists = [[word for word in cell.split(description.separator) if word] for cell in cells]
        names = shared_attributes(lists)
        parts.append(mark_attributes(lists, names))
    features = np.concatenate(parts, axis=1)[place]
    features[place < 0] = 0
    return Descriptions(features=features, is_known=place >= 0, attributes=names)


def _read_dataset(description: Description, items: Sequence[str]) -> Descriptions:
    """Read the attributes that a data set knows of its items."""
    if description.vectors or description.attributes:
        raise SettingError(
            f"description names vectors or attributes beside the data set {description.data!r}, "
            f"whose attributes are known. Leave them out, or give a file."
        )
    found = load_items(description.data)
    lists = {item: each.attributes for item, each in found.items() if each.attributes}
    names = shared_attributes(list(lists.values()))
    return Descriptions(
        features=mark_attributes([lists.get(item, ()) for item in items], names),
        is_known=np.array([item in lists for item in items], np.bool_),
        attributes=names,
    )


def shared_attributes(lists: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return the attributes that enough items have, in the order in which they are met."""
    counts: dict[str, int] = {}
    for words in lists:
        for word in dict.fromkeys(words):
            counts[word] = counts.get(word, 0) + 1
    return tuple(word for word, count in counts.items() if count >= LEAST_SHARED)


def fit_map(
    descriptions: Descriptions, targets: NDArray[np.float32], counts: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return the matrix from a description to a row of ``targets``; its last row is a constant.

    Raises as ``check_enough`` does.
    """
    is_used = check_enough(descriptions, counts)
    return ridge(descriptions.features[is_used], targets[is_used])


def check_enough(descriptions: Descriptions, counts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which items a map can be learned from: they are described, and were met.

    Raises ``DataError`` where they are too few.
    """
    is_used = descriptions.is_known & (counts >= LEAST_COUNT)
    if is_used.sum() < LEAST_ITEMS:
        raise DataError(
            f"{is_used.sum()} items are described and were met {LEAST_COUNT} times; at least "
            f"{LEAST_ITEMS} are needed to learn from. Check that the ids in the description are "
            f"those of the interactions."
        )
    return is_used


def ridge(features: NDArray[np.float32], targets: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the ridge regression with a constant whose leave-one-out error is the least.

    >>> features = np.array([[0.0], [1.0], [2.0], [3.0]], np.float32)
    >>> np.round(ridge(features, 2 * features + 1), 2).tolist()
    [[2.0], [1.0]]
    """
    center, middle = features.mean(axis=0, dtype=np.float64), targets.mean(axis=0, dtype=np.float64)
    left, size, right = np.linalg.svd(features - center, full_matrices=False)
    shared = left.T @ (targets - middle)
    errors = {
        strength: _left_out_error(left, size, shared, targets - middle, strength)
        for strength in STRENGTHS
    }
    strength = min(errors, key=errors.__getitem__)
    matrix = right.T @ ((size / (size**2 + strength))[:, None] * shared)
    return np.concatenate([matrix, (middle - center @ matrix)[None]]).astype(np.float32)


def _left_out_error(
    left: Floats, size: Floats, shared: Floats, targets: Floats, strength: float
) -> float:
    """Return the mean squared error of each row guessed by all others."""
    shrunk = size**2 / (size**2 + strength)
    guessed = left @ (shrunk[:, None] * shared)
    # What a row says of itself; the constant is a row's own part too.
    own = (left**2 * shrunk).sum(axis=1) + 1 / len(left)
    rest = np.maximum(1 - own, 1e-6)[:, None]
    return float((((targets - guessed) / rest) ** 2).mean())


def _read_frame(description: Description) -> pl.DataFrame:
    path = Path(description.file)
    if not path.is_file():
        raise DataError(f"There is no file {path} that describes items. Give the path of a CSV.")
    columns = {"item": description.item, "attributes": description.attributes}
    named = {role: name for role, name in columns.items() if name}
    return read_columns(path, named, within="description.")


def _read_vectors(path: Path, *, num_rows: int) -> NDArray[np.float32]:
    if not path.is_file():
        raise DataError(
            f"There is no file {path}. Write it: madang embed --input FILE --column title "
            f"--output {shlex.quote(str(path))}"
        )
    try:
        vectors = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"{path} can not be read ({error}). Write it anew.") from error
    if vectors.ndim != 2 or len(vectors) != num_rows:
        raise DataError(
            f"{path} has the shape {vectors.shape}, but {num_rows} rows are described. Write it "
            f"anew from the same file by `madang embed`."
        )
    return np.asarray(vectors, np.float32)
