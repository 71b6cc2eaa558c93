"""What can be done about a label; one verb a function.

A function trusts its caller about permission. It locks the post first, then the case
(``extension/lock.py``).
"""

from django.db import transaction

from madang.community.accounts.models import User
from madang.community.boards.actions import remove_post, restore_post
from madang.community.boards.models import Post
from madang.community.extension.content import text_hash
from madang.community.extension.lock import GoneError, hold, hold_if_up
from madang.community.inference.models import Answer
from madang.community.moderation.disclosure import is_disclosed
from madang.community.moderation.models import Appeal, Case, Decision, Label

_GIVEN_LABEL = {Decision.Action.AD: Label.AD, Decision.Action.ORDINARY: Label.ORDINARY}


def open_case(post: Post) -> Case:
    """Let a written or edited post wait for its label; people's word on the text holds at once."""
    digest = text_hash(post.judged_text)
    same = Case.objects.filter(post=post, text_sha256=digest).first()
    if same is not None:
        return same
    appealed = Appeal.objects.filter(post=post, text_sha256=digest).first()
    case, _ = Case.objects.update_or_create(
        post=post,
        defaults={
            "text_sha256": digest,
            "source": Case.Source.PENDING,
            "label": "",
            "priority": _priority_of_new_text(post, appealed),
            "uncertainty": 1.0,
            "answer": None,
            "appeal": appealed,
            "decision": None,
        },
    )
    if not _apply_word_of_people(case, post):
        _show(case, post)
    return case


def take_answer(post: Post, answer: Answer) -> None:
    """Give the model's answer to the case of a post that is locked; people's word stays."""
    case = Case.objects.select_for_update().filter(pk=post.pk).first()
    if case is None or case.text_sha256 != answer.text_sha256:
        case = open_case(post)  # it was written by a way that tells nobody
    if case.text_sha256 != answer.text_sha256:
        return
    probability, threshold = answer.value["probabilities"]["ad"], answer.value["threshold"]
    case.answer, case.uncertainty = answer, abs(probability - threshold)
    if case.source in (Case.Source.PENDING, Case.Source.MODEL):
        case.source, case.label = Case.Source.MODEL, answer.value["label"]
    case.save()
    _show(case, post)


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
        defaults={"author": author, "answer": now.answer, "sentence": sentence},
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
        .select_related("answer", "appeal")
        .filter(pk=post.pk, text_sha256=case.text_sha256, decision=case.decision_id)
        .first()
    )
    if now is None or (now.is_pending and action == Decision.Action.CONFIRM):
        return None
    now.post = post
    return _decide(now, moderator=moderator, action=action, note=note)


def _decide(case: Case, *, moderator: User, action: str, note: str) -> Decision:
    post, answer = case.post, case.answer
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
        model_label=answer.value["label"] if answer else "",
        model_ad_probability=answer.value["probabilities"]["ad"] if answer else None,
        model_name=answer.model_name if answer else "",
        model_version=answer.model_version if answer else "",
    )
    if action == Decision.Action.REMOVE:
        remove_post(post, moderator=moderator)
    elif action == Decision.Action.RESTORE:
        restore_post(post)
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
