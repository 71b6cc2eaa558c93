"""``madang data export-interactions`` and ``madang recommender …``: models from the site's own.

A person who agreed is a number in the file, drawn anew each time; which number is whose, nothing
keeps.
"""

import csv
import json
import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from madang import storage
from madang.community import environment, version
from madang.community.opening import open_site
from madang.errors import DataError, SettingError

COLUMNS = ("user", "item", "time")
_BATCH = 500
Row = tuple[int, str, int]


def export_interactions(output: Path) -> None:
    """Write what people who agreed opened and took as a data set that `madang train` reads.

    Columns: user (a number), item (such as post:12 or listing:3), time (seconds since 1970).
    Items that are not open to everybody, and people who switched off, are left out.

    Args:
        output: the file to write; its name ends in .csv
    """
    if output.suffix.lower() != ".csv":
        given = output.suffix or "nothing"
        raise SettingError(f"{output} ends in {given}; allowed is .csv: name the file so.")
    open_site(table="recommendations_interaction")
    number = write_interactions(output)
    print(f"{output}: {number} interactions")


def write_interactions(output: Path) -> int:
    """Write the file and return how many rows it has.

    Raises DataError where nobody who agreed has done anything.
    """
    number = 0
    with storage.replacing(output) as temporary:
        with temporary.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            for row in interaction_rows():
                writer.writerow(row)
                number += 1
        if not number:
            raise DataError(
                "The site has no interactions of people who agreed. Run this where `madang serve` "
                "ran (MADANG_HOME), once people have read posts."
            )
    return number


def interaction_rows() -> Iterator[Row]:
    """Yield user, item and time of each interaction, oldest first."""
    from madang.community.recommendations.models import Consent, Interaction

    agreed = Consent.objects.filter(choice=Consent.Choice.AGREED)
    people = list(agreed.values_list("person", flat=True))
    random.SystemRandom().shuffle(people)
    numbers = {person: number for number, person in enumerate(people, start=1)}
    kept = Interaction.objects.filter(person__consent__choice=Consent.Choice.AGREED)
    names = list(kept.order_by("item").values_list("item", flat=True).distinct())
    is_open = _open_names(names)
    rows = kept.order_by("at", "pk").values_list("person", "item", "at")
    for person, name, at in rows.iterator():
        if name in is_open and person in numbers:
            yield numbers[person], name, int(at.timestamp())


def write_recipe(folder: Path, *, fresh: bool) -> Path:
    """Write the site's interactions into *folder* and a recipe beside that trains on them.

    What an interrupted run left there stays, unless ``fresh``: it goes on with the same.
    """
    data, recipe = folder / "interactions.csv", folder / "recipe.toml"
    if fresh or not (data.is_file() and recipe.is_file()):
        open_site(table="recommendations_interaction")
        print(f"{data}: {write_interactions(data)} interactions")
        values = {"name": folder.name, "interactions": data.as_posix()}
        lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
        storage.write_text(recipe, "\n".join(lines) + "\n")
    return recipe


def list_versions() -> None:
    """List the site's own recommenders, oldest first; an arrow points at the one in use."""
    folder = _folder()
    found, current = version.names(folder), version.current(folder)
    for name in found:
        print(f"{'→' if current is not None and name == current.name else ' '} {name}")
    if not found:
        print(f"{folder} holds no version. `madang recommender add FOLDER` takes one in.")


def add(model: Path) -> None:
    """Take an exported recommender in as a version, and put it to use; the site follows at once.

    Args:
        model: the folder that `madang export` wrote
    """
    print(f"In use: {version.add(_folder(), model, on=date.today())}")


def use(name: str) -> None:
    """Put a version to use.

    Args:
        name: one that `madang recommender list` shows
    """
    version.use(_folder(), name)
    print(f"In use: {name}")


def back() -> None:
    """Put the version to use that was in use before."""
    print(f"In use: {version.back(_folder())}")


def _folder() -> Path:
    return environment.home() / version.FOLDER


def _open_names(names: list[str]) -> set[str]:
    """Return the items that everybody may see."""
    from madang.community.boards import item

    parts = (names[start : start + _BATCH] for start in range(0, len(names), _BATCH))
    return {name for part in parts for name in item.find(part, None)}
