"""Three tasks of the KLUE benchmark: inference, similarity, and the topic of a headline.

``klue_nli``: 24,998 pairs to learn from. The official test is not public, so the official dev,
3,000 pairs with a thousand of each label, is ``test``, as in published figures; one premise in ten
of train, by the hash of its text, is held out with all its hypotheses as ``validation``. No premise
is in both files. Premises come from six sources; 856 of the 1,645 film reviews among them are in
the *test* of ``nsmc``, so a model that has learned from ``klue_nli`` is not to be measured there.

``klue_sts``: only the official dev, 519 pairs, to measure a model on that learned from ``korsts``.

``klue_ynat``: 45,654 headlines in seven topics, mixed anew by a competition from the official
train and dev, so that figures can not be compared with published ones: one headline in ten, by the
hash of its text, is ``test``, one in ten of the rest ``validation``.
"""

import json
from collections.abc import Iterator

from madang.datasets.card import DataFile, DatasetCard, LabelledText, TextPair, data_files
from madang.datasets.delimited import read_columns
from madang.datasets.folder import DataFolder
from madang.datasets.sets.kornlu import NLI_LABELS
from madang.datasets.split import hash_share, is_held_out

COMMIT = "3efd98708a40ff49251fddde35453f8fbb11f536"
YNAT_COMMIT = "e6d6a6f87df09c08054fb29eab12748928a535ff"
ADDRESS = "https://github.com/KLUE-benchmark/KLUE"
SOURCE = f"https://raw.githubusercontent.com/KLUE-benchmark/KLUE/{COMMIT}/klue_benchmark"
LICENCE = "CC BY-SA 4.0"
NLI_TRAIN = "klue-nli-v1.1/klue-nli-v1.1_train.json"
NLI_DEV = "klue-nli-v1.1/klue-nli-v1.1_dev.json"
NLI_FILES = {
    NLI_TRAIN: "8d32e7e4ff97804a23f277fee8740f1341ac82e1c0c7b34f1be21952e4813996",
    NLI_DEV: "0699db82be17766b26e199864e6260443e17ec6e91d1870e876419e388f245b1",
}
STS_DEV = "official/klue-sts-v1.1/klue-sts-v1.1_dev.json"
STS_SHA256 = "b6a0ae0c370e21687f7eef0fdea872a328bb2ecbdb020c546cb870d28606bf80"
STS_ADDRESS = f"{SOURCE}/{STS_DEV.removeprefix('official/')}"
YNAT_FILE = "ynat_dacon/train_data.csv"
YNAT_SHA256 = "0cbfee23a0225c4d93fdc2ae1e5d5b4008e46b11a85e94857068f4fe611b5904"
YNAT_ADDRESS = (
    "https://raw.githubusercontent.com/seawavve/daconNewsTopicClassification/"
    f"{YNAT_COMMIT}/preprocessing/train_data.csv"
)
TOPICS = ("science", "economy", "society", "culture", "world", "sports", "politics")
# Another text is hashed than that of ``validation``, so that the two are drawn apart.
SALT = "test of klue_ynat\n"
TEST_SHARE = 26 / 256


def read_nli(folder: DataFolder, split: str) -> Iterator[TextPair]:
    """Yield premise, hypothesis and the number of their label, in the published order."""
    path = NLI_DEV if split == "test" else NLI_TRAIN
    for record in json.loads(folder.read_text(NLI.file(path))):
        premise = record["premise"]
        if split == "test" or is_held_out(premise) == (split == "validation"):
            label = NLI_LABELS.index(record["gold_label"])
            yield TextPair(premise, record["hypothesis"], label)


def read_sts(folder: DataFolder, split: str) -> Iterator[TextPair]:
    """Yield the pairs in their published order, each with a score from 0 to 5."""
    for record in json.loads(folder.read_text(STS.file(STS_DEV))):
        yield TextPair(record["sentence1"], record["sentence2"], record["labels"]["label"])


def read_ynat(folder: DataFolder, split: str) -> Iterator[LabelledText]:
    """Yield the headlines of a split in their published order."""
    text, source = folder.read_text(YNAT.file(YNAT_FILE)), f"{YNAT_FILE} of klue_ynat"
    columns = ("title", "topic_idx")
    for row in read_columns(text, columns, source=source, delimiter=",", has_quotes=True):
        if _split_of(row["title"]) == split:
            yield LabelledText(text=row["title"], label=int(row["topic_idx"]))


def _split_of(title: str) -> str:
    if hash_share(SALT + title) < TEST_SHARE:
        return "test"
    return "validation" if is_held_out(title) else "train"


NLI = DatasetCard(
    name="klue_nli",
    title="KLUE-NLI: does the second sentence follow from the first?",
    address=ADDRESS,
    licence=LICENCE,
    labels=NLI_LABELS,
    splits={
        "train": "nine in ten premises of the official train",
        "validation": "one in ten premises of the official train, by hash of the text",
        "test": "3,000 pairs, the official dev, on which published figures are",
    },
    folder="klue",
    files=data_files(NLI_FILES, source=SOURCE),
    read=read_nli,
)
STS = DatasetCard(
    name="klue_sts",
    title="KLUE-STS: how alike two sentences are, from 0 to 5; its dev alone",
    address=ADDRESS,
    licence=LICENCE,
    splits={"test": "519 pairs, the official dev"},
    folder="klue",
    files=(DataFile(path=STS_DEV, sha256=STS_SHA256, address=STS_ADDRESS),),
    read=read_sts,
)
YNAT = DatasetCard(
    name="klue_ynat",
    title="YNAT: Korean news headlines in seven topics, not in the official split",
    address=f"https://github.com/seawavve/daconNewsTopicClassification/tree/{YNAT_COMMIT}",
    licence=LICENCE,
    labels=TOPICS,
    splits={
        "train": "what is neither in validation nor in test",
        "validation": "one in ten of what is not in test, by hash of the text",
        "test": "one headline in ten, by hash of the text",
    },
    folder="klue",
    files=(DataFile(path=YNAT_FILE, sha256=YNAT_SHA256, address=YNAT_ADDRESS),),
    read=read_ynat,
)
