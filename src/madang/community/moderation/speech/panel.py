"""What is drawn beside a folded text: why, the author's appeal, the moderators' buttons."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from madang.community.analysis.subject import text_of
from madang.community.boards.highlight import mark_spans
from madang.community.boards.models import Comment, Post
from madang.community.moderation.panel import moderates, wrote
from madang.community.moderation.speech.models import Speech, SpeechDecision


def render_post(request: HttpRequest, *, post: Post, **_: object) -> str:
    """Draw why a post is folded; to its author and the moderators also what was decided."""
    if not (post.is_folded or wrote(request, post) or moderates(request)):
        return ""
    speech = _with_decision().filter(post=post, comment=None).first()
    return _render(request, speech, post) if speech else ""


def render_comment(
    request: HttpRequest, *, comment: Comment, comments: Sequence[Comment], **_: object
) -> str:
    """Draw why a comment is folded; those of a page are fetched together."""
    found: dict[int, Speech] | None = getattr(request, "speech_of_comments", None)
    if found is None:
        folded = [each.pk for each in comments if each.is_folded]
        speeches = _with_decision().filter(comment__in=folded)
        found = {each.comment_id: each for each in speeches if each.comment_id}
        request.speech_of_comments = found  # type: ignore[attr-defined]
    speech = found.get(comment.pk)
    if speech is None:
        return ""
    speech.post, speech.comment = comment.post, comment
    return _render(request, speech, comment)


def reason_of(speech: Speech, *, whole: bool = False) -> str:
    """Return the text with the words marked that carried the label."""
    spans = [(start, end) for start, end, _weight in speech.reasons]
    return mark_spans(text_of(speech.post, speech.comment), spans, whole=whole)


def _render(request: HttpRequest, speech: Speech, item: Post | Comment) -> str:
    is_moderator = moderates(request)
    context: dict[str, Any] = {
        "speech": speech,
        "item": item,
        "reason": reason_of(speech),
        "is_author": wrote(request, item),
        "is_moderator": is_moderator,
        "actions": actions_for(speech) if is_moderator else [],
    }
    return render_to_string("moderation/speech/why.html", context, request)


def actions_for(speech: Speech) -> list[SpeechDecision.Action]:
    """Return what a moderator can do with a text as it stands."""
    action = SpeechDecision.Action
    if speech.item.removed_at:
        return [action.RESTORE]
    return [action.CONFIRM, action.CLEAR, action.REMOVE]


def _with_decision() -> Any:
    return Speech.objects.select_related("decision")
