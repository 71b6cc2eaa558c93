"""The items of a recommender as arrays: vectors, offsets, and what describes new ones.

A table is never changed: adding or retiring gives another one, so a server may do so while others
read. What is computed of an item depends on its own row alone.
"""

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from madang.errors import CheckpointError, SettingError
from madang.formats import manifest as manifest_file
from madang.formats.item_list import ItemList, arrays_sha256, record_of, write_items
from madang.formats.manifest import Manifest
from madang.runtime.runner import Array


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class ItemTable:
    """A catalogue and its arrays, a row an item.

    ``vectors_VD`` are what a history is read as and what its answer is multiplied by, ``offsets_V``
    what is added. ``mask_D`` is what stands where the next item is asked for, None in a model that
    looks back only. ``description_map``, with a last row of constants, turns a description into a
    vector and an offset; it has no rows where nothing of the kind was learned.
    """

    catalogue: ItemList
    vectors_VD: Array
    offsets_V: Array
    mask_D: Array | None
    description_map: Array

    @classmethod
    def of(cls, items: ItemList, arrays: Mapping[str, Array], *, folder: Path) -> "ItemTable":
        """Put the files of a folder together; ``CheckpointError`` where they do not fit."""
        width = arrays["vectors"].shape[-1]
        table = cls(
            catalogue=items,
            vectors_VD=arrays["vectors"],
            offsets_V=arrays["offsets"],
            mask_D=arrays.get("mask"),
            description_map=arrays.get("description_map", np.zeros((0, width + 1), np.float32)),
        )
        if table.vectors_VD.shape != (len(items.items), width) or table.offsets_V.shape != (
            len(items.items),
        ):
            raise CheckpointError(
                f"{folder} has {len(items.items):,} items, but vectors of the shape "
                f"{table.vectors_VD.shape} and offsets of {table.offsets_V.shape}. The files are "
                f"not of one model: copy the folder again."
            )
        return table

    @cached_property
    def arrays(self) -> dict[str, Array]:
        """The arrays by the names that they have in their file."""
        arrays = {"vectors": self.vectors_VD, "offsets": self.offsets_V}
        if self.mask_D is not None:
            arrays["mask"] = self.mask_D
        if len(self.description_map):
            arrays["description_map"] = self.description_map
        return arrays

    @cached_property
    def sha256(self) -> str:
        """A fingerprint of all that an answer can depend on: items, counts, retired, arrays."""
        text = self.catalogue.to_json() + arrays_sha256(self.arrays)
        return hashlib.sha256(text.encode()).hexdigest()

    @cached_property
    def number_of(self) -> dict[str, int]:
        """The number of each id."""
        return {item: number for number, item in enumerate(self.catalogue.items)}

    @cached_property
    def retired(self) -> npt.NDArray[np.int64]:
        """The numbers of the items that are not recommended any more."""
        return self.numbers(sorted(self.catalogue.retired))

    @cached_property
    def popularity(self) -> Array:
        """Each item's share of all that was met in training."""
        counts = np.asarray(self.catalogue.counts, np.float64)
        return np.asarray(counts / max(counts.sum(), 1.0), np.float32)

    def score(self, vector_BD: Array) -> Array:
        """Return how well each item follows what was read as these vectors, (B, V).

        One product makes the answer, the offsets being a last number of each item: of many items
        the scores are so much memory that every further look at them costs as much as making them.
        """
        asked = np.ones((len(vector_BD), vector_BD.shape[1] + 1), np.float32)
        asked[:, :-1] = vector_BD
        return np.asarray(asked @ self._columns)

    @cached_property
    def _columns(self) -> Array:
        """The vectors of all items above their offsets, a column an item."""
        return np.ascontiguousarray(np.column_stack([self.vectors_VD, self.offsets_V]).T)

    def numbers(self, ids: Sequence[str]) -> npt.NDArray[np.int64]:
        """Return the numbers of those ids that are known, in order."""
        found = (self.number_of.get(item) for item in ids)
        return np.array([number for number in found if number is not None], np.int64)

    def with_described(
        self,
        items: Sequence[str],
        *,
        texts: Sequence[str] = (),
        vectors: Array | None = None,
        attributes: Sequence[Sequence[str]] = (),
    ) -> "ItemTable":
        """Return the table with further items at its end; see ``Recommender.add_items``."""
        items = tuple(items)
        known = [item for item in items if item in self.number_of]
        if known or len(set(items)) != len(items):
            raise SettingError(
                f"{known[0] if known else items!r} is known already or given twice. Add each item "
                f"once; one that was retired can not be added anew under the same id."
            )
        features = self._features(len(items), texts, vectors, attributes)
        guessed = features @ self.description_map[:-1] + self.description_map[-1]
        return dataclasses.replace(
            self,
            catalogue=dataclasses.replace(
                self.catalogue,
                items=self.catalogue.items + items,
                counts=self.catalogue.counts + (0,) * len(items),
            ),
            vectors_VD=np.concatenate([self.vectors_VD, guessed[:, :-1]]),
            offsets_V=np.concatenate([self.offsets_V, guessed[:, -1]]),
        )

    def without(self, items: Sequence[str]) -> "ItemTable":
        """Return the table with items retired; see ``Recommender.retire_items``."""
        unknown = [item for item in items if item not in self.number_of]
        if unknown:
            raise SettingError(f"{unknown[0]!r} is no item of this catalogue. Retire known ones.")
        retired = self.catalogue.retired | set(items)
        catalogue = dataclasses.replace(self.catalogue, retired=retired)
        return dataclasses.replace(self, catalogue=catalogue)

    def save(self, folder: Path, manifest: Manifest) -> Manifest:
        """Write the table and the manifest that knows it into a model folder; return the latter."""
        known_by = {"arrays_sha256": arrays_sha256(self.arrays)}
        record = {**manifest.record, **record_of(self.catalogue), **known_by}
        manifest = dataclasses.replace(manifest, record=record)
        texts = {manifest_file.FILE_NAME: manifest.to_json()}
        write_items(folder, items=self.catalogue, arrays=self.arrays, texts=texts)
        return manifest

    def _features(
        self,
        num_items: int,
        texts: Sequence[str],
        vectors: Array | None,
        attributes: Sequence[Sequence[str]],
    ) -> Array:
        """Return a row of numbers an item, as the training's descriptions had them."""
        if not len(self.description_map):
            raise SettingError(
                "This model learned nothing of what items are like, so no new one can be placed. "
                "Train it with a `description` in its recipe."
            )
        parts: list[Array] = []
        if self.catalogue.describer:
            parts.append(self._read_texts(texts) if vectors is None else np.asarray(vectors))
        if self.catalogue.attributes:
            parts.append(mark_attributes(attributes, self.catalogue.attributes))
        width = len(self.description_map) - 1
        if (
            any(len(part) != num_items for part in parts)
            or sum(part.shape[1] for part in parts) != width
        ):
            wanted = [
                *(["a text or its vector"] if self.catalogue.describer else []),
                *(["attributes"] if self.catalogue.attributes else []),
            ]
            raise SettingError(
                f"{num_items} items were described by arrays of the shapes "
                f"{[part.shape for part in parts]}; each needs {' and '.join(wanted)}, {width} "
                f"numbers in all."
            )
        return np.concatenate(parts, axis=1, dtype=np.float32)

    def _read_texts(self, texts: Sequence[str]) -> Array:
        # Imported here: most recommenders never read a text.
        from madang.tasks.vector import open_vectors

        return open_vectors(self.catalogue.describer).embed(list(texts))


def mark_attributes(lists: Sequence[Sequence[str]], names: Sequence[str]) -> Array:
    """Return a row a list, with 1 in the columns of the ``names`` that it holds.

    >>> mark_attributes([["b", "c"], []], ["a", "b"]).tolist()
    [[0.0, 1.0], [0.0, 0.0]]
    """
    column = {name: index for index, name in enumerate(names)}
    marked = np.zeros((len(lists), len(names)), np.float32)
    for row, words in enumerate(lists):
        marked[row, [column[word] for word in words if word in column]] = 1
    return marked
