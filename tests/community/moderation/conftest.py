"""A model whose word is known: posts that say 공구 or 할인 are advertisements."""

import re
from collections.abc import Iterator, Sequence

import pytest
from django.db import transaction

from madang.community.inference import prediction
from madang.serving import Classification, Reason
from madang.text.excerpt import Excerpt
from madang.text.legibility import is_blank


class WordModel:
    """Stand in for a classifier: one word decides, and is the reason."""

    labels = ("ordinary", "ad")
    is_multi_label = False
    threshold = 0.5

    def __init__(self) -> None:
        self.version = "words-1"
        self.asked: list[str] = []
        self.failure: Exception | None = None

    def excerpt(self, text: str, *, max_tokens: int) -> Excerpt:
        return Excerpt(text)

    def classify(self, texts: Sequence[str], **_: object) -> list[Classification]:
        self.asked.extend(texts)
        if self.failure:
            raise self.failure
        return [self._answer(text) for text in texts]

    def _answer(self, text: str) -> Classification:
        if is_blank(text):
            return Classification(None, None, {}, ())
        found = [*re.finditer("공구|할인", text)]
        ad = 0.97 if found else 0.45 if "세일" in text else 0.02
        label = "ad" if ad >= self.threshold else "ordinary"
        return Classification(
            label=label,
            probability=max(ad, 1 - ad),
            probabilities={"ordinary": 1 - ad, "ad": ad},
            reasons=tuple(
                Reason(start=word.start(), end=word.end(), text=word.group(), weight=1.0)
                for word in found
            ),
        )


@pytest.fixture(autouse=True)
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[WordModel]:
    """Put the word model behind the site's door; it judges the short texts of tests."""
    model = WordModel()
    monkeypatch.setattr(prediction, "load_classifier", lambda name: model)
    prediction.forget()
    yield model
    prediction.forget()


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judge inside the test's transaction, which never commits."""
    monkeypatch.setattr(transaction, "on_commit", lambda judge, **_: judge())
