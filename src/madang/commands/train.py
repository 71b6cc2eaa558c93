"""``madang train``: a recipe becomes a checkpoint."""

import logging
import shlex
from datetime import date
from pathlib import Path

from madang.errors import MadangError, SettingError
from madang.recipes.recipe import read_recipe


def train(
    recipe: Path | None = None,
    *,
    output: Path | None = None,
    fresh: bool = False,
    from_site: bool = False,
    overrides: tuple[str, ...] = (),
) -> None:
    """Train what a recipe describes; go on where an interrupted run was.

    Args:
        recipe: a TOML file, such as recipes/ads_instagram.toml.
        output: the folder of the run; runs/NAME by default.
        fresh: begin anew, whatever the folder holds.
        from_site: train a recommender on the site's own interactions; a recipe is not needed.
        overrides: whatever differs from the recipe, such as --fine_tuning.training.num_epochs 2.
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if from_site:
        _train_from_site(recipe, overrides, output, fresh=fresh)
    elif recipe is None:
        raise SettingError(
            "No recipe is given. Those that ship lie in recipes/; --from-site needs none."
        )
    else:
        _train(recipe, overrides, output, resume=not fresh)


def _train(path: Path, overrides: tuple[str, ...], output: Path | None, *, resume: bool) -> None:
    recipe = read_recipe(path, overrides)
    folder = output or Path("runs") / recipe.name
    for checkpoint in recipe.run(folder, resume=resume):
        print(f"The checkpoint is in {checkpoint}.")
        for hint in recipe.hints:
            print(hint.format(checkpoint=_quoted(checkpoint), export=_quoted(folder / "export")))


def _quoted(path: Path) -> str:
    """Return a path as it is typed."""
    return shlex.quote(str(path))


def _train_from_site(
    recipe: Path | None, overrides: tuple[str, ...], output: Path | None, *, fresh: bool
) -> None:
    """Write the site's interactions into a run's folder, train on them, and delete them."""
    from madang.community.recommendations.export import DATA, forget, write_recipe

    folder = output or Path("runs") / f"site-{date.today():%Y-%m-%d}"
    own, may_go_on = write_recipe(folder, fresh=fresh)
    if recipe is not None:
        overrides = (*overrides, "--interactions", f'"{folder / DATA}"')
    try:
        _train(recipe or own, overrides, folder, resume=may_go_on)
    except MadangError:  # nothing is there to go on with; an interrupted run keeps its data
        forget(folder)
        raise
    forget(folder)
    print("When it is exported: madang recommender add FOLDER")
