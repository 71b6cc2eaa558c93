"""MovieLens-1M in the form that papers on sequences use: 999,611 ratings of films, in order.

6,040 people and 3,416 films, both with at least five ratings; the file is that of SASRec and
BERT4Rec, byte for byte, one ``user item`` a line in time order. The moments and the stars are not
in it. Titles are found through a published mapping back to MovieLens' own numbers.
"""

from collections.abc import Iterable

from madang.datasets.card import DataFile, DatasetCard, Frame, Item
from madang.datasets.folder import DataFolder
from madang.datasets.interaction_table import table_of_pairs

SEQUENCES, FILMS, MAPPING = "ml-1m_sas_rebuilt.txt", "movies.dat", "sas_to_original_items.txt"
SEQUENCES_ADDRESS = "https://raw.githubusercontent.com/kang205/SASRec/master/data/ml-1m.txt"
MAPPING_ADDRESS = (
    "https://raw.githubusercontent.com/asash/ml1m-sas-mapping/"
    "56013fb1def17a503613b5b914c2809ed18f607c/sas_to_original_items.txt"
)
SHA256 = {
    SEQUENCES: "b725f3acb3986fe3130bffd1e77a74d182a1f51799567a236dbd60270f95b0a2",
    MAPPING: "9ae42c23af0b0fe2f189b9d5acc6cf3936bffe1a9568390cf5d100c0c1b1fca1",
    FILMS: "0140fc2356357c1a851d0f52e893a1e4d3696df632c4141cea8d5bc3d621f0b9",
}


def table(folder: DataFolder, split: str) -> Frame:
    """Return all ratings, each history in time order."""
    return table_of_pairs(folder.read_bytes(CARD.file(SEQUENCES)))


def items(folder: DataFolder) -> dict[str, Item]:
    """Return the title, with its year, and the genres of each film."""
    # MovieLens writes Latin-1: Misérables, Les (1995).
    films = dict(films_of(folder.read_bytes(CARD.file(FILMS)).decode("latin-1").splitlines()))
    mapping = (line.split() for line in folder.read_text(CARD.file(MAPPING)).splitlines())
    return {number: films[original] for number, original in mapping}


def films_of(lines: Iterable[str]) -> Iterable[tuple[str, Item]]:
    """Yield the number and the film of each line of ``movies.dat``.

    >>> list(films_of(["1::Toy Story (1995)::Animation|Comedy"]))
    [('1', Item(title='Toy Story (1995)', attributes=('Animation', 'Comedy')))]
    """
    for line in lines:
        number, title, genres = line.split("::")
        yield number, Item(title=title, attributes=tuple(genres.split("|")))


CARD = DatasetCard(
    name="ml-1m",
    title="MovieLens-1M: 999,611 ratings of films in order, the file of SASRec and BERT4Rec",
    address="https://grouplens.org/datasets/movielens/1m/",
    licence="MovieLens: for research; do not pass it on; cite Harper and Konstan 2015",
    splits={"all": "999,611 ratings of 3,416 films by 6,040 people"},
    files=(
        DataFile(path=SEQUENCES, sha256=SHA256[SEQUENCES], address=SEQUENCES_ADDRESS),
        DataFile(path=MAPPING, sha256=SHA256[MAPPING], address=MAPPING_ADDRESS),
        DataFile(path=FILMS, sha256=SHA256[FILMS]),  # within ml-1m.zip at the address above
    ),
    table=table,
    items=items,
)
