"""Yogiyo: 66,349 Korean reviews of delivered food, with one to five stars.

Very skewed: five stars 53,534, four 7,700, three 2,658, two 901, one 1,556. Of the reviews one in
ten, chosen by the hash of its text, is ``validation`` and another one ``test``. 1,285 repeat an
earlier text, 156 texts with other stars; they are kept, on the same side.
"""

from collections.abc import Iterator

from madang.datasets.card import DatasetCard, LabelledText, data_files
from madang.datasets.delimited import read_columns
from madang.datasets.folder import DataFolder
from madang.datasets.split import hash_share
from madang.errors import DataError

# Put together from files of the repository's history; these bytes are not public.
FILES = {"yogiyo_reviews.tsv": "b3aee55113358f9a934908d089e0f081f689718c37a12fddce3d09e46ac98fb8"}
LABELS = ("1", "2", "3", "4", "5")
VALIDATION_BELOW, TEST_BELOW = 0.1, 0.2


def read(folder: DataFolder, split: str) -> Iterator[LabelledText]:
    """Yield the reviews of a split; the label is the stars less one, ``group`` the restaurant."""
    for row in reviews(folder.read_text(CARD.files[0])):
        if split_of(row.text) == split:
            yield row


def reviews(content: str) -> Iterator[LabelledText]:
    """Yield the rows of the file; a quote is a sign like any other.

    Raises ``DataError`` when a column is missing or the stars are not one to five.

    >>> list(reviews("restaurant\\treview\\ttotal\\n마당집\\t맛있어요\\t5\\n"))
    [LabelledText(text='맛있어요', label=4, group='마당집')]
    """
    columns = ("restaurant", "review", "total")
    for row in read_columns(content, columns, source="The file of reviews_yogiyo"):
        if row["total"] not in LABELS:
            raise DataError(
                f"A review of reviews_yogiyo has {row['total']!r} stars; 1 to 5 are allowed. "
                f"Copy the file again."
            )
        yield LabelledText(
            text=row["review"], label=int(row["total"]) - 1, group=row["restaurant"] or None
        )


def split_of(text: str) -> str:
    """Return the split of a review by its text alone."""
    share = hash_share(text)
    if share < VALIDATION_BELOW:
        return "validation"
    return "test" if share < TEST_BELOW else "train"


CARD = DatasetCard(
    name="reviews_yogiyo",
    title="Korean reviews of delivered food, one to five stars",
    address="https://github.com/jinyoungsul/koBERT-yogiyo-reviews-classfication",
    licence="none stated (crawled from Yogiyo): for research; do not pass the reviews on",
    labels=LABELS,
    splits={
        "train": "53,036 reviews: eight in ten, by hash of the text",
        "validation": "6,665 reviews: one in ten",
        "test": "6,648 reviews: one in ten",
    },
    files=data_files(FILES),
    read=read,
)
