"""What is drawn beside a folded text: why, the author's appeal, the moderators' buttons."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from madang.community.boards.highlight import mark_spans
from madang.community.extension.contribution import Contribution
from madang.community.moderation.panel import moderates, wrote
from madang.community.moderation.speech.models import Speech, SpeechDecision


def render_fold(
    request: HttpRequest,
    *,
    contribution: Contribution,
    beside: Sequence[Contribution] | None = None,
    **_: object,
) -> str:
    """Draw why a text is folded; what is found of all *beside* it on a page is fetched together.

    To the author and the moderators of a page's own text it is drawn also when it is folded no
    more: they read what was decided.
    """
    is_concerned = beside is None and (wrote(request, contribution) or moderates(request))
    if not (contribution.is_folded or is_concerned):
        return ""
    speech = _found(request, contribution, beside or [contribution]).get(contribution.pk)
    return _render(request, speech) if speech else ""


def reason_of(speech: Speech, *, whole: bool = False) -> str:
    """Return the text with the words marked that carried the label."""
    spans = [(start, end) for start, end, _weight in speech.reasons]
    return mark_spans(speech.contribution.judged_text, spans, whole=whole)


def _found(
    request: HttpRequest, contribution: Contribution, beside: Sequence[Contribution]
) -> dict[int, Speech]:
    name = f"speech_of_{type(contribution).__name__}"
    if not hasattr(request, name):
        speeches = Speech.objects.select_related("decision")
        setattr(request, name, speeches.of_all(beside))
    found: dict[int, Speech] = getattr(request, name)
    return found


def _render(request: HttpRequest, speech: Speech) -> str:
    is_moderator = moderates(request)
    context: dict[str, Any] = {
        "speech": speech,
        "reason": reason_of(speech),
        "is_author": wrote(request, speech.contribution),
        "is_moderator": is_moderator,
        "actions": actions_for(speech) if is_moderator else [],
    }
    return render_to_string("moderation/speech/why.html", context, request)


def actions_for(speech: Speech) -> list[SpeechDecision.Action]:
    """Return what a moderator can do with a text as it stands."""
    action = SpeechDecision.Action
    if speech.contribution.removed_at:
        return [action.RESTORE]
    return [action.CONFIRM, action.CLEAR, action.REMOVE]
