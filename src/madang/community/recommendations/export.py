"""What people who agreed opened and took, as a file of interactions that training reads.

A person who agreed is a number in the file, drawn anew each time; which number is whose, nothing
keeps. Of the times only their order is written: who knows when somebody was here finds nobody by
it. The file is its owner's alone to read.
"""

import csv
import hashlib
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from madang import storage, validation
from madang.community.site.opening import open_site
from madang.errors import DataError, SettingError

COLUMNS = ("user", "item", "time")
DATA, RECIPE, BASIS = "interactions.csv", "recipe.toml", "basis.json"
PRIVATE = 0o600
_BATCH = 500
_TABLE = "recommendations_interaction"


class Row(NamedTuple):
    """An interaction that may be written: its number in the database, its person's, its item."""

    number: int
    person: int
    item: str


def export_interactions(output: Path) -> None:
    """Write the file, and print how many rows it has.

    Raises SettingError for a name that does not end in .csv, and DataError without a site, and
    where nobody who agreed has done anything.
    """
    if output.suffix.lower() != ".csv":
        given = output.suffix or "nothing"
        raise SettingError(f"{output} ends in {given}; allowed is .csv: name the file so.")
    open_site(table=_TABLE)
    print(f"{output}: {_write(output, list(allowed_rows()))} interactions")


def write_recipe(folder: Path, *, fresh: bool) -> tuple[Path, bool]:
    """Write the site's interactions into *folder* and a recipe beside that trains on them.

    Returns the recipe, and whether an interrupted run may go on: the file that it left stays,
    unless ``fresh``, or unless somebody whose rows are in it withdrew, reset, or left since, or an
    item in it is open to everybody no more.
    """
    open_site(table=_TABLE)
    data, recipe, basis = folder / DATA, folder / RECIPE, folder / BASIS
    rows = list(allowed_rows())
    values = {"kind": "recommendation", "name": folder.name, "interactions": data.as_posix()}
    text = "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
    if not fresh and all(path.is_file() for path in (data, recipe, basis)):
        kept = _read_basis(basis)
        if kept == _basis_of([row for row in rows if row.number <= kept["last"]]):
            storage.write_text(recipe, text)  # it may have begun when recipes had no kind
            return recipe, True
    print(f"{data}: {_write(data, rows)} interactions")
    storage.write_text(recipe, text)
    storage.write_text(basis, json.dumps(_basis_of(rows)) + "\n")
    return recipe, False


def forget(folder: Path) -> None:
    """Delete the interactions in *folder*: what was learned from them is in the checkpoint."""
    for name in (DATA, BASIS):
        (folder / name).unlink(missing_ok=True)


def allowed_rows() -> Iterator[Row]:
    """Yield the interactions of people who agree, with items open to everybody, oldest first."""
    from madang.community.recommendations.models import Consent, Interaction

    kept = Interaction.objects.filter(person__consent__choice=Consent.Choice.AGREED)
    is_open = _open_names(list(kept.order_by("item").values_list("item", flat=True).distinct()))
    for row in kept.order_by("at", "pk").values_list("pk", "person", "item").iterator():
        if row[2] in is_open:
            yield Row(*row)


def _write(output: Path, rows: list[Row]) -> int:
    if not rows:
        raise DataError(
            "The site has no interactions of people who agreed. Run this where `madang serve` ran "
            "(MADANG_HOME), once people have read posts."
        )
    people = list({row.person for row in rows})
    random.SystemRandom().shuffle(people)
    number_of = {person: number for number, person in enumerate(people, start=1)}
    with (
        storage.replacing(output, mode=PRIVATE) as temporary,
        temporary.open("w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(
            (number_of[row.person], row.item, place) for place, row in enumerate(rows, start=1)
        )
    return len(rows)


def _basis_of(rows: list[Row]) -> dict[str, int | str]:
    """Return what tells, without a word of whom, whether the same rows may still be written."""
    numbers = sorted(row.number for row in rows)
    digest = hashlib.sha256(json.dumps(numbers).encode()).hexdigest()
    return {"last": max(numbers, default=0), "sha256": digest}


def _read_basis(path: Path) -> dict[str, Any]:
    """Return what was written beside the rows; one that is damaged fits none."""
    try:
        kept = validation.parse_json(path.read_bytes())
    except ValueError:
        kept = {}
    return kept if isinstance(kept.get("last"), int) else {"last": 0}


def _open_names(names: list[str]) -> set[str]:
    """Return the items that everybody may see."""
    from madang.community.extension import item

    parts = (names[start : start + _BATCH] for start in range(0, len(names), _BATCH))
    return {name for part in parts for name in item.find(part, None)}
