"""What a recommender's record says of its data: how it was read and what was held out of it.

It is kept because the data that it is measured on has to be read the same way:
with another rule for duplicates, or another split, the test would contain what it learned from.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, get_args

from madang.datasets.interactions.holdout import (
    Holdout,
    Unit,
    ValidationUsers,
    hold_out,
)
from madang.datasets.interactions.reading import Reading
from madang.datasets.table.reader import is_path
from madang.errors import CheckpointError, SettingError

# What decides which interactions there are and in which order; columns bear other names elsewhere.
RULES = ("only", "missing", "strange_times", "duplicates", "core")


class DataRecord(NamedTuple):
    """How a model's data was read, and what was held out of it."""

    reading: Reading
    split_at: tuple[int, ...] = ()
    unit: Unit = "item"


def rules_of(reading: Reading) -> dict[str, object]:
    """Return by name what decides which interactions there are, and in which order."""
    return {name: getattr(reading, name) for name in RULES} | {"in_order": not reading.time}


def reading_record(
    reading: Reading,
    split_at: tuple[int, ...],
    validation_users: ValidationUsers | None = None,
    *,
    unit: Unit = "item",
) -> dict[str, Any]:
    """Return what a model's record says of its data.

    >>> reading_record(Reading(core=5), (1, 2))["reading"]["core"]
    5
    """
    record = {
        "reading": dataclasses.asdict(reading),
        "split_at": list(split_at),
        "held_out": unit,
    }
    # The records of models that ship call them judges.
    return record | ({"judges": validation_users._asdict()} if validation_users else {})


def read_as(record: Mapping[str, Any]) -> DataRecord:
    """Return how a model's data was read and split; where its record says nothing, by default.

    Raises ``CheckpointError`` for a record that names what is no setting or no value of one.

    >>> read_as({"split_at": [1, 2], "held_out": "moment"})[1:]
    ((1, 2), 'moment')
    """
    try:
        unit = record.get("held_out", "item")
        if unit not in get_args(Unit):
            raise SettingError(f"held_out is {unit!r}; allowed are {', '.join(get_args(Unit))}")
        reading = Reading(**record.get("reading", {}))
        return DataRecord(reading, tuple(record.get("split_at", ())), unit)
    except (TypeError, SettingError) as error:
        raise _unreadable(error) from error


def validation_users_of(record: Mapping[str, Any]) -> ValidationUsers | None:
    """Return by whom a model's epoch was chosen; where its record says nothing, by everybody.

    >>> validation_users_of({"judges": {"num_users": 2, "seed": 0}})
    ValidationUsers(num_users=2, seed=0)
    """
    try:
        return ValidationUsers(**record["judges"]) if "judges" in record else None
    except TypeError as error:
        raise _unreadable(error) from error


def _unreadable(error: Exception) -> CheckpointError:
    return CheckpointError(
        f"The model's record does not say how its data was read ({error}). It was edited or is "
        f"that of a newer Madang: copy the model again, or install a newer one."
    )


def check_same_validation_users(records: Iterable[Mapping[str, Any]]) -> None:
    """Refuse to measure models on the validation of different people, with ``SettingError``."""
    if len({validation_users_of(record) for record in records}) > 1:
        raise SettingError(
            "The epochs of these models were chosen by different people, so that some learned from "
            "the validation items of others. Measure them on the test, or one by one."
        )


def held_out_as(record: Mapping[str, Any], data: str) -> Holdout:
    """Read ``data`` and hold out of it as a model's record says.

    Raises as ``read_as``, ``Reading.read`` and ``hold_out`` do.
    """
    (reading, split_at, unit), validation_users = read_as(record), validation_users_of(record)
    if not is_path(data):  # its columns are known
        reading = Reading(**{name: getattr(reading, name) for name in RULES})
    return hold_out(reading.read(data), split_at, validation_users, unit=unit)


def check_alike(record: Mapping[str, Any], asked: DataRecord, *, model: str) -> None:
    """Refuse to measure a model on what it was not kept away from, with ``SettingError``.

    A record that says nothing of a split was made with the last items held out; of one that says
    nothing of the reading, nothing is known and nothing asked.
    """
    learned = read_as(record)
    if learned[1:] != asked[1:]:
        raise SettingError(
            f"{model} was trained with {_named(learned)} held out, and is to be measured with "
            f"{_named(asked)} held out: it would be asked for what it has learned. Measure it as "
            f"it was trained ({_options(learned)}), or train it with another split_at or held_out "
            f"in the recipe."
        )
    if "reading" not in record:
        return
    now = rules_of(asked.reading)
    differing = [
        f"{name} was {value!r}, and is {now[name]!r}"
        for name, value in rules_of(learned.reading).items()
        if value != now[name]
    ]
    if differing:
        raise SettingError(
            f"{model} was trained on data that was read otherwise: {'; '.join(differing)}. Read it "
            f"as it was read for the training."
        )


def _named(data: DataRecord) -> str:
    what = "moments" if data.unit == "moment" else "items"
    if not data.split_at:
        return f"the last {what} of each person"
    begins = " and from ".join(map(str, data.split_at))
    return f"{'the moments' if data.unit == 'moment' else 'what came'} from {begins} on"


def _options(data: DataRecord) -> str:
    split_at = f"--split_at {' '.join(map(str, data.split_at))} " if data.split_at else ""
    return f"{split_at}--held_out {data.unit}"
