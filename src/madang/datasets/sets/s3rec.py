"""Three Amazon categories as S3-Rec's authors published them, with the attributes of each product.

Every person and every product has at least five reviews. One ``user item item …`` a line in time
order; attributes (categories and brands) are numbers without names.

| data set | people | products | reviews |
|---|---|---|---|
| ``s3rec_beauty`` | 22,363 | 12,101 | 198,502 |
| ``s3rec_sports`` | 35,598 | 18,357 | 296,337 |
| ``s3rec_toys`` | 19,412 | 11,924 | 167,597 |
"""

import json
from functools import partial

from madang.datasets.card import DataFile, DatasetCard, Frame, Item, data_files
from madang.datasets.folder import DataFolder
from madang.datasets.interaction_table import table_of_histories

COMMIT = "2a81540ae18615d88ef88227b0c066e5b74781e5"
SOURCE = f"https://raw.githubusercontent.com/RUCAIBox/CIKM2020-S3Rec/{COMMIT}/data"


def table(file: DataFile, folder: DataFolder, split: str) -> Frame:
    """Return all reviews of a category, each history in time order."""
    return table_of_histories(folder.read_bytes(file))


def items(file: DataFile, folder: DataFolder) -> dict[str, Item]:
    """Return the attributes of each product; there are no titles."""
    found: dict[str, list[int]] = json.loads(folder.read_text(file))
    return {
        number: Item(attributes=tuple(map(str, attributes))) for number, attributes in found.items()
    }


def _card(name: str, *, category: str, counts: str, sequences: str, attributes: str) -> DatasetCard:
    files = data_files(
        {f"{category}.txt": sequences, f"{category}_item2attributes.json": attributes},
        source=SOURCE,
    )
    return DatasetCard(
        name=name,
        title=f"Amazon {category.replace('_', ' ')}, S3-Rec's file: reviews and attributes",
        address="https://github.com/RUCAIBox/CIKM2020-S3Rec",
        licence="none stated (Amazon reviews 2014, McAuley): for research",
        splits={"all": counts},
        folder="s3rec",
        files=files,
        table=partial(table, files[0]),
        items=partial(items, files[1]),
    )


BEAUTY = _card(
    "s3rec_beauty",
    category="Beauty",
    counts="198,502 reviews of 12,101 products by 22,363 people",
    sequences="226cce9c3105299ca0db9615d7d3fb32b3175e90da43100ae352599f0f0107b8",
    attributes="129e40f67486f6877eff0f5318cfa8530ee8ac23d8b0d1de04e1bb7a2ba0b2d4",
)
SPORTS = _card(
    "s3rec_sports",
    category="Sports_and_Outdoors",
    counts="296,337 reviews of 18,357 products by 35,598 people",
    sequences="2a095e0648872beb9982408958290f5d655db5be2911c3756b5446de9f0b8de2",
    attributes="7fb10733ac4f1811384a52144cdefa7fcc7536fa80a7232c5da9bd789155c34b",
)
TOYS = _card(
    "s3rec_toys",
    category="Toys_and_Games",
    counts="167,597 reviews of 11,924 products by 19,412 people",
    sequences="176c680c688d497598c4a89a03b402c0fe78d795e5db335c2e78dd5f2d778a3f",
    attributes="d371acd25101eedac04afc727626464b7acec770c4eda708705d51eb76eb1ad0",
)
