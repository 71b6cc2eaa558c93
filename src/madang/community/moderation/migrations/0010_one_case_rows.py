"""Carry cases, appeals and decisions over to the tables for all kinds of labels; and back.

A migration of its own: PostgreSQL changes no table to which this transaction has written.
"""

from collections.abc import Callable, Iterator
from typing import Any

from django.db import migrations

from madang.text.composition import compose

ADS, SPEECH = "ads", "speech"
APPEALED, JUDGED, SETTLED = 0, 2, 3
BATCH = 500
#: Of the old row's number the new row.
Rows = dict[int | None, Any]


class Tables:
    """The tables of one state; a row keeps the moments that it is given."""

    def __init__(self, apps: Any) -> None:
        self._apps = apps
        kinds = apps.get_model("contenttypes", "ContentType").objects
        self.posts = kinds.get_or_create(app_label="boards", model="post")[0]

    def __call__(self, name: str) -> Any:
        app, _, model = name.rpartition(".")
        found = self._apps.get_model(app or "moderation", model)
        for field in found._meta.fields:
            for moment in ("auto_now", "auto_now_add"):
                if hasattr(field, moment):
                    setattr(field, moment, False)
        return found

    def copy(self, rows: Any, to: str, change: Callable[[Any], dict[str, Any]]) -> Rows:
        """Make a row of each row, and return the new ones."""
        model = self(to)
        made: Rows = {None: None}
        for batch in _batches(rows):
            new = model.objects.bulk_create(model(**change(row)) for row in batch)
            made |= dict(zip((row.pk for row in batch), new, strict=True))
        return made


def _batches(rows: Any) -> Iterator[list[Any]]:
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield batch
        last = batch[-1].pk


def _same(row: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


_OF_DECISION = (
    *("author_id", "moderator_id", "decided_at", "note", "text_sha256", "appeal_sentence"),
    *("action", "label", "model_label", "model_name", "model_version"),
)
_OF_CASE = ("text_sha256", "updated_at", "source", "label", "priority")
_OF_SPEECH = ("content_type_id", "object_id", "text_sha256", "updated_at", "label", "model_label", "probability")


def to_one(apps: Any, schema_editor: Any) -> None:
    tables = Tables(apps)
    _posts_to_one(tables)
    _speeches_to_one(tables)


def _posts_to_one(tables: Tables) -> None:
    def about(number: int | None) -> dict[str, Any]:
        return {"kind": ADS, "content_type": tables.posts if number else None, "object_id": number}

    appeals = tables.copy(
        tables("Appeal").objects,
        "TextAppeal",
        lambda row: {
            **about(row.post_id),
            **_same(row, "text_sha256", "answer_id", "sentence", "created_at"),
        },
    )
    decisions = tables.copy(
        tables("Decision").objects,
        "TextDecision",
        lambda row: {
            **about(row.post_id),
            **_same(row, *_OF_DECISION),
            "text": compose(f"{row.title}\n{row.body}"),
            "appeal": appeals[row.appeal_id],
            "model_probability": row.model_ad_probability,
        },
    )
    tables.copy(
        tables("Case").objects.select_related("answer"),
        "TextCase",
        lambda row: {
            **about(row.pk),
            **_same(row, *_OF_CASE, "answer_id"),
            "model_label": row.answer.value["label"] if row.answer else "",
            "probability": row.answer.value["probabilities"]["ad"] if row.answer else None,
            "certainty": row.uncertainty,
            "appeal": appeals[row.appeal_id],
            "decision": decisions[row.decision_id],
        },
    )


def _speeches_to_one(tables: Tables) -> None:
    decisions = tables.copy(
        tables("SpeechDecision").objects,
        "TextDecision",
        lambda row: {
            "kind": SPEECH,
            **_same(row, *_OF_DECISION, "content_type_id", "object_id", "text", "model_probability"),
        },
    )
    speeches = tables("Speech").objects
    appeals = tables.copy(
        (speeches.filter(is_appealed=True) | speeches.exclude(appeal_sentence="")),
        "TextAppeal",
        lambda row: {
            "kind": SPEECH,
            **_same(row, "content_type_id", "object_id", "text_sha256"),
            "answer": _answer_to(row, tables),
            "sentence": row.appeal_sentence,
            "created_at": row.updated_at,
        },
    )
    tables.copy(
        speeches,
        "TextCase",
        lambda row: {
            "kind": SPEECH,
            **_same(row, *_OF_SPEECH),
            "source": "moderator" if row.decision_id and _says(decisions[row.decision_id]) else "model",
            "priority": APPEALED if row.is_appealed else SETTLED if row.decision_id else JUDGED,
            "answer": _answer_to(row, tables),
            "certainty": row.probability,
            "appeal": appeals.get(row.pk),
            "decision": decisions[row.decision_id],
        },
    )


def _says(decision: Any) -> bool:
    return bool(decision.label)


def _answer_to(row: Any, tables: Tables) -> Any:
    """Return the answer that a folded text was folded by; where it is gone, what is known of it."""
    others = {"hate": 0.0, "offensive": 0.0, "none": 0.0}
    rest = "offensive" if row.model_label == "none" else "none"
    said = {**others, row.model_label: row.probability, rest: 1 - row.probability}
    value = {
        "label": row.model_label,
        "probabilities": said,
        **_same(row, "reasons", "is_truncated"),
        "is_rebuilt": True,
    }
    answer, _ = tables("analysis.Answer").objects.get_or_create(
        kind="hate",
        **_same(row, "text_sha256", "model_version"),
        defaults={"model_name": row.model_name, "value": value, "created_at": row.updated_at},
    )
    return answer


def to_two(apps: Any, schema_editor: Any) -> None:
    tables = Tables(apps)
    _posts_to_two(tables)
    _speeches_to_two(tables)


def _posts_to_two(tables: Tables) -> None:
    authors = dict(tables("boards.Post").objects.values_list("pk", "author_id"))
    appeals = tables.copy(
        tables("TextAppeal").objects.filter(kind=ADS),
        "Appeal",
        lambda row: {
            **_same(row, "text_sha256", "answer_id", "sentence", "created_at"),
            "post_id": row.object_id,
            "author_id": authors[row.object_id],
        },
    )
    decisions = tables.copy(
        tables("TextDecision").objects.filter(kind=ADS),
        "Decision",
        lambda row: {
            **_same(row, *_OF_DECISION),
            "post_id": row.object_id if row.object_id in authors else None,
            "title": row.text.partition("\n")[0],
            "body": row.text.partition("\n")[2],
            "appeal": appeals[row.appeal_id],
            "model_ad_probability": row.model_probability,
        },
    )
    tables.copy(
        tables("TextCase").objects.filter(kind=ADS),
        "Case",
        lambda row: {
            **_same(row, *_OF_CASE, "answer_id"),
            "post_id": row.object_id,
            "uncertainty": row.certainty,
            "appeal": appeals[row.appeal_id],
            "decision": decisions[row.decision_id],
        },
    )


def _speeches_to_two(tables: Tables) -> None:
    decisions = tables.copy(
        tables("TextDecision").objects.filter(kind=SPEECH),
        "SpeechDecision",
        lambda row: _same(
            row, *_OF_DECISION, "content_type_id", "object_id", "text", "model_probability"
        ),
    )
    tables.copy(
        tables("TextCase").objects.filter(kind=SPEECH).select_related("answer", "appeal"),
        "Speech",
        lambda row: {
            **_same(row, *_OF_SPEECH),
            "reasons": row.answer.value["reasons"] if row.answer else [],
            "is_truncated": bool(row.answer and row.answer.value.get("is_truncated")),
            "model_name": row.answer.model_name if row.answer else "",
            "model_version": row.answer.model_version if row.answer else "",
            "is_appealed": row.priority == APPEALED,
            "appeal_sentence": row.appeal.sentence if row.appeal else "",
            "decision": decisions[row.decision_id],
        },
    )
    tables("analysis.Answer").objects.filter(kind="hate", value__is_rebuilt=True).delete()


class Migration(migrations.Migration):

    dependencies = [
        ("moderation", "0009_one_case"),
        ("boards", "0003_folding_and_tokens"),
    ]

    operations = [migrations.RunPython(to_one, to_two)]
