"""``madang data list``, ``show``, ``fetch``, ``export-decisions`` and ``export-interactions``."""

from pathlib import Path

from madang.datasets.card import DatasetCard
from madang.datasets.download import fetch as fetch_files
from madang.datasets.folder import DataFolder
from madang.datasets.registry import CARDS, find_card


def list() -> None:
    """List the data sets by name, with what each is and whether it is on this machine."""
    width = max(map(len, CARDS))
    for card in CARDS.values():
        print(f"{card.name:<{width}}  {_presence(card):<8}  {card.title}")


def show(name: str) -> None:
    """Show a data set's source, licence, labels, splits and files.

    Args:
        name: a name that `madang data list` shows.
    """
    card = find_card(name)
    folder = DataFolder(card.folder)
    print(card.title)
    print(f"address  {card.address or f'none; from {card.repository}'}")
    print(f"licence  {card.licence}")
    print(f"labels   {', '.join(f'{index} {label}' for index, label in enumerate(card.labels))}")
    if card.items is not None:
        print(f"items    have titles or attributes: madang.datasets.registry.load_items({name!r})")
    for split, content in card.splits.items():
        print(f"split    {split}: {content}")
    for file in card.files:
        state = (
            "here" if folder.find(file) else "missing" if file.address else "missing, no address"
        )
        print(f"file     {file.path} ({state}) sha256 {file.sha256}")


def fetch(name: str) -> None:
    """Download a data set's files to MADANG_DATA, or to the user's cache; check every one.

    Args:
        name: a name that `madang data list` shows.
    """
    card = find_card(name)
    folder = DataFolder(card.folder)
    print(f"licence  {card.licence}")
    print(f"folder   {folder.path}", flush=True)
    fetch_files(card, folder, report=lambda line: print(line, flush=True))


def export_decisions(output: Path, *, about: str = "ads") -> None:
    """Write the moderators' decisions as a data set that `madang train` reads.

    Each text stands once, with the latest decision on it; texts that were only dismissed, removed
    or restored are left out. Columns: text (title, line end, body), label (0 ordinary, 1
    advertisement), group (the author, as a number), decided_at, model_version (the model whose
    label was judged).

    Args:
        output: the file to write; its name ends in .csv or .jsonl
        about: the kind of label: ads, or speech for the decisions on hate and insults (label 0
            none, 1 offensive, 2 hate)
    """
    from madang.community.moderation.command import export_decisions

    export_decisions(output, about=about)


def export_interactions(output: Path) -> None:
    """Write what people who agreed opened and took as a data set that `madang train` reads.

    Columns: user (a number), item (such as post:12 or listing:3), time (the place in the order of
    all). Items that are not open to everybody, and people who switched off, are left out. The file
    is its owner's alone to read: delete it when it has served.

    Args:
        output: the file to write; its name ends in .csv
    """
    from madang.community.recommendations.export import export_interactions

    export_interactions(output)


def _presence(card: DatasetCard) -> str:
    folder = DataFolder(card.folder)
    num_present = sum(folder.find(file) is not None for file in card.files)
    if num_present == len(card.files):
        return "here"
    return "partly" if num_present else "missing"
