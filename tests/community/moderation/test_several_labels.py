"""A text may attack in several ways; profanity alone attacks nobody; earlier models go on."""

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from madang.community.accounts.models import User
from madang.community.boards import actions as boards
from madang.community.boards.models import Board, Comment, Post
from madang.community.inference import prediction, tasks
from madang.community.inference.models import Answer
from madang.community.moderation import actions
from madang.community.moderation.command import export_decisions
from madang.community.moderation.forms import DecisionForm
from madang.community.moderation.labels.speech import ACCUSING, FROM_THREE, Label, three_label
from madang.community.moderation.models import Case, Decision
from madang.community.moderation.registry import SPEECH
from madang.datasets.own.labelled import LABELLED
from madang.datasets.own.multi_label import MULTI_LABEL
from madang.datasets.rows import ALL, Source
from madang.serving import Classification
from madang.text.excerpt import Excerpt

pytestmark = pytest.mark.usefixtures("_words", "all_models")

FIVE = ("insult", "discrimination", "sexual", "threat", "profanity")
SPEECHES = Case.objects.filter(kind="speech")
DECIDE = "/moderation/speech/decide/"


@pytest.fixture
def _words(model: object) -> None:
    """Let the door of advertising be replaced first, so that all models come after it."""


def page(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def answer(probabilities: dict[str, float], *, several: bool, **more: Any) -> Answer:
    """What a model of one label a text, or of several, said of a text."""
    value: dict[str, Any] = {"probabilities": probabilities, "reasons": [], **more}
    if several:
        value["labels"] = [label for label, share in probabilities.items() if share >= 0.5]
    return Answer(kind="hate", value=value)


# what accuses


@pytest.mark.parametrize(
    ("body", "label", "names"),
    [
        ("당장 꺼져", "insult", "모욕"),
        ("벌레 같은 것들", "discrimination", "차별"),
        ("몸매가 그게 뭐냐", "sexual", "성적 괴롭힘"),
        ("죽인다 정말", "threat", "위협"),
        ("젠장 꺼져", "insult|profanity", "모욕"),
        ("꺼져 죽인다", "insult|threat", "모욕 · 위협"),
    ],
)
def test_each_attack_is_folded_and_named_with_its_reason(
    five_kinds: Any, post: Post, author: User, anonymous: Client, body: str, label: str, names: str
) -> None:
    comment = boards.write_comment(post, author=author, body=body)
    comment.refresh_from_db()
    assert comment.is_folded
    assert SPEECHES.get().label == label
    html = page(anonymous, post.get_absolute_url())
    assert f">{names}</span>" in html
    assert f"<strong>{names}</strong>" in html
    assert "<mark>" in html
    assert "욕설" not in names


def test_profanity_alone_folds_nothing_and_accuses_nobody(
    five_kinds: Any, post: Post, author: User, anonymous: Client
) -> None:
    comment = boards.write_comment(post, author=author, body="젠장, 버스를 또 놓쳤네")
    comment.refresh_from_db()
    assert Answer.objects.get(kind="hate", text_sha256=comment_hash(comment)).value["labels"] == [
        "profanity"
    ]
    assert not comment.is_folded
    assert not SPEECHES.exists()
    assert "욕설" not in page(anonymous, post.get_absolute_url())


def comment_hash(comment: Comment) -> str:
    from madang.community.extension.content import text_hash

    return text_hash(comment.judged_text)


def test_the_four_that_accuse_and_the_one_that_does_not_are_one_table() -> None:
    assert set(FIVE) - set(ACCUSING) == {"profanity"}
    assert set(FIVE) | {"none", "offensive", "hate"} == prediction.LABELS["hate"]
    assert prediction.LABELS["hate"] == set(Label.values)
    assert set(ACCUSING) == SPEECH.ACCUSING
    assert set(FROM_THREE) == {"offensive", "hate"}


@pytest.mark.parametrize(
    ("said", "label", "probability"),
    [
        ({"none": 0.02, "offensive": 0.03, "hate": 0.95}, "hate", 0.95),
        ({"none": 0.02, "offensive": 0.09, "hate": 0.89}, "offensive", 0.98),
        ({"none": 0.04, "offensive": 0.96, "hate": 0.0}, "none", 0.04),
        ({"none": 0.01, "offensive": 0.99, "hate": 0.0}, "offensive", 0.99),
        ({"none": 0.05, "hate": 0.95}, "hate", 0.95),
        ({"none": 0.2, "hate": 0.8}, "none", 0.2),
        ({"none": 0.02, "offensive": 0.98}, "offensive", 0.98),
    ],
)
def test_answers_of_models_of_three_and_of_two_labels_mean_what_they_meant(
    said: dict[str, float], label: str, probability: float
) -> None:
    found = SPEECH.read(answer(said, several=False))
    assert (found.label, found.probability) == (label, pytest.approx(probability))


@pytest.mark.parametrize(
    ("set_to", "label"),
    [
        ({}, "insult|threat"),
        ({"MADANG_OFFENSIVE_THRESHOLD": 0.9}, "threat"),
        ({"MADANG_HATE_THRESHOLD": 0.8}, "insult"),
        ({"MADANG_OFFENSIVE_THRESHOLD": 0.9, "MADANG_HATE_THRESHOLD": 0.8}, "none"),
        ({"MADANG_HATE_THRESHOLD": 0.3}, "insult|discrimination|threat"),
    ],
)
def test_the_thresholds_of_the_operator_hold_for_both_vocabularies(
    settings: Any, set_to: dict[str, float], label: str
) -> None:
    for name, value in set_to.items():
        setattr(settings, name, value)
    said = {"insult": 0.85, "discrimination": 0.4, "sexual": 0.1, "threat": 0.7, "profanity": 0.2}
    assert SPEECH.read(answer(said, several=True, threshold=0.6)).label == label


# which model may stand in the place


@pytest.mark.parametrize(
    ("labels", "several"),
    [
        (("none", "offensive", "hate"), False),
        (("none", "hate"), False),
        (("none", "offensive"), False),
        (FIVE, True),
        (("insult", "profanity"), True),
        (("none", "insult", "threat"), False),
    ],
)
def test_models_of_either_vocabulary_are_taken_as_their_manifest_says(
    classifiers: dict[str, Any], labels: tuple[str, ...], several: bool, post: Post, author: User
) -> None:
    classifiers["hate"].labels, classifiers["hate"].is_multi_label = labels, several
    classifiers["hate"].threshold = 0.5
    prediction.forget()
    assert prediction._load("hate").labels == labels


@pytest.mark.parametrize(
    ("kind", "labels", "several"),
    [
        ("hate", ("offensive", "hate"), False),
        ("hate", ("none",), False),
        ("hate", ("none", "rude"), False),
        ("hate", ("none", "insult"), True),
        ("hate", ("insult", "rude"), True),
        ("hate", (), True),
        ("spam", ("ordinary", "ad"), False),
        ("spam", ("ordinary", "spam"), True),
        ("ads", ("ordinary", "spam"), False),
        ("sentiment", ("negative", "positive"), True),
    ],
)
def test_other_models_are_refused_with_what_is_needed(
    classifiers: dict[str, Any], kind: str, labels: tuple[str, ...], several: bool
) -> None:
    classifiers[kind].labels, classifiers[kind].is_multi_label = labels, several
    with pytest.raises(ValueError, match=f"MADANG_{kind.upper()}_MODEL={kind} has the labels"):
        prediction._load(kind)


class RudeOrNot:
    """An operator's own model of two labels."""

    labels = ("none", "hate")
    is_multi_label = False
    version = "own-1"

    def excerpt(self, text: str, *, max_tokens: int) -> Excerpt:
        return Excerpt(text)

    def classify(self, texts: Sequence[str], **_: object) -> list[Classification]:
        hate = [0.95 * ("흉" in text) for text in texts]
        return [
            Classification("hate", share, {"none": 1 - share, "hate": share}, ()) for share in hate
        ]


def test_an_operators_own_model_of_two_labels_folds(
    classifiers: dict[str, Any], post: Post, author: User, anonymous: Client
) -> None:
    classifiers["hate"] = RudeOrNot()
    prediction.forget()
    boards.write_comment(post, author=author, body="흉한 말")
    assert SPEECHES.get().label == "hate"
    assert ">혐오</span>" in page(anonymous, post.get_absolute_url())
    assert [each.value for each in SPEECH.choices()] == ["hate"]
    assert not SPEECH.may_choose_several()


# the day on which another model is put in its place


def test_a_model_of_five_takes_over_from_one_of_three_and_peoples_word_stays(
    classifiers: dict[str, Any],
    make_five_kinds: Callable[[], Any],
    post: Post,
    author: User,
    moderator: User,
    anonymous: Client,
) -> None:
    texts = ("당장 꺼져", "벌레 같은 것들", "너도 꺼져")
    insult, hate, kept = (boards.write_comment(post, author=author, body=text) for text in texts)
    actions.decide(SPEECHES.of(kept).get(), moderator=moderator, action="confirm")
    assert [SPEECHES.of(one).get().label for one in (insult, hate, kept)] == [
        *("offensive", "hate", "offensive")
    ]
    classifiers["hate"] = make_five_kinds()
    prediction.forget()
    html = page(anonymous, post.get_absolute_url())  # until it is read anew
    assert (html.count(">모욕</span>"), html.count(">혐오</span>")) == (2, 1)
    tasks.read_unread.func()
    tasks.read_waiting.func()
    assert [SPEECHES.of(one).get().label for one in (insult, hate, kept)] == [
        *("insult", "discrimination", "offensive")
    ]
    assert SPEECHES.of(kept).get().model_label == "insult"
    html = page(anonymous, post.get_absolute_url())
    assert (html.count(">모욕</span>"), html.count(">차별</span>")) == (2, 1)


# what moderators give


def test_a_moderator_gives_several_labels_at_once_to_what_the_model_missed(
    five_kinds: Any, post: Post, author: User, as_moderator: Client, anonymous: Client
) -> None:
    comment = boards.write_comment(post, author=author, body="그 입 좀")
    prediction.read("hate", "안녕")
    look = f"/moderation/look/comment/{comment.pk}/"
    html = page(as_moderator, look)
    assert [f'type="checkbox" name="labels" value="{label}"' in html for label in FIVE] == [
        True
    ] * 5
    key = Case.about(SPEECH, comment).key
    fields = {"chosen": key, "action": "label", "back": look}
    as_moderator.post(DECIDE, fields)
    assert not Decision.objects.exists()  # nothing was chosen
    as_moderator.post(DECIDE, {**fields, "labels": ["threat", "insult"]})
    assert Decision.objects.get().label == "insult|threat"
    comment.refresh_from_db()
    assert comment.is_folded
    assert ">모욕 · 위협</span>" in page(anonymous, post.get_absolute_url())
    fields["chosen"] = Case.about(SPEECH, comment).key
    as_moderator.post(DECIDE, {**fields, "labels": ["profanity"]})
    comment.refresh_from_db()
    assert not comment.is_folded
    assert SPEECHES.get().label == "profanity"


@pytest.mark.parametrize("label", FIVE)
def test_every_label_that_a_model_gives_a_moderator_can_give(
    five_kinds: Any, post: Post, moderator: User, label: str
) -> None:
    case = Case.about(SPEECH, post)
    assert actions.decide(case, moderator=moderator, action="label", labels=[label]) is not None
    assert Case.about(SPEECH, post).label == label
    assert Post.objects.get().is_folded == (label in ACCUSING)


def test_of_a_model_of_one_label_one_is_chosen(post: Post, as_moderator: Client) -> None:
    look = f"/moderation/look/post/{post.pk}/"
    html = page(as_moderator, look)
    assert 'type="radio" name="labels" value="offensive"' in html
    assert 'value="insult"' not in html
    for labels, is_valid in ((["hate"], True), (["offensive", "hate"], False), (["threat"], False)):
        form = DecisionForm({"action": "label", "labels": labels}, kind=SPEECH)
        assert form.is_valid() == is_valid


# training data


@pytest.fixture
def decided(post: Post, moderator: User) -> list[tuple[str, str]]:
    """Decisions of all times: of three labels, and of any number of five."""
    given = [("가", "offensive"), ("나", "hate"), ("다", "none"), ("라", "insult|threat")]
    given += [("마", "profanity"), ("바", "discrimination"), ("사", "sexual|profanity")]
    for text, label in given:
        Decision.objects.create(
            kind="speech", contribution=post, moderator=moderator, action="confirm",
            label=label, text=text, text_sha256=text,
        )  # fmt: skip
    return given


@pytest.mark.parametrize("name", ["speech.csv", "speech.jsonl"])
def test_decisions_of_all_times_train_a_model_of_five_labels_and_one_of_three(
    decided: list[tuple[str, str]], tmp_path: Path, name: str
) -> None:
    export_decisions(tmp_path / name, about="speech")
    source = Source(names=(str(tmp_path / name),), form=MULTI_LABEL)
    rows = source.rows(ALL)
    found = {row.text: {source.labels[label] for label in row.labels} for row in rows}
    assert found == {
        "가": {"insult"},
        "나": {"discrimination"},
        "다": set(),
        "라": {"insult", "threat"},
        "마": {"profanity"},
        "바": {"discrimination"},
        "사": {"sexual", "profanity"},
    }
    of_three = Source(names=(str(tmp_path / name),), form=LABELLED).rows(ALL)
    assert {row.text: row.label for row in of_three} == {
        **{"가": 1, "나": 2, "다": 0, "라": 2, "마": 0, "바": 2, "사": 2}
    }


def test_a_csv_and_json_lines_have_the_same_columns_in_the_same_order(
    decided: list[tuple[str, str]], tmp_path: Path
) -> None:
    for name in ("a.csv", "a.jsonl"):
        export_decisions(tmp_path / name, about="speech")
    with (tmp_path / "a.csv").open(newline="", encoding="utf-8") as file:
        columns = next(csv.reader(file))
    line = (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()[0]
    assert columns == list(json.loads(line))
    assert columns == ["text", "label", "labels", "group", "decided_at", "model_version"]


def test_the_worst_of_several_says_what_three_labels_can_say() -> None:
    worst = {label: three_label(label) for label in FIVE}
    assert worst == {
        "insult": "offensive",
        "discrimination": "hate",
        "sexual": "hate",
        "threat": "hate",
        "profanity": "none",
    }


def test_a_board_of_moderators_reads_every_label_by_name(
    five_kinds: Any, board: Board, author: User, as_moderator: Client
) -> None:
    boards.write_post(board=board, author=author, title="꺼져 죽인다 젠장", body="꺼져")
    html = page(as_moderator, "/moderation/speech/")
    for name in ("모욕", "위협", "욕설"):
        assert f"‘{name}’일 확률" in html
    assert ">모욕 · 위협</span>" in html
