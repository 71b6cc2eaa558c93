"""KorQuAD 1.0: questions on paragraphs of Korean Wikipedia, each answered by a span of its own.

Of the published files only the development file can be read here: 140 articles, 964 paragraphs,
5,774 questions with one answer each. It is split by article, by the hash of its title, so that no
paragraph is in two splits: one article in five is ``test``, of the others one in ten
``validation``. Figures on this ``test`` are therefore not those of the published leaderboard, whose
models learned from 60,407 questions and were tested on others.

In 61 % of the answers a particle follows without a space (`1839년` in `1839년에`), so an answer
that ends where a word ends is mostly wrong. Source: Lim 2019 (KorQuAD 1.0).
"""

import json
from collections.abc import Iterator

from madang.datasets.card import DatasetCard, Question, data_files
from madang.datasets.folder import DataFolder
from madang.datasets.split import hash_share
from madang.errors import DataError

SOURCE = "https://korquad.github.io/dataset"
DEV_FILE = "KorQuAD_v1.0_dev.json"
FILES = {DEV_FILE: "25ffeb51e6c51ec02c071b60a10188e10005c144110f0d876b26079d80a35bdf"}
TEST_SHARE = 0.2
VALIDATION_SHARE = 0.1


def read(folder: DataFolder, split: str) -> Iterator[Question]:
    """Yield the questions of a split in their published order; ``group`` is the article's title."""
    content = json.loads(folder.read_text(CARD.file(DEV_FILE)))
    for article in content["data"]:
        title = article["title"]
        if split_of(title) == split:
            for paragraph in article["paragraphs"]:
                yield from _questions(paragraph["context"], paragraph["qas"], title)


def split_of(title: str) -> str:
    """Return the split of an article, by its title alone.

    >>> split_of("임종석"), split_of("금강산")
    ('train', 'train')
    """
    if hash_share(title) < TEST_SHARE:
        return "test"
    # Another draw: the first is no longer evenly spread among what is left.
    return "validation" if hash_share(title, draw=1) < VALIDATION_SHARE else "train"


def _questions(context: str, entries: list[dict[str, object]], title: str) -> Iterator[Question]:
    for entry in entries:
        answers = entry["answers"]
        assert isinstance(answers, list)
        start, answer = answers[0]["answer_start"], answers[0]["text"]
        if context[start : start + len(answer)] != answer:
            raise DataError(
                f"{DEV_FILE} says that {answer!r} stands at character {start} of a paragraph of "
                f"{title}; {context[start : start + len(answer)]!r} does. Copy the file again."
            )
        yield Question(
            context=context,
            question=str(entry["question"]),
            start=start,
            answer=answer,
            group=title,
        )


CARD = DatasetCard(
    name="korquad",
    title="KorQuAD 1.0: questions answered by a span of a paragraph of Korean Wikipedia",
    address="https://korquad.github.io/KorQuad%201.0/",
    licence="CC BY-ND 2.0 KR",
    splits={
        "train": "seven in ten of the 140 articles of the development file",
        "validation": "one in ten of the articles that are not in test, by hash of the title",
        "test": "one in five of the articles, by hash of the title",
    },
    files=data_files(FILES, source=SOURCE),
    read=read,
)
