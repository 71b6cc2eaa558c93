"""What can be done about a label, whatever its kind; one verb a function.

A function trusts its caller about permission. What is locked first is the contribution, or what it
stands below, then the case (``extension/lock.py``).
"""

from typing import Any

from django.db import transaction

from madang.community.accounts.models import User
from madang.community.extension import actions as contributions
from madang.community.extension.about import AboutQuerySet, key_of
from madang.community.extension.content import text_hash
from madang.community.extension.contribution import Contribution
from madang.community.extension.lock import GoneError, hold
from madang.community.inference.models import Answer
from madang.community.moderation.kind import UNJUDGED, Kind, Priority, Source
from madang.community.moderation.models import Appeal, Case, Decision


def open_case(kind: Kind, contribution: Contribution) -> Case:
    """Let a written or edited text wait for its label; people's word on the text holds at once."""
    about = {"kind": kind.NAME, **key_of(contribution)}
    digest = text_hash(contribution.judged_text)
    previous = Case.objects.filter(**about).first()
    if previous is not None and previous.text_sha256 == digest:
        return previous
    appealed = Appeal.objects.filter(**about, text_sha256=digest).first()
    case, _ = Case.objects.update_or_create(
        **about,
        defaults={
            "text_sha256": digest,
            "source": Source.PENDING,
            "label": "",
            "priority": _priority_of_new_text(kind, previous, appealed),
            "answer": None,
            "model_label": "",
            "probability": None,
            "certainty": 1.0,
            "appeal": appealed,
            "decision": None,
        },
    )
    _apply_word_of_people(kind, case, contribution)
    return case


def take_answer(kind: Kind, contribution: Contribution, answer: Answer) -> None:
    """Give the model's answer to the case of a text that is locked; people's word stays."""
    about = {"kind": kind.NAME, **key_of(contribution)}
    said = kind.read(answer) if answer.value["probabilities"] else UNJUDGED
    is_kept = kind.HAS_ALL or said.label in kind.ACCUSING
    case = Case.objects.select_for_update().filter(**about).first()
    if case is None or case.text_sha256 != answer.text_sha256:
        if not (is_kept or _decisions_on(kind, contribution, answer.text_sha256).exists()):
            forget_answer(kind, contribution)
            return
        case = open_case(kind, contribution)
    if case.text_sha256 != answer.text_sha256:
        return
    if not (is_kept or case.decision_id):
        forget_answer(kind, contribution)
        return
    case.answer, case.model_label = answer, said.label
    case.probability, case.certainty = said.probability, said.certainty
    if case.source in (Source.PENDING, Source.MODEL):
        case.source, case.label = Source.MODEL, said.label
    case.save()
    _show(kind, case, contribution)


def forget_answer(kind: Kind, contribution: Contribution) -> None:
    """Take the mark from a text in which nothing is found, or that is not read any more."""
    Case.objects.of(contribution).filter(kind=kind.NAME).delete()
    kind.show(contribution, "")


@transaction.atomic
def appeal(case: Case, *, sentence: str = "") -> Appeal | None:
    """Keep an author's appeal against the label of this text; a second one changes nothing.

    Raises GoneError where what it is about is no more, or down and not heard so.
    """
    held = _hold(case)
    if held is None or not (case.of.IS_HEARD_WHEN_DOWN or held.removed_at is None):
        raise GoneError
    now = Case.objects.select_for_update().filter(pk=case.pk).first()
    if now is None or not now.may_be_appealed:
        return None
    now.appeal, _ = Appeal.objects.get_or_create(
        kind=now.kind,
        **key_of(held),
        text_sha256=now.text_sha256,
        defaults={"answer": now.answer, "sentence": sentence},
    )
    now.priority = Priority.APPEALED
    now.save(update_fields=["appeal", "priority", "updated_at"])
    return now.appeal


@transaction.atomic
def decide(case: Case, *, moderator: User, action: str, note: str = "") -> Decision | None:
    """Keep a moderator's decision and let it hold until the text is edited.

    Decides nothing, and returns ``None``, where the text is no longer the one in ``case``,
    another decision came first, or there is no label yet to confirm.
    """
    contribution = _hold(case)
    now = (
        Case.objects.select_for_update(of=("self",))
        .select_related("answer", "appeal")
        .filter(pk=case.pk, text_sha256=case.text_sha256, decision=case.decision_id)
        .first()
    )
    if contribution is None or now is None or (action == "confirm" and not now.label):
        return None
    if text_hash(contribution.judged_text) != now.text_sha256:
        return None
    decision = Decision.objects.create(
        **_grounds(now, contribution),
        moderator=moderator,
        action=action,
        label=now.label if action == "confirm" else now.of.GIVES.get(action, ""),
        note=note,
    )
    if action == "remove":
        contributions.remove(contribution, moderator=moderator)
    elif action == "restore":
        contributions.restore(contribution)
    _apply_decision(now.of, now, contribution, decision)
    return decision


def _hold(case: Case) -> Contribution | None:
    """Lock what a case is about; None where that is no more."""
    contribution: Contribution | None = case.contribution
    try:
        return hold(contribution) if contribution is not None else None
    except GoneError:
        return None


def _grounds(case: Case, contribution: Contribution) -> dict[str, Any]:
    """Return all that a decision is based on."""
    answer = case.answer
    return {
        "kind": case.kind,
        "contribution": contribution,
        "author_id": contribution.author_id,
        "text": contribution.judged_text,
        "text_sha256": case.text_sha256,
        "appeal": case.appeal,
        "appeal_sentence": case.appeal.sentence if case.appeal else "",
        "model_label": case.model_label,
        "model_probability": case.probability,
        "model_name": answer.model_name if answer else "",
        "model_version": answer.model_version if answer else "",
    }


def _priority_of_new_text(kind: Kind, previous: Case | None, appealed: Appeal | None) -> int:
    """Put what a moderator decided, and what was edited since, before what only a model saw."""
    if appealed and not Decision.objects.filter(appeal=appealed).exists():
        return Priority.APPEALED
    was_seen = previous and (previous.decision_id or previous.priority == Priority.EDITED)
    return Priority.EDITED if was_seen and kind.HAS_ALL else Priority.JUDGED


def _apply_word_of_people(kind: Kind, case: Case, contribution: Contribution) -> None:
    """Let an earlier decision on this very text hold, else the author's own disclosure."""
    if decision := _decisions_on(kind, contribution, case.text_sha256).first():
        _apply_decision(kind, case, contribution, decision)
        return
    if disclosed := kind.disclosed(contribution):
        case.source, case.label = Source.AUTHOR, disclosed
        if case.priority == Priority.JUDGED:
            case.priority = Priority.SETTLED
        case.save()
    _show(kind, case, contribution)


def _decisions_on(kind: Kind, contribution: Contribution, digest: str) -> AboutQuerySet[Decision]:
    """Return the decisions that say something about a text, the latest first."""
    decisions = Decision.objects.of(contribution).filter(kind=kind.NAME, text_sha256=digest)
    return decisions.exclude(label="").order_by("-id")


def _apply_decision(kind: Kind, case: Case, contribution: Contribution, decision: Decision) -> None:
    case.decision, case.priority = decision, Priority.SETTLED
    if decision.label:
        case.source, case.label = Source.MODERATOR, decision.label
    case.save()
    _show(kind, case, contribution)


def _show(kind: Kind, case: Case, contribution: Contribution) -> None:
    kind.show(contribution, case.label, waits=case.is_pending)
