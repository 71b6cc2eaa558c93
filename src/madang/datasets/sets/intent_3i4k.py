"""What is said to a machine: Korean utterances by intent, paraphrases of questions and commands.

``intent_3i4k``: 56,998 utterances in seven intents (Cho 2018); the published test of 5,433 is
``test``, one in ten of the rest, by hash, ``validation``. From scripts, not from posts.

``parakqc``: 10,000 questions and commands (Cho 2020); ``group`` numbers the meaning, of which there
are ten paraphrases. Meanings are split by hash: one in five is ``test``, one in ten of the rest
``validation``. The label is the kind of act.
"""

from collections.abc import Iterator

from madang.datasets.card import DatasetCard, LabelledText, data_files
from madang.datasets.folder import DataFolder
from madang.datasets.json_lines import read_records
from madang.datasets.split import drawn_split, is_held_out

LICENCE = "CC BY-SA 4.0"
INTENT_FILES = {
    "utterances.jsonl": "1f999869e528753e9e513385de5ffb30313940cb1ab65a7b51635b280a03f523"
}
PARAKQC_FILES = {
    "parakqc.jsonl": "25530559b8f2cd7f2bff240be208f927fedfe65edf73f93a9442d15d1a47bc91"
}
INTENTS = (
    "fragment",
    "statement",
    "question",
    "command",
    "rhetorical_question",
    "rhetorical_command",
    "intonation_dependent",
)
# By their numbers in the file.
ACTS = ("alternative_question", "question", "prohibition", "requirement")


def read_intents(folder: DataFolder, split: str) -> Iterator[LabelledText]:
    """Yield the utterances of a split in their order."""
    for row in read_records(folder, INTENT.files[0], ("text", "label", "split")):
        drawn = "validation" if is_held_out(row["text"]) else "train"
        if (row["split"] if row["split"] == "test" else drawn) == split:
            yield LabelledText(text=row["text"], label=INTENTS.index(row["label"]))


def read_parakqc(folder: DataFolder, split: str) -> Iterator[LabelledText]:
    """Yield the paraphrases of a split in their order; ``group`` is the meaning."""
    for row in read_records(folder, PARAKQC.files[0], ("text", "act", "group")):
        group = str(row["group"])
        if drawn_split(group) == split:
            yield LabelledText(text=row["text"], label=row["act"], group=group)


INTENT = DatasetCard(
    name="intent_3i4k",
    title="Korean utterances by intent: statement, question, command and the like (3i4K)",
    repository="warnikchow/3i4k @ cfa90c15f808becafca2d8ef8649b8b71f6bbe71",
    licence=LICENCE,
    labels=INTENTS,
    splits={
        "train": "nine in ten of what is not in test",
        "validation": "one in ten of what is not in test, by hash of the text",
        "test": "5,433 utterances: the published test",
    },
    files=data_files(INTENT_FILES),
    read=read_intents,
)
PARAKQC = DatasetCard(
    name="parakqc",
    title="Korean questions and commands, ten paraphrases of each meaning (ParaKQC)",
    repository="warnikchow/paraKQC @ c16270fe6c2e888af07e7cb043248ad31d8a6f9c",
    licence=LICENCE,
    labels=ACTS,
    splits={
        "train": "nine in ten of the other meanings",
        "validation": "one in ten of the other meanings, by hash",
        "test": "one meaning in five, by hash",
    },
    folder="intent_3i4k",
    files=data_files(PARAKQC_FILES),
    read=read_parakqc,
)
