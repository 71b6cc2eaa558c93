"""Korean messages: gambling, loans, adult, coins and phishing; and ordinary news comments.

5,059 spam messages, most of them gambling (3,859), with letters broken, circled, spaced or swapped
for signs that look alike; at most three of a ``cluster`` of messages that begin alike. 5,766
ordinary comments and 92 notices of delivery. ``group`` is the kind of a message, found by words:
gambling, loan, parcel_phish, family_phish, stock, adult, other; and ``comment`` or ``delivery``.

Of 90 messages read 3 were no spam. The ordinary side is news comments alone: a model can tell spam
from them by register, so other ordinary texts belong beside them. Where the messages come from is
not stated. They hold live links: never open them.

Messages are split by cluster: the published dev is ``test``, one cluster in ten of the rest is
``validation``. Of the 92 notices, which have no published split, one in ten is ``validation``.
"""

from collections.abc import Iterator
from typing import Any

from madang.datasets.card import DatasetCard, LabelledText, data_files
from madang.datasets.folder import DataFolder
from madang.datasets.json_lines import read_records
from madang.datasets.split import is_held_out

COMMENTS, NOTICES, SPAM = "ordinary_comments.jsonl", "delivery_notices.jsonl", "spam.jsonl"
FILES = {
    COMMENTS: "cb98051e6f7ff19861ef04917693e6399cebba91d5cdcfc2d261b53cdaf8049c",
    NOTICES: "bef33e2570e2825c8bc5a2e18040ab8ac5998a1d4cf7042692318fb3d320f5dc",
    SPAM: "92b719695996f6694cbb7c1a7e0889827f53df7775160be9a82bd522361ec25f",
}
KINDS = {COMMENTS: "comment", NOTICES: "delivery"}


def read(folder: DataFolder, split: str) -> Iterator[LabelledText]:
    """Yield the texts of a split, the ordinary ones first; ``group`` is the kind."""
    for path in FILES:
        for row in read_records(folder, CARD.file(path), ("text", "label")):
            if split_of(row) == split:
                kind = KINDS.get(path) or row["kind"]
                yield LabelledText(text=row["text"], label=row["label"], group=kind)


def split_of(row: dict[str, Any]) -> str:
    """Return the split of a row: of a message by its cluster, of any other by its text."""
    if row.get("split") == "dev":
        return "test"
    return "validation" if is_held_out(row.get("cluster") or row["text"]) else "train"


CARD = DatasetCard(
    name="ads_sms_spam",
    title="Korean spam messages (gambling, loans, adult, coins, phishing) and ordinary comments",
    repository="j2h00n/smishing_ai @ 6a0a7f7a4e18be72fc11d1976ba216db67045d3a",
    licence="none stated, origin unclear: for research; live links, names and ids stand in it",
    labels=("ordinary", "spam"),
    splits={
        "train": "nine in ten of what is not in test, by cluster",
        "validation": "one in ten of what is not in test, by hash of the cluster",
        "test": "532 messages of other clusters and 562 comments: the published dev",
    },
    files=data_files(FILES),
    read=read,
)
