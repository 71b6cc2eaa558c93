"""``madang recommender list``, ``add``, ``use`` and ``back``: the versions of the site's own."""

from datetime import date
from pathlib import Path


def list() -> None:
    """List the site's own recommenders, oldest first; an arrow points at the one in use."""
    from madang.community.inference import version

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
    from madang.community.inference import prediction, version

    print(f"In use: {version.add(_folder(), model, on=date.today(), try_out=prediction.try_out)}")


def use(name: str) -> None:
    """Put a version to use.

    Args:
        name: one that `madang recommender list` shows
    """
    from madang.community.inference import version

    version.use(_folder(), name)
    print(f"In use: {name}")


def back() -> None:
    """Put the version to use that was in use before."""
    from madang.community.inference import version

    print(f"In use: {version.back(_folder())}")


def _folder() -> Path:
    from madang.community.inference import version
    from madang.community.site import environment

    return environment.home() / version.FOLDER
