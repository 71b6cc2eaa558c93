"""MovieLens-100K: 100,000 ratings of 1,682 films by 943 people, with the second of each.

The file is RecBole's copy: the same rows with the types of the columns in their names. It is not
in order of time.
"""

from madang.datasets.card import DatasetCard, Frame, Item, data_files
from madang.datasets.folder import DataFolder

RATINGS, FILMS = "ml-100k.inter", "ml-100k.item"
SOURCE = "https://raw.githubusercontent.com/RUCAIBox/RecBole/master/recbole/dataset_example/ml-100k"
FILES = {
    RATINGS: "4edb74e2a81178c2ba9ff381495f754f996c4aea351b1272ca36b43da0935eff",
    FILMS: "51d7cdf777ce5c0f5b32c1d947a4a81fe07d75e78abbe761e0cd4d0756064532",
}


def table(folder: DataFolder, split: str) -> Frame:
    """Return all ratings in the order of the file; the stars are left out."""
    import polars as pl

    ratings = pl.read_csv(folder.read_bytes(CARD.file(RATINGS)), separator="\t", infer_schema=False)
    return ratings.select(
        user="user_id:token",
        item="item_id:token",
        time=pl.from_epoch(pl.col("timestamp:float").cast(pl.Int64), "s").cast(pl.Datetime("us")),
    )


def items(folder: DataFolder) -> dict[str, Item]:
    """Return the title and the genres of each film."""
    lines = folder.read_text(CARD.file(FILMS)).splitlines()[1:]
    films = (line.split("\t") for line in lines)
    return {
        number: Item(title=title, attributes=tuple(genres.split()))
        for number, title, _, genres in films
    }


CARD = DatasetCard(
    name="ml-100k",
    title="MovieLens-100K: 100,000 ratings of films, with times",
    address="https://grouplens.org/datasets/movielens/100k/",
    licence="MovieLens: for research; do not pass it on; cite Harper and Konstan 2015",
    splits={"all": "100,000 ratings of 1,682 films by 943 people"},
    files=data_files(FILES, source=SOURCE),
    table=table,
    items=items,
)
