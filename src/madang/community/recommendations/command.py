"""The site's own interactions for a training: as a file, or with a recipe beside."""

from pathlib import Path

from madang.community.recommendations import export
from madang.community.site.opening import open_site
from madang.errors import SettingError


def export_interactions(output: Path) -> None:
    """Write what people who agreed opened and took as a data set that `madang train` reads.

    Raises ``SettingError`` for a name that does not end in .csv and ``DataError`` without a site.
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
