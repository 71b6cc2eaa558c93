"""What can be done about a label, whatever its kind; one verb a function.

A function trusts its caller about permission. What is locked first is the contribution, or what it
stands below, then the case (``extension/lock.py``).
"""

from collections.abc import Collection
from typing import Any

from django.db import transaction

from madang.community.accounts.models import User
from madang.community.extension import actions as contributions
from madang.community.extension.about import AboutQuerySet, key_of
from madang.community.extension.content import text_hash
from madang.community.extension.contribution import Contribution
from madang.community.extension.lock import GoneError, hold
from madang.community.inference.models import Answer, Reading
from madang.community.moderation.kind import UNJUDGED, Kind, Priority, Source
from madang.community.moderation.models import Appeal, Case, Decision
from madang.community.moderation.registry import KINDS


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
    is_kept = kind.HAS_ALL or (kind.accuses(said.label) and not _is_silent(kind, contribution))
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
    number, _ = Case.objects.of(contribution).filter(kind=kind.NAME).delete()
    kind.show(contribution, "")
    if number:
        _let_others_speak(kind, contribution)


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
def decide(
    case: Case, *, moderator: User, action: str, note: str = "", labels: Collection[str] = ()
) -> Decision | None:
    """Keep a moderator's decision and let it hold until the text is edited.

    ``case`` may be one yet to be kept (``Case.about``), of a text of which no model said anything.
    Decides nothing, and returns ``None``, where the text is no longer the one in ``case``,
    another decision came first, there is no label yet to confirm, or none of the ``labels`` that
    the action gives.
    """
    contribution = _hold(case)
    if contribution is not None and case.pk is None:
        if text_hash(contribution.judged_text) != case.text_sha256:
            return None
        case = open_case(case.of, contribution)
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
    if action == now.of.GIVES_CHOSEN and not now.of.join(labels):
        return None
    decision = Decision.objects.create(
        **_grounds(now, contribution),
        moderator=moderator,
        action=action,
        label=_label_given(now, action, labels),
        note=note,
    )
    if action in now.of.REMOVES:
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


def _label_given(case: Case, action: str, labels: Collection[str]) -> str:
    """Return the label that an action gives, "" where it says nothing of the text."""
    if action == "confirm":
        return case.label
    kind = case.of
    return kind.join(labels) if action == kind.GIVES_CHOSEN else kind.GIVES.get(action, "")


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
    _let_others_speak(kind, contribution)


def _is_silent(kind: Kind, contribution: Contribution) -> bool:
    """Say whether a kind that is right before this one accuses the text."""
    before = Case.objects.of(contribution).filter(kind__in=kind.YIELDS_TO)
    return any(case.of.accuses(case.label) for case in before) if kind.YIELDS_TO else False


def _let_others_speak(kind: Kind, contribution: Contribution) -> None:
    """Have the kinds that yield to this one say anew what their models said of a text, or not."""
    for other in (each for each in KINDS.values() if kind.NAME in each.YIELDS_TO):
        readings = Reading.objects.of(contribution).filter(kind=other.READ_BY)
        reading = readings.select_related("answer").first()
        if reading is not None and reading.answer is not None:
            take_answer(other, contribution, reading.answer)
