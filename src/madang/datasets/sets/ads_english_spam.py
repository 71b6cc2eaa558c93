"""English messages and YouTube comments, advertising or ordinary: two collections of UCI.

5,120 messages of 2006 to 2012 (Almeida 2011) and 1,667 comments of 2013 to 2015 (Alberto 2015),
1,445 of them advertising: prizes, ring tones and dating in messages, "check out my channel" in
comments. Exact repeats were dropped. Old: nothing sponsored, no coins. ``group`` is ``sms`` or
``youtube``. The published dev, one in ten by hash, is ``test``; one in ten of the rest, by hash,
``validation``.
"""

from collections.abc import Iterator

from madang.datasets.card import DatasetCard, LabelledText, data_files
from madang.datasets.folder import DataFolder
from madang.datasets.json_lines import read_records
from madang.datasets.split import is_held_out

FILES = {"labelled.jsonl": "97ffe3f9b77a0f5eb8f20a110d9de487919adb73d6865634f2ec86c243165f57"}


def read(folder: DataFolder, split: str) -> Iterator[LabelledText]:
    """Yield the texts of a split in their order; ``group`` is the collection."""
    for row in read_records(folder, CARD.files[0], ("text", "label", "from", "split")):
        drawn = "validation" if is_held_out(row["text"]) else "train"
        if ("test" if row["split"] == "dev" else drawn) == split:
            yield LabelledText(text=row["text"], label=row["label"], group=row["from"])


CARD = DatasetCard(
    name="ads_english_spam",
    title="English messages and YouTube comments, advertising or ordinary",
    repository="j2h00n/smishing_ai @ 6a0a7f7a4e18be72fc11d1976ba216db67045d3a; KHJKHJKKKHHHJJJ/"
    "Intro_to_ml_Learning_Concert_Spam_Classifier @ 38f9f2145873bfba59ccb2af4fbbb606e4cc2ec7",
    licence="CC BY 4.0 (UCI SMS Spam Collection, YouTube Spam Collection)",
    labels=("ordinary", "ad"),
    splits={
        "train": "nine in ten of the rest",
        "validation": "one in ten of the rest, by hash of the text",
        "test": "656 texts: the published dev, by hash of the text",
    },
    files=data_files(FILES),
    read=read,
)
