"""``madang train``: a recipe becomes a checkpoint."""

import logging
from datetime import date
from pathlib import Path

from madang.errors import MadangError, SettingError
from madang.recipes.fine_tuning import run_recipe
from madang.recipes.pretraining import PretrainingRecipe, run_pretraining
from madang.recipes.recipe import load_recipe, read_recipe, read_toml
from madang.recipes.sharing import SharedRecipe, run_shared


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
        return
    if recipe is None:
        raise SettingError(
            "No recipe is given. Those that ship lie in recipes/; --from-site needs none."
        )
    # What a recipe begins with tells its kind: text without labels, other recipes, interactions,
    # or data sets.
    content = read_toml(recipe)
    if "interactions" in content:
        _recommend(recipe, overrides, output, resume=not fresh)
        return
    if "sources" in content:
        _pretrain(read_recipe(recipe, overrides, kind=PretrainingRecipe), output, resume=not fresh)
        return
    if "recipes" in content:
        _share(read_recipe(recipe, overrides, kind=SharedRecipe), output, resume=not fresh)
        return
    parts = load_recipe(recipe, overrides)
    folder = output or Path("runs") / parts.name
    checkpoint = run_recipe(parts, folder, resume=not fresh)
    print(f"The checkpoint is in {checkpoint}.")
    print(f"Measure it: madang evaluate --model {checkpoint}")
    print(f"Make it fast: madang export --model {checkpoint} --output {folder / 'export'}")


def _train_from_site(
    recipe: Path | None, overrides: tuple[str, ...], output: Path | None, *, fresh: bool
) -> None:
    """Write the site's interactions into a run's folder, train on them, and delete them."""
    from madang.community.recommendations.command import write_recipe
    from madang.community.recommendations.export import DATA, forget

    folder = output or Path("runs") / f"site-{date.today():%Y-%m-%d}"
    own, may_go_on = write_recipe(folder, fresh=fresh)
    if recipe is not None:
        overrides = (*overrides, "--interactions", f'"{folder / DATA}"')
    try:
        _recommend(recipe or own, overrides, folder, resume=may_go_on)
    except MadangError:  # nothing is there to go on with; an interrupted run keeps its data
        forget(folder)
        raise
    forget(folder)
    print("When it is exported: madang recommender add FOLDER")


def _pretrain(recipe: PretrainingRecipe, output: Path | None, *, resume: bool) -> None:
    checkpoint = run_pretraining(recipe, output or Path("runs") / recipe.name, resume=resume)
    print(f"The encoder is in {checkpoint}.")
    print(f'Fine-tune it: [encoder] folder = "{checkpoint}" in the recipe of a task.')


def _share(recipe: SharedRecipe, output: Path | None, *, resume: bool) -> None:
    for checkpoint in run_shared(recipe, output or Path("runs") / recipe.name, resume=resume):
        print(f"A checkpoint is in {checkpoint}. Measure it: madang evaluate --model {checkpoint}")


def _recommend(
    path: Path, overrides: tuple[str, ...], output: Path | None, *, resume: bool
) -> None:
    # Imported here: it reads tables with polars, which nothing else of a training needs.
    from madang.recipes.recommendation import RecommendationRecipe, run_recommendation

    recipe = read_recipe(path, overrides, kind=RecommendationRecipe)
    folder = output or Path("runs") / recipe.name
    checkpoint = run_recommendation(recipe, folder, resume=resume)
    print(f"The checkpoint is in {checkpoint}.")
    print(f"Measure it: madang evaluate --model {checkpoint}")
    print(f"Make it serve: madang export --model {checkpoint} --output {folder / 'export'}")
