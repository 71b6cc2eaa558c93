"""What models and people said of texts is carried over whole into today's tables, and back."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

# Run in a process of its own: the tests' database is up to date from the start.
BEGINNING = """
import django
django.setup()
from datetime import UTC, datetime, timedelta
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

OLD = [
    ("boards", "0003_folding_and_tokens"),
    ("analysis", "0003_contribution_alone"),
    ("market", "0003_folding"),
    ("moderation", "0005_speech_is_truncated"),
]


def go_back():
    MigrationExecutor(connection).migrate([("moderation", "0005_speech_is_truncated")])


old = MigrationExecutor(connection).loader.project_state(OLD).apps


def get(name):
    return old.get_model(*name.split("."))


def plain(row, *leave_out):
    '''Return what a row holds: of other rows not their numbers, but what they are about.'''
    if row is None:
        return None
    found = {}
    for field in row._meta.concrete_fields:
        if field.name == "id" or field.name in leave_out:
            continue
        value = getattr(row, field.name)
        if field.is_relation and field.name not in ("content_type", "post", "author", "moderator"):
            value = plain(value, *leave_out)
        elif field.is_relation:
            value = value and str(value.pk)
        found[field.name] = value
    return found


def kept():
    '''Return all that the old tables hold.'''
    found = {}
    for name in ("Judgement", "Case", "Appeal", "Decision", "Speech", "SpeechDecision"):
        rows = get(f"moderation.{name}").objects.order_by("pk")
        # A text that waits is due at once, with a moment or without.
        found[name] = [plain(row, "retry_at") for row in rows]
    for name in ("Answer", "Reading"):
        rows = get(f"analysis.{name}").objects.order_by("pk")
        found[name] = [plain(row) for row in rows]
    failed = get("moderation.Case").objects.filter(num_failures__range=(1, 5))
    found["retries"] = dict(failed.values_list("pk", "retry_at"))
    posts = get("boards.Post").objects.order_by("pk")
    found["posts"] = list(posts.values_list("label", "is_folded"))
    return found


def fill():
    '''Fill the old tables with all that can stand in them.'''
    User, Post = get("accounts.User"), get("boards.Post")
    author, moderator = (User.objects.create(username=name) for name in ("은하", "지기"))
    board = get("boards.Board").objects.create(slug="free", name="자유")
    posts = [
        Post.objects.create(board=board, author=author, title=f"빵 {number}", body="어제\\n산 빵")
        for number in range(12)
    ]
    comment = get("boards.Comment").objects.create(post=posts[0], author=moderator, body="꺼져")
    listing = get("market.Listing").objects.create(
        author=author, kind="gift", title="약", body="벌레", terms="free"
    )
    Judgement, Case = get("moderation.Judgement"), get("moderation.Case")
    Appeal, Decision = get("moderation.Appeal"), get("moderation.Decision")
    past = datetime(2026, 3, 1, 12, tzinfo=UTC)
    for number, post in enumerate(posts):
        digest = f"{number:064}"
        judgement = Judgement.objects.create(
            text_sha256=digest,
            model_name="ads",
            model_version="1",
            label="ad" if number % 2 else "ordinary",
            ad_probability=0.123456789 + number / 20,
            threshold=0.61,
            reasons=[[0, 2, 0.25]],
            is_truncated=number == 3,
        )
        Judgement.objects.filter(pk=judgement.pk).update(created_at=past + timedelta(number))
        fields = {"source": "model", "label": judgement.label, "uncertainty": number / 12}
        is_waiting = number in (0, 1, 2)
        if is_waiting:
            fields = {"source": "pending", "num_failures": (0, 2, 6)[number]}
            fields["retry_at"] = (None, past, None)[number]
        else:
            fields["judgement"] = judgement
        if number in (4, 5):
            fields["appeal"] = Appeal.objects.create(
                post=post, author=author, text_sha256=digest, judgement=judgement, sentence="내 빵"
            )
            Appeal.objects.update(created_at=past)
            fields["priority"] = 0
        if number in (5, 6, 7):
            fields["decision"] = Decision.objects.create(
                post=post,
                author=author,
                moderator=moderator,
                action=("confirm", "ad", "dismiss")[number - 5],
                label=("ordinary", "ad", "")[number - 5],
                note="봤습니다",
                text_sha256=digest,
                title=post.title,
                body=post.body,
                appeal=fields.get("appeal"),
                appeal_sentence="내 빵" if number == 5 else "",
                model_label=judgement.label,
                model_ad_probability=judgement.ad_probability,
                model_name="ads",
                model_version="1",
            )
            fields["priority"] = 3
            if number != 7:
                fields["source"], fields["label"] = "moderator", fields["decision"].label
        if number == 8:
            fields.update(source="author", label="ad", judgement=None, priority=3)
        Case.objects.create(post=post, text_sha256=digest, **fields)
        Case.objects.filter(pk=post.pk).update(updated_at=past + timedelta(hours=number))
        Post.objects.filter(pk=post.pk).update(label=fields.get("label") or "pending")
    Decision.objects.create(  # of a post that is no more, undecided by a model
        action="ad", label="ad", text_sha256="a" * 64, title="지운 글", body="옛말"
    )
    Decision.objects.update(decided_at=past)
    fill_speech(posts, comment, listing, author, moderator, past)


def fill_speech(posts, comment, listing, author, moderator, past):
    ContentType = get("contenttypes.ContentType")
    Speech, Decision = get("moderation.Speech"), get("moderation.SpeechDecision")
    Answer, Reading = get("analysis.Answer"), get("analysis.Reading")
    model = {"model_name": "hate", "model_version": "2"}
    for number, one in enumerate([*posts[:3], comment, listing]):
        app, name = one._meta.app_label, one._meta.model_name
        kind, _ = ContentType.objects.get_or_create(app_label=app, model=name)
        about = {"content_type": kind, "object_id": one.pk}
        digest = f"b{number:063}"
        said = {"none": 0.02, "offensive": 0.01, "hate": 0.97}
        value = {
            "label": "hate",
            "probabilities": said,
            "reasons": [[0, 1, 0.5]],
            "is_truncated": number == 2,
        }
        answer = None
        if number != 1:  # of one the answer is no more
            answer = Answer.objects.create(kind="hate", text_sha256=digest, value=value, **model)
        Reading.objects.create(
            kind="hate", text_sha256=digest, answer=answer, is_waiting=False, **about
        )
        decision = None
        if number in (2, 3):
            decision = Decision.objects.create(
                author=author,
                moderator=moderator,
                action=("clear", "confirm")[number - 2],
                label=("none", "hate")[number - 2],
                note="음",
                text_sha256=digest,
                text="벌레\\n벌레",
                appeal_sentence="농담" if number == 3 else "",
                model_label="hate",
                model_probability=0.97,
                **about,
                **model,
            )
        Speech.objects.create(
            text_sha256=digest,
            label=decision.label if decision else "hate",
            model_label="hate",
            probability=0.97,
            reasons=value["reasons"],
            is_truncated=value["is_truncated"],
            is_appealed=number in (0, 4),
            appeal_sentence={0: "", 3: "농담", 4: "약입니다"}.get(number, ""),
            decision=decision,
            **about,
            **model,
        )
        type(one).objects.filter(pk=one.pk).update(is_folded=number != 2)
    Decision.objects.create(
        action="clear", label="none", text="지운 글", text_sha256="c" * 64, model_label="hate",
        model_probability=1, **model,
    )
    Decision.objects.update(decided_at=past)
    Speech.objects.update(updated_at=past)
"""

STORY = """
MigrationExecutor(connection).migrate(OLD)
fill()
before = kept()
call_command("migrate", verbosity=0, interactive=False)
check()
go_back()
after = kept()
for name in before:
    assert after[name] == before[name], (name, before[name], after[name])
call_command("migrate", verbosity=0, interactive=False)
check()
print("whole")
"""

CHECK = """
def check():
    from madang.community.boards.models import Post
    from madang.community.inference.models import Answer, Reading
    from madang.community.moderation.models import Appeal, Case, Decision

    posts = list(Post.objects.order_by("pk"))
    readings = {each.object_id: each for each in Reading.objects.filter(kind="ads")}
    assert len(readings) == 12
    assert [readings[post.pk].is_waiting for post in posts] == 3 * [True] + 9 * [False]
    assert [readings[post.pk].num_failures for post in posts[:3]] == [0, 2, 6]
    assert [readings[post.pk].retry_at is None for post in posts[:3]] == [False, False, True]
    assert Answer.objects.filter(kind="ads").count() == 12
    check_cases(posts, Case, Decision, Appeal)


def check_cases(posts, Case, Decision, Appeal):
    ads = {each.contribution.pk: each for each in Case.objects.filter(kind="ads")}
    cases = [ads[post.pk] for post in posts]
    sources = 3 * ["pending"] + 2 * ["model"] + 2 * ["moderator"] + ["model", "author"]
    assert [each.source for each in cases] == sources + 3 * ["model"]
    assert [each.label or "pending" for each in cases] == [post.label for post in posts]
    assert [each.is_appealed for each in cases] == [at == 4 for at in range(12)]
    assert [each.certainty for each in cases[3:]] == [at / 12 for at in range(3, 12)]
    for each in filter(lambda each: each.answer, cases):
        value = each.answer.value
        said = (value["probabilities"]["ad"], value["label"])
        assert (each.probability, each.model_label) == said
    assert cases[5].decision.appeal == cases[5].appeal
    assert [each.decision.action for each in cases[5:8]] == ["confirm", "ad", "dismiss"]

    speeches = list(Case.objects.filter(kind="speech").order_by("pk"))
    assert [each.contribution.NAME for each in speeches] == 3 * ["글"] + ["댓글", "장터 글"]
    assert [each.label for each in speeches] == ["hate", "hate", "none", "hate", "hate"]
    assert [each.is_appealed for each in speeches] == [True, False, False, False, True]
    assert [each.may_be_appealed for each in speeches] == [False, True, False, False, False]
    sentences = [each.appeal and each.appeal.sentence for each in speeches]
    assert sentences == ["", None, None, "농담", "약입니다"]
    assert all(each.answer.value["reasons"] == [[0, 1, 0.5]] for each in speeches)
    assert {each.answer.model_version for each in speeches} == {"2"}
    assert [each.contribution.is_folded for each in speeches] == [True, True, False, True, True]
    kinds = [Decision.objects.filter(kind=kind).count() for kind in ("ads", "speech")]
    assert (kinds, Appeal.objects.count()) == ([4, 3], 5)

    from madang.community.moderation.command import decided_rows

    rows = [[row["text"], row["label"], row["group"][:6]] for row in decided_rows("ads")]
    bread = "어제\\n산 빵"
    assert rows == [
        [f"빵 5\\n{bread}", 0, "author"],
        [f"빵 6\\n{bread}", 1, "author"],
        ["지운 글\\n옛말", 1, ""],
    ]
    rows = [[row["text"], row["label"], row["model_version"]] for row in decided_rows("speech")]
    hurt = "벌레\\n벌레"
    assert rows == [[hurt, 0, "2"], [hurt, 2, "2"], ["지운 글", 0, "2"]]
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
        cursor.execute("CREATE DATABASE madang_cases")
    described = server.settings_dict
    user, host = quote(described["USER"]), quote(described["HOST"], safe="")
    try:
        yield lambda story: _tell(story, tmp_path, f"postgresql://{user}@/madang_cases?host={host}")
    finally:
        with server._nodb_cursor() as cursor:
            cursor.execute("DROP DATABASE madang_cases")


def _tell(story: str, home: Path, database: str) -> str:
    environment = {
        **os.environ,
        "MADANG_HOME": str(home),
        "MADANG_DATABASE_URL": database,
        "DJANGO_SETTINGS_MODULE": "madang.community.site.settings",
        "PYTHONIOENCODING": "utf-8",
    }
    told = subprocess.run(
        [sys.executable, "-c", BEGINNING + CHECK + story],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return told.stderr + told.stdout


def test_a_filled_database_is_carried_over_whole_and_back(tell: Callable[[str], str]) -> None:
    assert tell(STORY).endswith("whole\n")


# It ends where so much of a migration's work is done; the next try begins anew.
KILLED = """
from django.db.models import QuerySet

MigrationExecutor(connection).migrate(OLD)
fill()
before = kept()
works = QuerySet.bulk_create
for number_that_fails in (8, 5, 3, 2, 1):
    calls = []

    def fails(self, *rows, **options):
        calls.append(self.model.__name__)
        if len(calls) == number_that_fails:
            raise SystemExit("killed")
        return works(self, *rows, **options)

    QuerySet.bulk_create = fails
    try:
        call_command("migrate", verbosity=0, interactive=False)
    except SystemExit:
        pass
    else:
        raise AssertionError("nothing was killed")
    finally:
        QuerySet.bulk_create = works
    connection.close()
    go_back()
    after = kept()
    for name in before:
        assert after[name] == before[name], (name, before[name], after[name])
call_command("migrate", verbosity=0, interactive=False)
check()
print("whole")
"""


def test_a_migration_that_is_killed_leaves_the_old_state(tell: Callable[[str], str]) -> None:
    assert tell(KILLED).endswith("whole\n")
