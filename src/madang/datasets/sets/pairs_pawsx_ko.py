"""PAWS-X, the Korean part: pairs of sentences with the same words, of the same meaning or not.

3,999 pairs of Wikipedia, 1,735 the same (Yang 2019), translated by machine, the names in English:
to measure a model on. The file to learn from is not at hand.
"""

from collections.abc import Iterator

from madang.datasets.card import DatasetCard, TextPair, data_files
from madang.datasets.folder import DataFolder
from madang.datasets.json_lines import read_records

FILES = {"pairs.jsonl": "33512f3cc5c5efa62e58ab7f3adeb646615ea99e7d7409081e2c14512cfc27d3"}
PUBLISHED = {"validation": "dev", "test": "test"}


def read(folder: DataFolder, split: str) -> Iterator[TextPair]:
    """Yield the pairs of a split in their order."""
    for row in read_records(folder, CARD.files[0], ("a", "b", "label", "split")):
        if row["split"] == PUBLISHED[split]:
            yield TextPair(row["a"], row["b"], row["label"])


CARD = DatasetCard(
    name="pairs_pawsx_ko",
    title="Korean sentences with the same words, of the same meaning or not (PAWS-X)",
    repository="monologg/KoELECTRA @ 024fbdd600e653b6e4bdfc64ceec84181b5ce6c4",
    licence="free to use, Google asks to be named (PAWS-X)",
    labels=("different", "same"),
    splits={"validation": "1,999 pairs: the published dev", "test": "2,000 pairs"},
    files=data_files(FILES),
    read=read,
)
