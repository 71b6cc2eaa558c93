"""Named entities in Korean news: 23,964 sentences in ten types, each an annotated copy of its text.

The corpus of Korea Maritime and Ocean University, in the split that the project
``pytorch-bert-crf-ner`` published figures on: two EXOBRAIN files, 931 sentences, are ``test``,
the other 1,425 files are learned from. One sentence in twenty of those, chosen by the hash of its
text, is ``validation``, so that nothing is chosen on what is reported.

Every sentence of the corpus can be read: none is broken, and what is read is written again as it
stood. One sentence ("이강래기자", twice in the test) stands among the others too and is left out of
them, and 74 texts stand there more than once with different entities, which are kept.
"""

import io
import re
import tarfile
from collections.abc import Iterator

from madang.datasets.card import DatasetCard, Entity, TaggedText, data_files
from madang.datasets.folder import DataFolder
from madang.datasets.split import part
from madang.errors import DataError
from madang.text.markup import read_marked

FILES = {"NER-master.tar": "8367f9fb69095baa4a0aba60430f5aaab230c936733c2b2f09e55945e7232108"}
# Persons, places, organisations, other names; dates, times, durations; money, percentages and
# other quantities.
TYPES = ("PER", "LOC", "ORG", "POH", "DAT", "TIM", "DUR", "MNY", "PNT", "NOH")
TEST_FOLDER = "validation_set/"
HELD_OUT_SHARE = 0.05
NUMBER = re.compile(r"## \d+")


def read(folder: DataFolder, split: str) -> Iterator[TaggedText]:
    """Yield the sentences of a split, files in the order of their names."""
    files = sorted(unpack(folder.read_bytes(CARD.files[0])).items())
    test = [row for name, text in files if name.startswith(TEST_FOLDER) for row in sentences(text)]
    if split == "test":
        return iter(test)
    tested = {row.text for row in test}
    others = (text for name, text in files if not name.startswith(TEST_FOLDER))
    rows = (row for text in others for row in sentences(text) if row.text not in tested)
    return part(rows, split, share=HELD_OUT_SHARE)


def sentences(content: str) -> Iterator[TaggedText]:
    """Yield the sentences of one file: a number, a text and its annotated copy, then morphemes.

    Raises ``DataError`` where the two lines are not of one text.

    >>> list(sentences("## 1\\n## 13일까지\\n## <13일:DAT>까지\\n13\\t13\\tSN\\tB-DAT\\n"))
    [TaggedText(text='13일까지', entities=(Entity(start=0, end=3, type='DAT'),))]
    """
    lines = content.split("\n")  # a text may hold other line ends
    for index, line in enumerate(lines):
        if not NUMBER.fullmatch(line):
            continue
        text, marked = (line.removeprefix("## ") for line in lines[index + 1 : index + 3])
        found, spans = read_marked(marked)
        if found != text:
            raise DataError(
                f"A sentence of ner_kmou and its annotated copy differ: {text[:40]!r}, "
                f"{marked[:40]!r}. Copy the published file again."
            )
        yield TaggedText(text, tuple(Entity(*span) for span in spans))


def unpack(archive: bytes) -> dict[str, str]:
    """Return the texts of the corpus by the names of their files."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        members = [member for member in tar if member.isfile()]
        files = {member.name: tar.extractfile(member) for member in members}
        return {name: file.read().decode("utf-8-sig") for name, file in files.items() if file}


CARD = DatasetCard(
    name="ner_kmou",
    title="Named entities in Korean news sentences, ten types",
    address="https://github.com/kmounlp/NER",
    licence="for research, not commercial (as stated by kmounlp/NER)",
    labels=TYPES,
    splits={
        "train": "21,878 sentences; one that the test holds too is left out",
        "validation": "1,154 sentences of those learned from, one in twenty by hash",
        "test": "931 sentences: the published validation set",
    },
    files=data_files(FILES),
    read=read,
)
