"""What can be done about a label; one verb a function.

A function trusts its caller about permission. It locks the post first, then the case
(``extension/lock.py``).
"""

import logging

from django.db import Error, transaction
from django.utils import timezone

from madang.community.accounts.models import User
from madang.community.boards.models import Post
from madang.community.extension.actions import remove, restore
from madang.community.extension.content import judged_text, text_hash
from madang.community.extension.lock import GoneError, hold, hold_if_up
from madang.community.inference import prediction
from madang.community.inference.schedule import delay_after_failures, schedule
from madang.community.moderation.disclosure import is_disclosed
from madang.community.moderation.models import Appeal, Case, Decision, Judgement, Label
from madang.community.moderation.tasks import judge_pending

logger = logging.getLogger(__name__)

_GIVEN_LABEL = {Decision.Action.AD: Label.AD, Decision.Action.ORDINARY: Label.ORDINARY}


def open_case(post: Post) -> Case:
    """Let a written or edited post wait for its label; a known answer is given at once."""
    digest = text_hash(judged_text(post.title, post.body))
    appealed = Appeal.objects.filter(post=post, text_sha256=digest).first()
    case, _ = Case.objects.update_or_create(
        post=post,
        defaults={
            "text_sha256": digest,
            "source": Case.Source.PENDING,
            "label": "",
            "priority": _priority_of_new_text(post, appealed),
            "uncertainty": 1.0,
            "judgement": None,
            "appeal": appealed,
            "decision": None,
            "num_failures": 0,
            "retry_at": None,
        },
    )
    if not _apply_word_of_people(case, post):
        _show(case, post)
    return case


def judge_post(post: Post, *, patient: bool = False) -> bool:
    """Judge a post by the model, or by its cached answer; say whether it has its label now.

    Where the model is missing, failing or slow, the post stays and a task retries. Raises
    ``django.db.Error`` where the database fails, which is no post's fault.
    """
    text = judged_text(post.title, post.body)
    try:
        judgement = _find_judgement(text) or _keep(text, prediction.judge(text, patient=patient))
        return _apply_judgement(post.pk, judgement)
    except prediction.ModelUnavailableError:
        if not patient:
            schedule(judge_pending)
    except Error:
        raise
    except Exception:
        logger.exception("Post %s could not be judged", post.pk)
    return False


def put_off(post: Post) -> None:
    """Try a text later on which the model failed: later each time, and in the end no more."""
    digest = text_hash(judged_text(post.title, post.body))
    waiting = Case.objects.filter(post=post, text_sha256=digest, source=Case.Source.PENDING)
    case = waiting.first()
    if case is None:  # deleted, edited or judged meanwhile: that text did not fail
        return
    number = case.num_failures + 1
    waiting.update(num_failures=number, retry_at=timezone.now() + delay_after_failures(number))


@transaction.atomic
def appeal(case: Case, *, author: User, sentence: str = "") -> Appeal | None:
    """Keep an author's appeal against the label of this text; a second one changes nothing.

    Raises GoneError where the post is no more, or down.
    """
    hold_if_up(Post(pk=case.pk))
    now = Case.objects.select_for_update().filter(pk=case.pk).first()
    if now is None or not now.may_be_appealed:
        return None
    made, _ = Appeal.objects.get_or_create(
        post_id=now.pk,
        text_sha256=now.text_sha256,
        defaults={"author": author, "judgement": now.judgement, "sentence": sentence},
    )
    now.appeal, now.priority = made, Case.Priority.APPEALED
    now.save(update_fields=["appeal", "priority", "updated_at"])
    return made


@transaction.atomic
def decide(case: Case, *, moderator: User, action: str, note: str = "") -> Decision | None:
    """Keep a moderator's decision and let it hold until the text is edited.

    Decides nothing, and returns ``None``, where the text is no longer the one in ``case``,
    another decision came first, or there is no label yet to confirm.
    """
    try:
        post = hold(Post(pk=case.pk))
    except GoneError:
        return None
    now = (
        Case.objects.select_for_update(of=("self",))
        .select_related("judgement", "appeal")
        .filter(pk=post.pk, text_sha256=case.text_sha256, decision=case.decision_id)
        .first()
    )
    if now is None or (now.is_pending and action == Decision.Action.CONFIRM):
        return None
    now.post = post
    return _decide(now, moderator=moderator, action=action, note=note)


def _decide(case: Case, *, moderator: User, action: str, note: str) -> Decision:
    post, judgement = case.post, case.judgement
    decision = Decision.objects.create(
        post=post,
        author_id=post.author_id,
        moderator=moderator,
        action=action,
        label=_label_of(action, case),
        note=note,
        text_sha256=case.text_sha256,
        title=post.title,
        body=post.body,
        appeal=case.appeal,
        appeal_sentence=case.appeal.sentence if case.appeal else "",
        model_label=judgement.label if judgement else "",
        model_ad_probability=judgement.ad_probability if judgement else None,
        model_name=judgement.model_name if judgement else "",
        model_version=judgement.model_version if judgement else "",
    )
    if action == Decision.Action.REMOVE:
        remove(post, moderator=moderator)
    elif action == Decision.Action.RESTORE:
        restore(post)
    _apply_decision(case, post, decision)
    return decision


def _priority_of_new_text(post: Post, appealed: Appeal | None) -> int:
    """Put what a moderator decided, and what was edited since, before what only a model saw."""
    if appealed and not Decision.objects.filter(appeal=appealed).exists():
        return Case.Priority.APPEALED
    previous = Case.objects.filter(post=post).first()
    if previous and (previous.decision_id or previous.priority == Case.Priority.EDITED):
        return Case.Priority.EDITED
    return Case.Priority.JUDGED


def _label_of(action: str, case: Case) -> str:
    """Return the label that an action gives; a confirmation gives the present one."""
    if action == Decision.Action.CONFIRM:
        return case.label
    return _GIVEN_LABEL.get(Decision.Action(action), "")


def _find_judgement(text: str) -> Judgement | None:
    version = prediction.model_version()
    if version is None:
        return None
    return Judgement.objects.filter(text_sha256=text_hash(text), model_version=version).first()


def _keep(text: str, answer: prediction.Answer) -> Judgement:
    # Two requests may judge the same text at once: the first answer stays.
    judgement, _ = Judgement.objects.get_or_create(
        text_sha256=text_hash(text),
        model_version=answer.model_version,
        defaults={
            "model_name": answer.model_name,
            "label": answer.label,
            "ad_probability": answer.ad_probability,
            "threshold": answer.threshold,
            "reasons": [[reason.start, reason.end, reason.weight] for reason in answer.reasons],
            "is_truncated": answer.is_truncated,
        },
    )
    return judgement


@transaction.atomic
def _apply_judgement(post_id: int, judgement: Judgement) -> bool:
    """Give the judgement to the post's case, unless the post was edited or deleted meanwhile."""
    try:
        post = hold(Post(pk=post_id))
    except GoneError:
        return False
    case = Case.objects.select_for_update().filter(pk=post_id).first()
    if case is None or case.text_sha256 != judgement.text_sha256:
        return False
    case.judgement, case.uncertainty = judgement, judgement.uncertainty
    if case.is_pending or case.source == Case.Source.MODEL:
        case.source, case.label = Case.Source.MODEL, judgement.label
    case.save()
    _show(case, post)
    return True


def _apply_word_of_people(case: Case, post: Post) -> bool:
    """Let an earlier decision on this very text hold, else the author's own disclosure."""
    decision = (
        Decision.objects.filter(post=post, text_sha256=case.text_sha256)
        .exclude(label="")
        .order_by("-id")
        .first()
    )
    if decision:
        _apply_decision(case, post, decision)
    elif is_disclosed(post.title, post.body):
        case.source, case.label = Case.Source.AUTHOR, Label.AD
        if case.priority == Case.Priority.JUDGED:
            case.priority = Case.Priority.SETTLED
        case.save()
        _show(case, post)
    else:
        return False
    return True


def _apply_decision(case: Case, post: Post, decision: Decision) -> None:
    case.decision, case.priority = decision, Case.Priority.SETTLED
    if decision.label:
        case.source, case.label = Case.Source.MODERATOR, decision.label
    case.save()
    _show(case, post)


def _show(case: Case, post: Post) -> None:
    """Write the label where the boards read it."""
    post.label = case.label or Post.Label.PENDING
    Post.objects.filter(pk=post.pk).exclude(label=post.label).update(label=post.label)
