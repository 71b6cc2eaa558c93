"""A model whose folder is damaged turns off itself, and nothing else of the site."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from madang.community.accounts.models import User
from madang.community.boards import actions
from madang.community.boards.models import Board
from madang.community.inference import prediction
from madang.community.inference.models import Reading
from madang.community.inference.vectors import store
from madang.community.moderation.models import Case
from madang.formats import catalogue

DAMAGES = {
    "200,000 brackets": b"[" * 200_000,
    "a list": b"[]",
    "nothing": b"",
    "no UTF-8": b"\xff\xfe",
    "wrong types": b'{"family": 1, "task": [], "tokenizer_sha256": {}, "record": "x"}',
}


@pytest.fixture(params=DAMAGES)
def damaged(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of the model of entities with a manifest that can not be read."""
    for path in catalogue.find_model("entities").iterdir():
        if path.name != "madang.json":
            (tmp_path / path.name).symlink_to(path)
    (tmp_path / "madang.json").write_bytes(DAMAGES[request.param])
    return tmp_path


@pytest.fixture
def others(settings: Any, damaged: Path) -> Iterator[None]:
    """Put the shipped models behind the doors, and the damaged one."""
    for kind in prediction.KINDS:
        setattr(settings, f"MADANG_{kind.upper()}_MODEL", kind)
    settings.MADANG_ENTITIES_MODEL = str(damaged)
    prediction.forget()
    store.forget()
    yield
    prediction.forget()
    store.forget()


def test_only_the_damaged_model_is_off(
    others: None,
    damaged: Path,
    board: Board,
    author: User,
    as_author: Client,
    as_moderator: Client,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        post = actions.write_post(
            board=board, author=author, title="빵", body="어제 서울에서 산 빵이 참 맛있었어요"
        )
    store.fill()  # so that no thread does it
    assert as_author.get(post.get_absolute_url()).status_code == 200
    waiting = Reading.objects.of(post).filter(is_waiting=True)
    assert {reading.kind for reading in waiting} == {prediction.ENTITIES}
    assert f"{damaged / 'madang.json'} can not be read" in caplog.text
    assert Case.objects.filter(kind="ads").of(post).get().label
    assert as_moderator.get("/models/").status_code == 200
    assert prediction.is_failing(prediction.ENTITIES)
    assert not any(prediction.is_failing(kind) for kind in prediction.KINDS if kind != "entities")
