"""What is said of an own file on a command line, over what is known of it already."""

import dataclasses

from madang.datasets.own.columns import Columns


@dataclasses.dataclass(frozen=True, kw_only=True)
class Said:
    """The fields of ``Columns``; what is left out stays as it is known."""

    encoding: str = ""
    separator: str = ""
    header: tuple[str, ...] = ()
    quotes: str = ""
    text: str = ""
    label: str = ""
    labels: str = ""
    first: str = ""
    second: str = ""
    score: str = ""
    token: str = ""
    tag: str = ""
    sentence: str = ""
    entities: str = ""
    notation: str = ""
    question: str = ""
    context: str = ""
    answer: str = ""
    start: str = ""
    group: str = ""

    def over(self, columns: Columns) -> Columns:
        """Return ``columns`` with what is said in place of what was.

        >>> Said(text="document").over(Columns(label="stars")).text
        'document'
        """
        said = {name: value for name, value in vars(self).items() if value}
        return dataclasses.replace(columns, **said)


NOTHING_SAID = Said()
