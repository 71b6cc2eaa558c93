"""What to say of the rows of interactions: which were left out, and which stayed and look odd."""

from collections.abc import Iterator, Mapping

NOTICES = {
    "repeated rows": (
        "say the same as another row (person, item and time); all are kept. duplicates = first "
        "keeps one of a person's interactions with an item"
    ),
    "shortened ids": (
        "have an id such as 1.00313E+18, which a spreadsheet or a float made of a longer one: "
        "different ids may have become one. Export the table anew, with ids as text"
    ),
    "ids in blanks": (
        "have an id with blanks before or behind it, which belong to it: ' 7' is not '7'"
    ),
}


def sentences(dropped: Mapping[str, int], noticed: Mapping[str, int]) -> Iterator[str]:
    """Yield a line for each reason for which rows were left out, or should be looked at.

    >>> list(sentences({"core": 2}, {}))
    ['left out: 2 rows for core']
    """
    for reason, number in dropped.items():
        yield f"left out: {number:,} rows for {reason}"
    for reason, number in noticed.items():
        yield f"kept: {number:,} rows {NOTICES[reason]}."
