"""Did you mean …? The nearest of the names that there are, for an error about one that is not."""

import difflib
from collections.abc import Iterable, Sequence


def nearest(
    given: str, known: Iterable[str], *, at_most: int = 1, likeness: float = 0.6
) -> list[str]:
    """Return the known names that are spelt most like the given one, the nearest first.

    ``likeness``: the least, from 0 to 1; by default a short name with one wrong letter of three is
    still meant, and one of which half is wrong is not.

    >>> nearest("tagger", ["classification", "tagging"])
    ['tagging']
    """
    return difflib.get_close_matches(given, list(known), n=at_most, cutoff=likeness)


def did_you_mean(given: str, known: Iterable[str], *, otherwise: str = "") -> str:
    """Return a sentence that names the nearest known name, or ``otherwise`` where none is near.

    >>> did_you_mean("nscm", ["nsmc", "korsts"])
    "Did you mean 'nsmc'?"
    >>> did_you_mean("zzz", ["nsmc"], otherwise="See `madang data list`.")
    'See `madang data list`.'
    """
    return ask(nearest(given, known)) or otherwise


def ask(names: Sequence[str]) -> str:
    """Return the question for some names; nothing for none.

    >>> ask(["warm_up.share", "share"])
    "Did you mean 'warm_up.share' or 'share'?"
    """
    return f"Did you mean {' or '.join(map(repr, names))}?" if names else ""
