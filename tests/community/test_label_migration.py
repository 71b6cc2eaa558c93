"""Labels, thresholds, appeals and decisions of three labels mean the same after the update."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

# Run in a process of its own: the tests' database is up to date from the start.
STORY = """
import django
django.setup()
import json
from collections import Counter
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.test.utils import setup_test_environment
from django.utils import timezone
from madang.community.extension.content import judged_text, text_hash

BEFORE = [
    ("boards", "0003_folding_and_tokens"),
    ("analysis", "0003_contribution_alone"),
    ("market", "0003_folding"),
    ("moderation", "0011_one_case_alone"),
]
SAID = {
    "none": {"none": 0.96, "offensive": 0.03, "hate": 0.01},
    "offensive": {"none": 0.01, "offensive": 0.98, "hate": 0.01},
    "hate": {"none": 0.02, "offensive": 0.01, "hate": 0.97},
}
NAMES = ("Answer", "Reading", "Case", "Appeal", "Decision")


def state():
    return MigrationExecutor(connection).loader.project_state(BEFORE).apps


def rows():
    '''Return all that the tables of the state before hold.'''
    found = {}
    for name in NAMES:
        app = "analysis" if name in ("Answer", "Reading") else "moderation"
        fields = [each.attname for each in state().get_model(app, name)._meta.concrete_fields]
        found[name] = list(state().get_model(app, name).objects.order_by("pk").values_list(*fields))
    posts = state().get_model("boards", "Post").objects.order_by("pk")
    found["posts"] = list(posts.values_list("title", "label", "is_folded", "removed_at"))
    return found


def fill():
    '''Fill the tables with posts of each label: the model's, appealed, decided in each way.'''
    get = state().get_model
    author, moderator = (
        get("accounts", "User").objects.create(username=name) for name in ("은하", "지기")
    )
    board = get("boards", "Board").objects.create(slug="free", name="자유")
    kind, _ = get("contenttypes", "ContentType").objects.get_or_create(
        app_label="boards", model="post"
    )
    for number, (label, fate) in enumerate(
        [(label, fate) for label in SAID for fate in ("model", "appealed", "confirm", "clear")]
    ):
        title = f"{label} {fate}"
        post = get("boards", "Post").objects.create(
            board=board, author=author, title=title, body="글", label="ordinary",
            is_folded=label != "none" and fate != "clear",
        )
        digest = text_hash(judged_text(title, "글"))
        about = {"content_type": kind, "object_id": post.pk}
        model = {"model_name": "hate", "model_version": "three"}
        value = {
            "label": label, "probabilities": SAID[label], "reasons": [[0, 2, 0.5]],
            "is_truncated": False,
        }
        answer = get("analysis", "Answer").objects.create(
            kind="hate", text_sha256=digest, value=value, **model
        )
        get("analysis", "Reading").objects.create(
            kind="hate", text_sha256=digest, answer=answer, is_waiting=False, **about
        )
        if label == "none" and fate != "clear":
            continue
        same = {"kind": "speech", "text_sha256": digest, **about}
        case = {"source": "model", "label": label, "priority": 2}
        if fate == "appealed":
            case["appeal"] = get("moderation", "Appeal").objects.create(
                answer=answer, sentence="농담", **same
            )
            case["priority"] = 0
        if fate in ("confirm", "clear"):
            given = label if fate == "confirm" else "none"
            case["decision"] = get("moderation", "Decision").objects.create(
                text=judged_text(title, "글"), author=author, moderator=moderator, action=fate,
                label=given, model_label=label, model_probability=0.97, **same, **model,
            )
            case |= {"source": "moderator", "label": given, "priority": 3}
        get("moderation", "Case").objects.create(
            answer=answer, model_label=label, probability=0.97, certainty=0.97, **same, **case
        )


def check():
    '''Look at the site of today, as a stranger, a moderator and an exporting operator.'''
    from madang.community.accounts.actions import appoint_moderator
    from madang.community.accounts.models import User
    from madang.community.boards.models import Post
    from madang.community.inference.models import Answer
    from madang.community.moderation import actions
    from madang.community.moderation.command import decided_rows
    from madang.community.moderation.models import Case
    from madang.community.moderation.registry import SPEECH

    assert {each.is_withheld for each in Post.objects.all()} == {False}
    titles = Post.objects.filter(is_folded=True).values_list("title", flat=True)
    folded = Counter(title.split()[0] for title in titles)
    assert folded == {"offensive": 3, "hate": 3}, folded
    for answer in Answer.objects.filter(kind="hate"):  # today's rules find what was found
        assert SPEECH.read(answer).label == answer.value["label"]
    names = {"offensive": "모욕", "hate": "혐오", "none": "문제없음"}
    moderator = User.objects.get(username="지기")
    appoint_moderator(moderator)
    client = Client()
    client.force_login(moderator, backend="django.contrib.auth.backends.ModelBackend")
    for case in Case.objects.filter(kind="speech"):
        assert case.label_name == names[case.label]
        html = client.get(case.contribution.get_absolute_url()).content.decode()
        assert f'<span class="label {case.label}">{case.label_name}</span>' in html
        assert "<mark>" in html
    html = client.get("/moderation/speech/").content.decode()
    assert html.count('name="chosen"') == 4
    assert html.count("농담") == 2
    assert client.get("/moderation/spam/").status_code == 200
    assert [row["label"] for row in decided_rows("speech")] == [0, 1, 0, 2, 0]
    said = [row["labels"] for row in decided_rows("speech")]
    assert said == ["", "insult", "", "discrimination", ""], said


def use():
    '''Use the site of today: spam is withheld, several labels are given at once.'''
    from madang.community.accounts.models import User
    from madang.community.boards.models import Post
    from madang.community.moderation import actions
    from madang.community.moderation.models import Case
    from madang.community.moderation.registry import SPAM, SPEECH

    moderator = User.objects.get(username="지기")
    for title, labels in (
        ("none model", ["insult", "profanity"]), ("none appealed", ["insult", "threat"]),
        ("none confirm", ["profanity"]),
    ):
        case = Case.about(SPEECH, Post.objects.get(title=title))
        assert actions.decide(case, moderator=moderator, action="label", labels=labels)
    with transaction.atomic():
        post = Post.objects.create(
            board_id=1, author=moderator, title="카지노", body="글", label="ordinary"
        )
        case = actions.open_case(SPAM, post)
        Case.objects.filter(pk=case.pk).update(source="model", label="spam")
        SPAM.show(post, "spam")


setup_test_environment()
MigrationExecutor(connection).migrate(BEFORE)
fill()
before = rows()
call_command("migrate", verbosity=0, interactive=False)
check()
assert json.dumps(rows(), default=str) == json.dumps(before, default=str), "forward changes nothing"
use()
MigrationExecutor(connection).migrate(BEFORE)
after = rows()
assert after["Answer"] == before["Answer"]
last = before["Decision"][-1][0]
assert [row for row in after["Decision"] if row[0] <= last] == before["Decision"]
given = state().get_model("moderation", "Decision").objects.filter(pk__gt=last)
given = list(given.order_by("pk").values_list("action", "label"))
assert given == [("confirm", "offensive"), ("confirm", "hate"), ("clear", "none")], given
down = dict((title, removed is not None) for title, _, _, removed in after["posts"])
assert down.pop("카지노") and not any(down.values()), "what was withheld is down, all else is up"
call_command("migrate", verbosity=0, interactive=False)
from madang.community.boards.models import Post
assert Client().get(Post.objects.get(title="카지노").get_absolute_url()).status_code == 404
print("whole")
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def tell(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Run a story on an empty database of its own; return what it says."""
    if request.param == "sqlite":
        yield lambda story: _tell(story, tmp_path, "")
        return
    server = request.getfixturevalue("postgresql")
    request.getfixturevalue("db")
    with server._nodb_cursor() as cursor:
        cursor.execute("CREATE DATABASE madang_labels")
    described = server.settings_dict
    user, host = quote(described["USER"]), quote(described["HOST"], safe="")
    try:
        yield lambda story: _tell(
            story, tmp_path, f"postgresql://{user}@/madang_labels?host={host}"
        )
    finally:
        with server._nodb_cursor() as cursor:
            cursor.execute("DROP DATABASE madang_labels")


def _tell(story: str, home: Path, database: str) -> str:
    models = ("SPAM", "ADS", "SENTIMENT", "HATE", "ENTITIES", "SENTENCE", "RECOMMENDER")
    environment = {
        **os.environ,
        **{f"MADANG_{kind}_MODEL": "" for kind in models},
        "MADANG_HOME": str(home),
        "MADANG_DATABASE_URL": database,
        "DJANGO_SETTINGS_MODULE": "madang.community.site.settings",
        "PYTHONIOENCODING": "utf-8",
    }
    told = subprocess.run(
        [sys.executable, "-c", story],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return told.stderr + told.stdout


def test_what_was_said_in_three_labels_is_kept_and_can_go_back(tell: Callable[[str], str]) -> None:
    assert tell(STORY).endswith("whole\n")
