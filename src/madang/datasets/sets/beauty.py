"""Amazon Beauty as BERT4Rec's authors published it: 353,962 reviews of 54,542 products, in order.

40,226 people with at least five reviews each; products are not filtered, so many stand in few
histories. One ``user item`` a line in time order. It is not the file of ``s3rec_beauty``, which
keeps the products with five reviews alone: figures on the two do not compare.
"""

from madang.datasets.card import DatasetCard, Frame, data_files
from madang.datasets.folder import DataFolder
from madang.datasets.interaction_table import table_of_pairs

COMMIT = "615eaf2004abecda487a38d5b0c72f3dcfcae5b3"
SOURCE = f"https://raw.githubusercontent.com/FeiSun/BERT4Rec/{COMMIT}/data"
FILES = {"beauty.txt": "f480b7a7403852342ffd8f9809bb30697dd669be31813d0e204b698fec86ef49"}


def table(folder: DataFolder, split: str) -> Frame:
    """Return all reviews, each history in time order."""
    return table_of_pairs(folder.read_bytes(CARD.files[0]))


CARD = DatasetCard(
    name="beauty",
    title="Amazon Beauty, BERT4Rec's file: 353,962 reviews of products in order",
    address="https://github.com/FeiSun/BERT4Rec",
    licence="none stated (Amazon reviews 2014, McAuley): for research; the repository Apache-2.0",
    splits={"all": "353,962 reviews of 54,542 products by 40,226 people"},
    files=data_files(FILES, source=SOURCE),
    table=table,
)
