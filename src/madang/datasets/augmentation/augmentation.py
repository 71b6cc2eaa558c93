"""Texts to learn from, changed in the ways in which people get round a model; labels stay.

Whatever is done to texts with a label is done to ordinary ones alike: else spaced letters, or a
chatty beginning, would become the label. Nothing of what is held out or measured is changed. What
happens to a row depends on the seed and on its text alone.
"""

import dataclasses
import random
from collections import Counter
from collections.abc import Sequence
from typing import TypeVar

from madang.datasets.augmentation.disclosure import without_disclosure
from madang.datasets.augmentation.letters import disguise
from madang.datasets.card import LabelledText, MultiLabelText
from madang.text.sentence import REVIEW, split_sentences
from madang.validation import Natural, Probability

RowT = TypeVar("RowT", LabelledText, MultiLabelText)
MOST_SENTENCES = 3
# Of what length a sentence is, in characters, that is put before a text.
SHORTEST, LONGEST = 6, 50
# Enough to draw from.
MOST_DRAWN = 5000


@dataclasses.dataclass(frozen=True, kw_only=True)
class Augmentation:
    """Which share of the texts to learn from is changed, and how.

    ``letters``: letters are spaced, dotted, taken apart, circled, widened, swapped. ``chatter``: up
    to three sentences of ordinary texts stand before the text. ``disclosures``: of the texts that
    are not ordinary, words that say that it is advertising are cut out. Ordinary is the first
    label, or none of several.
    """

    letters: Probability = 0.0
    chatter: Probability = 0.0
    disclosures: Probability = 0.0
    seed: Natural = 0

    def apply(self, rows: Sequence[RowT]) -> list[RowT]:
        """Return the rows in their order, some with another text."""
        sentences = _sentences(rows) if self.chatter else []
        met: Counter[str] = Counter()
        changed = []
        for row in rows:
            met[row.text] += 1
            rng = random.Random(f"{self.seed} {met[row.text]} {row.text}")
            changed.append(self._changed(row, sentences, rng))
        return changed

    def _changed(self, row: RowT, sentences: Sequence[str], rng: random.Random) -> RowT:
        # Drawn before they are needed: one share changes nothing of what another one does.
        cuts, disguises, chats = (rng.random() for _ in range(3))
        text = row.text
        if cuts < self.disclosures and not is_ordinary(row):
            text = without_disclosure(text) or text
        if disguises < self.letters:
            text = disguise(text, rng)
        if chats < self.chatter and sentences:
            chat: list[str] = rng.choices(sentences, k=rng.randint(1, MOST_SENTENCES))
            text = rng.choice((" ", "\n")).join((*chat, text))
        return row if text == row.text else dataclasses.replace(row, text=text)


def is_ordinary(row: LabelledText | MultiLabelText) -> bool:
    """Say whether a row has the first of its labels, or none of several."""
    if isinstance(row, LabelledText):
        return row.label == 0
    return not (row.labels or row.any_of)


def _sentences(rows: Sequence[LabelledText | MultiLabelText]) -> list[str]:
    """Return short sentences of ordinary texts, spread over all of them."""
    ordinary = [row for row in rows if is_ordinary(row)]
    drawn = ordinary[:: max(1, len(ordinary) // MOST_DRAWN)]
    found = (
        row.text[start:end].strip()
        for row in drawn
        for start, end in split_sentences(row.text, REVIEW)
    )
    return [sentence for sentence in found if SHORTEST <= len(sentence) <= LONGEST]
