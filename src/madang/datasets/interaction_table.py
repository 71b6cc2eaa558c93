"""Tables of interactions as data sets publish them, as one frame of three columns.

The frame has ``user`` and ``item``, ids as texts just as they stand in the file, and ``time``, a
moment without a zone (UTC), absent where only the order of the rows is known. Rows keep the order
of the file. Everything is a column at a time: there is no loop over rows.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from madang.datasets.card import Interaction

if TYPE_CHECKING:
    import polars as pl


def rows_of(frame: "pl.DataFrame") -> Iterator[Interaction]:
    """Yield the rows of a data set's table one by one."""
    if "time" in frame.columns:
        frame = frame.with_columns(frame["time"].dt.epoch("s"))
    return (Interaction(*row) for row in frame.iter_rows())


def table_of_pairs(content: bytes) -> "pl.DataFrame":
    """Return the table of a file with one ``user item`` a line, in time order.

    >>> table_of_pairs(b"1 5\\n1 7\\n").rows()
    [('1', '5'), ('1', '7')]
    """
    import polars as pl

    return pl.read_csv(
        content,
        separator=" ",
        has_header=False,
        new_columns=["user", "item"],
        schema_overrides=[pl.String, pl.String],
    )


def table_of_histories(content: bytes) -> "pl.DataFrame":
    """Return the table of a file with one ``user item item …`` a line, in time order.

    >>> table_of_histories(b"1 5 7\\n2 5\\n").rows()
    [('1', '5'), ('1', '7'), ('2', '5')]
    """
    import polars as pl

    words = pl.Series("item", content.decode().splitlines()).str.split(" ").to_frame()
    return words.select(
        user=pl.col("item").list.first(), item=pl.col("item").list.slice(1)
    ).explode("item")
