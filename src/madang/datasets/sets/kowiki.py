"""35,000 articles of Korean Wikipedia, 86.7 million characters, to learn the language from.

A random part of the articles of at least 700 characters of a dump of about January 2023, taken out
of its markup by WikiExtractor, which leaves gaps where templates stood ("(, 1924년") and the titles
of sections as short lines that end in a full stop. Some paragraphs of KLUE and KorQuAD are in it,
as in every Korean encoder: text without its labels.
"""

import json
from collections.abc import Iterator

from madang.datasets.card import DatasetCard, Document, data_files
from madang.datasets.folder import DataFolder

# A part of the published text, chosen at random: these bytes are not public.
FILES = {"kowiki.jsonl": "8c8a8953dc80cb3affe8254f3b04bd6e218df661d788ea252dff8ccf87620004"}


def read(folder: DataFolder, split: str) -> Iterator[Document]:
    """Yield the articles, the title as a first line."""
    for line in folder.read_lines(CARD.file("kowiki.jsonl")):
        article = json.loads(line)
        yield Document(text=f"{article['title']}\n{article['text']}")


CARD = DatasetCard(
    name="kowiki",
    title="Korean Wikipedia: 35,000 articles without labels",
    address="https://github.com/97danielj/WordEmbedding/tree/"
    "2e427337521cd4747d20efef073b8a885c97fd04/text",
    licence="CC BY-SA 3.0",
    splits={"train": "35,000 articles of at least 700 characters"},
    files=data_files(FILES),
    read=read,
)
