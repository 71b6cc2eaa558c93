"""What a model's record says of the data it was trained on, and how own files are found in it."""

import dataclasses
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from madang import storage, validation
from madang.datasets.mixture import Meaning, Part
from madang.datasets.own.columns import COLUMNS, Columns
from madang.datasets.table.reader import is_path

LOGGER = logging.getLogger("madang.datasets")


def record_of(
    names: Sequence[str],
    held_out: Sequence[str],
    columns: Columns | None,
    mixture: Mapping[str, Part] = MappingProxyType({}),
) -> dict[str, Any]:
    """Return what a record says of data: names, what is held out, and of files how they are read.

    How some of it is taken stands there as in a recipe, without what is left as it is. The SHA-256
    of each file tells later whether it is still the same.
    """
    record: dict[str, Any] = {"data": list(names)}
    files = [name for name in (*names, *held_out) if is_path(name)]
    if held_out:
        record["validation_data"] = list(held_out)
    if mixture:
        record["mixture"] = {name: _said(part) for name, part in mixture.items()}
    if files:
        record["table"] = dataclasses.asdict(columns or COLUMNS)
        record["files"] = {name: storage.sha256_of(Path(name)) for name in files}
    return record


def _said(value: Any) -> Any:
    """Return a part of a recipe as it is written there, without what is left as it is.

    >>> _said(Part(labels={"politics": Meaning(any_of=("insult",))}, most=9))
    {'labels': {'politics': {'any_of': ['insult']}}, 'most': 9}
    """
    if isinstance(value, Part | Meaning):
        untouched = vars(type(value)())
        return {k: _said(each) for k, each in vars(value).items() if each != untouched[k]}
    if isinstance(value, Mapping):
        return {key: _said(each) for key, each in value.items()}
    return list(value) if isinstance(value, tuple) else value


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recorded:
    """The data that a model was trained on; ``files`` are its own files with their SHA-256."""

    data: tuple[str, ...] = ()
    validation_data: tuple[str, ...] = ()
    table: Columns = COLUMNS
    files: dict[str, str] = dataclasses.field(default_factory=dict)
    mixture: dict[str, Part] = dataclasses.field(default_factory=dict)

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """Read a manifest's record; ``SettingError`` where it is not as it was written."""
        fields = {field.name for field in dataclasses.fields(cls)}
        # A recommender's record describes its data otherwise.
        content = {name: value for name, value in record.items() if name in fields}
        named = content.get("data", ())
        content["data"] = [each if isinstance(each, str) else each["name"] for each in named]
        return validation.convert(content, cls)

    def find(self, path: str) -> str | None:
        """Return the name under which a file was learned from or held out, or None.

        It is the same file where it has the path or the content. Of a file that has changed since,
        other rows may be held out now; that is logged.
        """
        for name in self.files:
            if Path(name).resolve() == Path(path).resolve() and Path(path).is_file():
                if storage.sha256_of(Path(path)) != self.files[name]:
                    LOGGER.warning(
                        "%s has changed since the model was trained: it may have learned from rows "
                        "that are measured now.",
                        path,
                    )
                return name
        if not self.files or not Path(path).is_file():
            return None
        found = storage.sha256_of(Path(path))
        same = (name for name, sha256 in self.files.items() if sha256 == found)
        return next(same, None)
