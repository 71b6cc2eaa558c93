"""KorSTS, how alike two sentences are, and KorNLI, whether one follows from the other.

KorSTS is the English STS benchmark in Korean: train translated by a machine, validation and test
by people; a score runs from 0 to 5. Of the pairs of validation 3, of those of test 2 also stand in
train; published figures include them, ours too.

Of KorNLI only the part translated by people is read, the 7,500 pairs of its dev and test files
(830 and 1,670 premises, three hypotheses each). Its machine-translated train is not. So these
pairs are here to be learned from, beside ``klue_nli``, and *no figure is reported on them*: a
premise in ten, by the hash of its text, is held out with all its hypotheses.
"""

from collections.abc import Iterator

from madang.datasets.card import DatasetCard, TextPair, data_files
from madang.datasets.delimited import read_columns
from madang.datasets.folder import DataFolder
from madang.datasets.split import is_held_out

COMMIT = "0df0fe7d496eb61b092e022e238c2230b29f1cbc"
ADDRESS = "https://github.com/kakaobrain/KorNLUDatasets"
SOURCE = f"https://raw.githubusercontent.com/kakaobrain/KorNLUDatasets/{COMMIT}"
LICENCE = "CC BY-SA 4.0"
STS_FILES = {
    "KorSTS/sts-train.tsv": "b5aaa7f957d6ff46f4b6834a8b0f024a9234a6eefe9289aed66746b4533da3b8",
    "KorSTS/sts-dev.tsv": "d835b65b424401fbcce6be28a78159df8d61f5b19977ea7a0b83b8cb6105f393",
    "KorSTS/sts-test.tsv": "13f83a3440d9db52d134eb40303ce021b03264aa338fbf2871c8786ce04d2105",
}
NLI_FILES = {
    "KorNLI/xnli.dev.ko.tsv": "821fb1c1c2e538ac2724a6132da36ffa379eb9a542ceb89243b3cf711377382c",
    "KorNLI/xnli.test.ko.tsv": "0db53cf8e182283a0d0404ec3fe1b15d1e29236d23d22082dc20d43067254b3e",
}
NLI_LABELS = ("entailment", "neutral", "contradiction")


def read_sts(folder: DataFolder, split: str) -> Iterator[TextPair]:
    """Yield the pairs of a split in their published order, each with a score from 0 to 5."""
    part = "dev" if split == "validation" else split
    path, columns = f"KorSTS/sts-{part}.tsv", ("sentence1", "sentence2", "score")
    for row in read_columns(folder.read_text(STS.file(path)), columns, source=path):
        yield TextPair(row["sentence1"], row["sentence2"], float(row["score"]))


def read_nli(folder: DataFolder, split: str) -> Iterator[TextPair]:
    """Yield premises and hypotheses, dev before test, with the number of their label."""
    columns = ("sentence1", "sentence2", "gold_label")
    for path in NLI_FILES:
        for row in read_columns(folder.read_text(NLI.file(path)), columns, source=path):
            if is_held_out(row["sentence1"]) == (split == "validation"):
                label = NLI_LABELS.index(row["gold_label"])
                yield TextPair(row["sentence1"], row["sentence2"], label)


NLI = DatasetCard(
    name="kornli",
    title="KorNLI: does the second sentence follow from the first? The part translated by people",
    address=ADDRESS,
    licence=LICENCE,
    labels=NLI_LABELS,
    splits={
        "train": "nine in ten premises of the human-translated dev and test, to learn from",
        "validation": "one in ten of these premises, by hash of the text",
    },
    measured_on=(),
    folder="kornlu",
    files=data_files(NLI_FILES, source=SOURCE),
    read=read_nli,
)
STS = DatasetCard(
    name="korsts",
    title="KorSTS: how alike two sentences are, from 0 to 5",
    address=ADDRESS,
    licence=LICENCE,
    splits={
        "train": "5,749 pairs, translated by a machine",
        "validation": "1,500 pairs, the official dev, translated by people",
        "test": "1,379 pairs, translated by people",
    },
    folder="kornlu",
    files=data_files(STS_FILES, source=SOURCE),
    read=read_sts,
)
