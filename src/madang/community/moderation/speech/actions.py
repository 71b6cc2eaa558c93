"""What can be done about a text that may hurt; one verb a function. Permission is the caller's.

What is locked first is the contribution, or what it stands below (``extension/lock.py``).
"""

from django.conf import settings
from django.db import transaction

from madang.community.accounts.models import User
from madang.community.extension.about import key_of
from madang.community.extension.actions import remove, restore
from madang.community.extension.content import text_hash
from madang.community.extension.contribution import Contribution
from madang.community.extension.lock import GoneError, hold
from madang.community.inference.models import Answer
from madang.community.moderation.speech.models import Speech, SpeechDecision, SpeechLabel

_Action = SpeechDecision.Action


def label_of(probabilities: dict[str, float]) -> tuple[str, float]:
    """Return the label that the operator's thresholds allow, and its probability.

    Nobody is accused of hate on an insult's evidence: hate has a threshold of its own.
    """
    hate, offensive = probabilities["hate"], probabilities["offensive"]
    if hate >= settings.MADANG_HATE_THRESHOLD:
        return SpeechLabel.HATE.value, hate
    if hate + offensive >= settings.MADANG_OFFENSIVE_THRESHOLD:
        return SpeechLabel.OFFENSIVE.value, hate + offensive
    return SpeechLabel.NONE.value, probabilities["none"]


@transaction.atomic
def take_answer(contribution: Contribution, answer: Answer) -> None:
    """Fold a text that the model calls hateful or insulting, unless a moderator spoke of it."""
    label, probability = label_of(answer.value["probabilities"])
    earlier = Speech.objects.of(contribution).first()
    decision = _decision_on(contribution, answer.text_sha256)
    if label == SpeechLabel.NONE and decision is None:
        forget_answer(contribution)
        return
    is_same = earlier is not None and earlier.text_sha256 == answer.text_sha256
    speech, _ = Speech.objects.update_or_create(
        **key_of(contribution),
        defaults={
            "text_sha256": answer.text_sha256,
            "label": decision.label if decision else label,
            "model_label": label,
            "probability": probability,
            "reasons": answer.value["reasons"],
            "is_truncated": answer.value["is_truncated"],
            "model_name": answer.model_name,
            "model_version": answer.model_version,
            "decision": decision,
            **({} if is_same else {"is_appealed": False, "appeal_sentence": ""}),
        },
    )
    _fold(contribution, is_folded=speech.label != SpeechLabel.NONE)


def forget_answer(contribution: Contribution) -> None:
    """Unfold a text in which nothing is found, or nothing is there to be read any more."""
    Speech.objects.of(contribution).delete()
    _fold(contribution, is_folded=False)


@transaction.atomic
def appeal(speech: Speech, *, sentence: str = "") -> bool:
    """Keep an author's appeal; a second one, or one against a decision, changes nothing.

    Raises GoneError where what it is about is no more.
    """
    if _hold(speech) is None:
        raise GoneError
    now = Speech.objects.select_for_update().filter(pk=speech.pk).first()
    if now is None or not now.may_be_appealed:
        return False
    now.is_appealed, now.appeal_sentence = True, sentence
    now.save(update_fields=["is_appealed", "appeal_sentence", "updated_at"])
    return True


@transaction.atomic
def decide(
    speech: Speech, *, moderator: User, action: str, note: str = ""
) -> SpeechDecision | None:
    """Keep a moderator's decision; None where the text or its decision changed meanwhile."""
    contribution = _hold(speech)
    now = (
        Speech.objects.select_for_update()
        .filter(pk=speech.pk, text_sha256=speech.text_sha256, decision=speech.decision_id)
        .first()
    )
    if contribution is None or now is None:
        return None
    if text_hash(contribution.judged_text) != now.text_sha256:
        return None
    now.decision = SpeechDecision.objects.create(
        contribution=contribution,
        author_id=contribution.author_id,
        moderator=moderator,
        action=action,
        label=_label_after(action, now),
        note=note,
        text=contribution.judged_text,
        text_sha256=now.text_sha256,
        appeal_sentence=now.appeal_sentence,
        model_label=now.model_label,
        model_probability=now.probability,
        model_name=now.model_name,
        model_version=now.model_version,
    )
    now.label, now.is_appealed = now.decision.label or now.label, False
    now.save()
    if action == _Action.REMOVE:
        remove(contribution, moderator=moderator)
    elif action == _Action.RESTORE:
        restore(contribution)
    _fold(contribution, is_folded=now.label != SpeechLabel.NONE)
    return now.decision


def _hold(speech: Speech) -> Contribution | None:
    """Lock what a speech is about; None where that is no more."""
    contribution: Contribution | None = speech.contribution
    try:
        return hold(contribution) if contribution is not None else None
    except GoneError:
        return None


def _label_after(action: str, speech: Speech) -> str:
    if action == _Action.CLEAR:
        return SpeechLabel.NONE.value
    return speech.label if action == _Action.CONFIRM else ""


def _decision_on(contribution: Contribution, digest: str) -> SpeechDecision | None:
    decisions = SpeechDecision.objects.of(contribution).filter(text_sha256=digest)
    return decisions.exclude(label="").first()


def _fold(contribution: Contribution, *, is_folded: bool) -> None:
    """Write where its app reads it whether a text is shown only to who unfolds it."""
    contribution.is_folded = is_folded
    same = type(contribution)._default_manager.filter(pk=contribution.pk)
    same.exclude(is_folded=is_folded).update(is_folded=is_folded)
