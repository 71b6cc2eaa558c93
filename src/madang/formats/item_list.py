"""``items.json`` and ``items.npz``: the catalogue of a recommender.

Training writes them and serving reads them, so they belong to neither; like the manifest they are
the file format in which the two meet. ``items.json`` says which items there are, in the order of
their numbers, how often each was met and which are retired. ``items.npz`` holds what is known of
them as numbers: what turns a description into a vector, and in an export the vectors themselves.
"""

import dataclasses
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from madang import storage, validation
from madang.errors import CheckpointError, DataError, SettingError
from madang.validation import Natural

FILE_NAME = "items.json"
ARRAYS_NAME = "items.npz"
Array = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]


@dataclasses.dataclass(frozen=True, kw_only=True)
class ItemList:
    """The items of a catalogue: an item's number is its place in ``items``.

    ``counts`` says how often each was met in training, ``retired`` which are never recommended any
    more. ``describer`` names the sentence encoder whose vectors describe them ("" is none),
    ``attributes`` are those that a description may have, in the order of their columns.
    """

    items: tuple[str, ...]
    counts: tuple[Natural, ...]
    retired: frozenset[str] = frozenset()
    describer: str = ""
    attributes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what is no catalogue with ``DataError``."""
        if len(set(self.items)) != len(self.items) or not self.items:
            raise DataError(
                f"A catalogue of {len(self.items)} items names {len(set(self.items))}. Name each "
                f"once, and at least one."
            )
        if len(self.counts) != len(self.items):
            raise DataError(
                f"{len(self.items)} items have {len(self.counts)} counts. Give one an item."
            )
        unknown = sorted(self.retired - set(self.items))
        if unknown:
            raise DataError(f"{unknown[0]!r} is retired, but no item. Retire items alone.")

    @property
    def sha256(self) -> str:
        """A fingerprint of the ids in their order: by it a model knows its own catalogue."""
        return hashlib.sha256(json.dumps(self.items, ensure_ascii=False).encode()).hexdigest()

    def to_json(self) -> str:
        """Return the text of ``items.json``."""
        fields = dataclasses.asdict(self) | {"retired": sorted(self.retired)}
        return json.dumps(fields, ensure_ascii=False) + "\n"


def read_items(folder: Path, *, sha256: str | None) -> ItemList:
    """Read the catalogue of a model folder, whose manifest says its ``sha256``.

    Raises ``CheckpointError`` when it is missing, malformed or that of another model.
    """
    path = Path(folder) / FILE_NAME
    if not path.is_file():
        raise CheckpointError(
            f"{folder} holds no {FILE_NAME}; a recommender has one. Copy the folder again."
        )
    try:
        fields = validation.parse_json(path.read_bytes())
        # A default would be wrong here: without `retired` all items would be recommended again.
        missing = {field.name for field in dataclasses.fields(ItemList)} - fields.keys()
        if missing:
            raise DataError(f"{min(missing)} is missing")
        found = validation.convert(fields, ItemList)
    except (SettingError, DataError) as error:
        raise CheckpointError.damaged(path, error, kind="a catalogue") from error
    if found.sha256 != sha256:
        raise CheckpointError(
            f"{path} has {len(found.items):,} items with the fingerprint {found.sha256[:16]}…, but "
            f"the model belongs to {str(sha256)[:16]}…. Put the model's own {FILE_NAME} back."
        )
    return found


def read_arrays(
    folder: Path, *, names: Sequence[str], sha256: str | None = None
) -> dict[str, Array]:
    """Return the arrays in ``items.npz``, whose ``sha256`` the manifest says, if it does.

    Raises ``CheckpointError`` where one of ``names`` is missing or the arrays are other ones.
    """
    path = Path(folder) / ARRAYS_NAME
    found: dict[str, Array] = {}
    if path.is_file():
        try:
            # No pickle can hide in it: numpy refuses one.
            with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as content:
                found = {name: content[name] for name in content.files}
        except Exception as error:  # damaged bytes make it raise whatever comes
            raise CheckpointError.damaged(path, error) from error
    missing = [name for name in names if name not in found]
    if missing:
        raise CheckpointError(
            f"{path} holds no {', '.join(missing)}. Copy the folder again, or export the model "
            f"anew by `madang export`."
        )
    if sha256 is not None and arrays_sha256(found) != sha256:
        raise CheckpointError(
            f"{path} has the fingerprint {arrays_sha256(found)[:16]}…, but the model belongs to "
            f"{sha256[:16]}…. Put the model's own {ARRAYS_NAME} back, or export the model anew."
        )
    return found


def write_items(
    folder: Path, *, items: ItemList, arrays: Mapping[str, Array], texts: Mapping[str, str]
) -> None:
    """Write both files and further ``texts`` by name.

    Nothing is moved to its place before all is written, so a full disk leaves the folder as it was.
    A process killed between two moves leaves files of two states: where the record says both
    fingerprints, such a folder is refused when it is opened, and must be written anew.
    """
    with ExitStack() as moves:
        for name, text in {FILE_NAME: items.to_json(), **texts}.items():
            moves.enter_context(storage.replacing(Path(folder) / name)).write_bytes(text.encode())
        place = moves.enter_context(storage.replacing(Path(folder) / ARRAYS_NAME))
        with place.open("wb") as content:
            np.savez(content, **{name: arrays[name] for name in sorted(arrays)})  # type: ignore[arg-type]


def record_of(items: ItemList) -> dict[str, Any]:
    """Return what a manifest's record says of its catalogue."""
    return {"num_items": len(items.items), "items_sha256": items.sha256}


def arrays_sha256(arrays: Mapping[str, Array]) -> str:
    """Return a fingerprint of arrays by name: of their shapes and numbers, not of the file.

    >>> same = {"b": np.zeros(2, np.float32), "a": np.ones((1, 2), np.float32)}
    >>> arrays_sha256(same) == arrays_sha256(dict(sorted(same.items())))
    True
    """
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
