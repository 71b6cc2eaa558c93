"""``madang data export-interactions`` and ``madang recommender …``: models from the site's own."""

from datetime import date
from pathlib import Path

from madang.community import environment, inference, version
from madang.community.opening import open_site
from madang.community.recommendations import export
from madang.errors import SettingError


def export_interactions(output: Path) -> None:
    """Write what people who agreed opened and took as a data set that `madang train` reads.

    Columns: user (a number), item (such as post:12 or listing:3), time (the place in the order of
    all). Items that are not open to everybody, and people who switched off, are left out. The file
    is its owner's alone to read: delete it when it has served.

    Args:
        output: the file to write; its name ends in .csv
    """
    if output.suffix.lower() != ".csv":
        given = output.suffix or "nothing"
        raise SettingError(f"{output} ends in {given}; allowed is .csv: name the file so.")
    open_site(table="recommendations_interaction")
    number = export.write_interactions(output)
    print(f"{output}: {number} interactions")


def write_recipe(folder: Path, *, fresh: bool) -> tuple[Path, bool]:
    """Write data and recipe of a training from the site; see ``export.write_recipe``."""
    open_site(table="recommendations_interaction")
    return export.write_recipe(folder, fresh=fresh)


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

    One that gives no answer is refused.

    Args:
        model: the folder that `madang export` wrote
    """
    print(f"In use: {version.add(_folder(), model, on=date.today(), try_out=inference.try_out)}")


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
