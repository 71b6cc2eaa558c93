"""Real databases, on which two people act at the same moment: committed, seen by every thread."""

import logging
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connections
from django.db.utils import load_backend
from django.test import override_settings

from madang.community.inference import prediction
from madang.community.inference.vectors import store
from madang.community.site import environment
from madang.serving import Classification
from madang.text.excerpt import Excerpt

from ..conftest import WordEmbedder, WordHate, WordSentiment, WordTagger
from .acts import Browser
from .scene import Stage
from .together import Errors

MODELS = ("SPAM", "SENTIMENT", "HATE", "ENTITIES", "SENTENCE")
QUICK_HASHER = "django.contrib.auth.hashers.MD5PasswordHasher"


class WordAds:
    """Stand in for the model of advertising: 특가 advertises."""

    labels = ("ordinary", "ad")
    is_multi_label = False
    version = "ads-1"
    threshold = 0.5

    def classify(self, texts: Sequence[str], **_: object) -> list[Classification]:
        return [self._answer(0.9 if "특가" in text else 0.1) for text in texts]

    def excerpt(self, text: str, *, max_tokens: int) -> Excerpt:
        return Excerpt(text)

    def _answer(self, ad: float) -> Classification:
        return Classification(
            label="ad" if ad > 0.5 else "ordinary",
            probability=max(ad, 1 - ad),
            probabilities={"ad": ad, "ordinary": 1 - ad},
            reasons=(),
        )


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def real_database(
    request: pytest.FixtureRequest,
    django_db_setup: None,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """A database in a file, and one of a PostgreSQL server, that each thread opens for itself."""
    with django_db_blocker.unblock():
        if request.param == "sqlite":
            described = environment.database("", folder=tmp_path_factory.mktemp("meeting"))
        else:
            described = _copy_on_server(request.getfixturevalue("postgresql"))
        with _stand_in({**connections.settings["default"], **described}):
            call_command("migrate", verbosity=0)
            yield request.param


def _copy_on_server(server: Any) -> dict[str, Any]:
    described = dict(server.settings_dict)
    server.close()  # of a database that is copied nobody may be a guest
    maintenance = {**described, "NAME": "postgres"}
    connection = load_backend(described["ENGINE"]).DatabaseWrapper(maintenance, alias="default")
    with connection.cursor() as cursor:
        cursor.execute("DROP DATABASE IF EXISTS meeting")
        cursor.execute(f'CREATE DATABASE meeting TEMPLATE "{described["NAME"]}"')
    connection.close()
    # A crash of the machine may lose a test's last commits.
    options = {**described["OPTIONS"], "options": "-c synchronous_commit=off"}
    return {**described, "NAME": "meeting", "OPTIONS": options}


@contextmanager
def _stand_in(described: dict[str, Any]) -> Iterator[None]:
    """Let every thread open the database that is *described*, in place of the tests' own."""
    own, own_settings = connections["default"], connections.settings["default"]
    connections.settings["default"] = described
    connections["default"] = load_backend(described["ENGINE"]).DatabaseWrapper(
        described, alias="default"
    )
    ContentType.objects.clear_cache()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)  # threads that meet more often show more
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        connections["default"].close()
        connections["default"], connections.settings["default"] = own, own_settings
        ContentType.objects.clear_cache()


@pytest.fixture(scope="module", autouse=True)
def _word_models() -> Iterator[None]:
    """Put word models behind each door."""
    classifiers: dict[str, Any] = {
        "ads": WordAds(),
        "sentiment": WordSentiment(),
        "hate": WordHate(),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prediction, "is_there", lambda name: True)
        patch.setattr(prediction, "load_classifier", lambda name: classifiers[name])
        patch.setattr(prediction, "load_tagger", lambda name: WordTagger())
        patch.setattr(prediction, "load_embedder", lambda name: WordEmbedder())
        _forget()
        yield
    _forget()


@pytest.fixture(autouse=True)
def _with_models(_no_further_models: None) -> Iterator[None]:
    """Switch on what the other tests of the site switch off; nobody does too much here."""
    names = {f"MADANG_{kind}_MODEL": kind.lower() for kind in MODELS}
    with override_settings(**names, PASSWORD_HASHERS=[QUICK_HASHER], MADANG_LIMITS={}):
        yield


def _forget() -> None:
    prediction.forget()
    store.forget()


@pytest.fixture(scope="module")
def errors() -> Iterator[Errors]:
    handler = Errors()
    handler.setFormatter(logging.Formatter("%(message)s"))
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


@pytest.fixture(scope="module")
def stage(real_database: str) -> Stage:
    """Where the scenes of one database are made."""
    return Stage()


@pytest.fixture(scope="module")
def threads(real_database: str) -> Iterator[ThreadPoolExecutor]:
    """Two threads, each with a connection of its own."""
    with ThreadPoolExecutor(2) as pool:
        yield pool
        barrier = threading.Barrier(2)

        def close() -> None:
            barrier.wait()
            connections.close_all()

        for each in [pool.submit(close) for _ in range(2)]:
            each.result()


@pytest.fixture(scope="module")
def browsers() -> list[Browser]:
    return [Browser(), Browser()]
