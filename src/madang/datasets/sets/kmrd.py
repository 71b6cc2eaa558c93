"""KMRD: 140,710 ratings of 600 Korean-titled films by 52,028 people of Naver, with times.

The small file of the set, people masked. The mean person has 2.7 ratings and many have one, so
most histories are too short to hold anything out of. 6,379 ratings repeat a person's earlier one
of the same film.
"""

from collections import defaultdict

from madang.datasets.card import DatasetCard, Frame, Item, data_files
from madang.datasets.delimited import read_columns
from madang.datasets.folder import DataFolder
from madang.datasets.moment import moments

RATINGS, FILMS, GENRES = "rates.csv", "movies.txt", "genres.csv"
COMMIT = "8ca98b12bbd46a53f8ee89c678e7a0c050e190cf"
SOURCE = f"https://raw.githubusercontent.com/lovit/kmrd/{COMMIT}/kmr_dataset/datafile/kmrd-small"
FILES = {
    RATINGS: "9c373d914a15af2c4d13bb9ee7a5c0ea2c42c30113b819b2f88cddc909edcb52",
    FILMS: "8482a626de30751517d60ad28a3d86701f141bb5ed98527d65cec61483c82e18",
    GENRES: "fe6565c7f51eb292708834d1320b34974485181eff7852d445c691f24b243fe0",
}


def table(folder: DataFolder, split: str) -> Frame:
    """Return all ratings in the order of the file; the grades are left out."""
    import polars as pl

    ratings = pl.read_csv(folder.read_bytes(CARD.file(RATINGS)), infer_schema=False)
    return ratings.select("user", item="movie", time=moments(ratings["time"], RATINGS, "s"))


def items(folder: DataFolder) -> dict[str, Item]:
    """Return the Korean title, or the English one where there is none, and the genres."""
    genres = defaultdict(list)
    text = folder.read_text(CARD.file(GENRES))
    for row in read_columns(
        text, ("movie", "genre"), source=GENRES, delimiter=",", has_quotes=True
    ):
        genres[row["movie"]].append(row["genre"])
    columns = ("movie", "title", "title_eng")
    films = read_columns(folder.read_text(CARD.file(FILMS)), columns, source=FILMS)
    return {
        film["movie"]: Item(
            title=film["title"] or film["title_eng"], attributes=tuple(genres[film["movie"]])
        )
        for film in films
    }


CARD = DatasetCard(
    name="kmrd",
    title="KMRD: 140,710 Korean ratings of 600 films, with times, titles and genres",
    address="https://github.com/lovit/kmrd",
    licence="none stated (ratings of Naver films, people masked): for research",
    splits={"all": "140,710 ratings of 600 films by 52,028 people"},
    files=data_files(FILES, source=SOURCE),
    table=table,
    items=items,
)
