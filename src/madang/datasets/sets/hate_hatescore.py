"""HateScore: hateful comments by the groups they are hateful of, and sentences that name them.

11,102 texts, 934 hateful. 7,115 of the others are made by rule, 2,221 are
sentences of Wikipedia: a cure for a model that takes a group's name for hate, and never a measure.
``group`` is where a text is from: ``comment``, ``wikipedia`` or ``template``. The comments were
labelled by a model and one person. The published dev, one in ten by hash, is ``validation``.
"""

from collections.abc import Iterator

from madang.datasets.card import DatasetCard, MultiLabelText, data_files
from madang.datasets.folder import DataFolder
from madang.datasets.json_lines import read_records

FILES = {"labelled.jsonl": "fb32824f366876ab084ccefc40851c1c97413410604f062e0e5e9a4ed28525ec"}
LABELS = (
    "여성/가족",
    "남성",
    "성소수자",
    "인종/국적",
    "연령",
    "지역",
    "종교",
    "기타 혐오",
    "단순 악플",
)
ORIGINS = {"온라인 댓글": "comment", "위키피디아": "wikipedia", "규칙 기반 생성": "template"}
PUBLISHED = {"train": "train", "validation": "dev"}


def read(folder: DataFolder, split: str) -> Iterator[MultiLabelText]:
    """Yield the texts of a split in their order; ``group`` is where one is from."""
    for row in read_records(folder, CARD.files[0], ("text", "micro", "source", "split")):
        if row["split"] == PUBLISHED[split]:
            named = () if row["micro"] == "None" else row["micro"].split(", ")
            labels = tuple(sorted(LABELS.index(name) for name in named))
            yield MultiLabelText(text=row["text"], labels=labels, group=ORIGINS[row["source"]])


CARD = DatasetCard(
    name="hate_hatescore",
    title="Korean comments by the groups they are hateful of, and harmless ones on them",
    repository="sgunderscore/hatescore-korean-hate-speech @ "
    "6382b45d52d63857e9dcfbc6116e4560e5008bc2",
    licence="Apache-2.0 (its README has non-profit and academic use in mind)",
    labels=LABELS,
    splits={"train": "9,963 texts", "validation": "1,139 texts, by hash of the text"},
    files=data_files(FILES),
    read=read,
    measured_on=("validation",),
)
