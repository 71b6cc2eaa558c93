"""What moderation draws into the boards' pages."""

from typing import Any

from django.forms import Form
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from madang.community.accounts.models import User
from madang.community.boards.highlight import mark_spans
from madang.community.boards.models import Post
from madang.community.extension.contribution import Contribution
from madang.community.moderation import disclosure, queue
from madang.community.moderation.forms import HintForm
from madang.community.moderation.models import Case, Decision, Label
from madang.community.moderation.reason import describe_probability, find_reason


def queue_address() -> str:
    """Return the address of the moderators' queue."""
    return reverse("moderation:queue")


def render_label(request: HttpRequest, *, post: Post, **_: object) -> str:
    """Draw the label above a post's title, with its reason one click away."""
    if not post.is_ad and post.label != Post.Label.PENDING:
        return ""
    if post.label == Post.Label.PENDING:
        return render_to_string("moderation/pending.html", {}, request)
    case = case_of(post)
    if case is None:
        return ""
    context = {"post": post, "case": case, **_describe(case), "is_author": wrote(request, post)}
    return render_to_string("moderation/label.html", context, request)


def render_panel(request: HttpRequest, *, post: Post, **_: object) -> str:
    """Draw below a post what its author and the moderators may do about its label."""
    is_author, is_moderator = wrote(request, post), moderates(request)
    if not (is_author or is_moderator) or (case := case_of(post)) is None:
        return ""
    context: dict[str, Any] = {"post": post, "case": case, **_describe(case)}
    html = ""
    if is_author:
        findings = disclosure.check(post.title, post.body, on=timezone.localdate())
        context["findings"] = _draw(findings, post.title, post.body)
        html += render_to_string("moderation/author.html", context, request)
    if is_moderator:
        context["actions"] = _actions_for(case)
        html += render_to_string("moderation/moderator.html", context, request)
    return html


def render_hint(request: HttpRequest, *, form: Form, **_: object) -> str:
    """Draw the disclosure check below the text that is being written."""
    written = {name: form[name].value() for name in HintForm.base_fields}
    context = {"findings": render_findings(request, **HintForm(written).texts)}
    return render_to_string("moderation/hint.html", context, request)


def render_findings(request: HttpRequest, title: str, body: str) -> str:
    """Draw what the disclosure rules in force today say about a text."""
    findings = disclosure.check(title, body, on=timezone.localdate())
    context = {"findings": _draw(findings, title, body)}
    return render_to_string("moderation/findings.html", context, request)


def render_navigation(request: HttpRequest, **_: object) -> str:
    """Draw the moderators' link to the queue, with how many authors wait for them."""
    if not moderates(request):
        return ""
    waiting = count_once(request)
    context = {"num_waiting": waiting["appeals"] + waiting["edited"] + waiting["speech"]}
    return render_to_string("moderation/navigation.html", context, request)


def count_once(request: HttpRequest) -> dict[str, int]:
    """Return how many cases wait, counted once a page."""
    if not hasattr(request, "moderation_counts"):
        request.moderation_counts = queue.count_waiting()  # type: ignore[attr-defined]
    counts: dict[str, int] = request.moderation_counts  # type: ignore[attr-defined]
    return counts


def case_of(post: Post) -> Case | None:
    """Return a post's case with all that the page shows of it, fetched once a page."""
    if not hasattr(post, "_case_on_page"):
        case = (
            Case.objects.select_related("answer", "appeal", "decision__moderator")
            .filter(pk=post.pk)
            .first()
        )
        if case:
            case.post = post
        post._case_on_page = case  # type: ignore[attr-defined]
    found: Case | None = post._case_on_page  # type: ignore[attr-defined]
    return found


def wrote(request: HttpRequest, contribution: Contribution) -> bool:
    """Say whether the reader wrote it."""
    return request.user.is_authenticated and request.user.pk == contribution.author_id


def moderates(request: HttpRequest) -> bool:
    """Say whether the reader is a moderator."""
    return isinstance(request.user, User) and request.user.is_moderator


def _describe(case: Case) -> dict[str, Any]:
    return {
        "reason": find_reason(case),
        "words": describe_probability(case.answer) if case.answer else "",
        "is_ad": case.label == Label.AD,
    }


def _actions_for(case: Case) -> list[Decision.Action]:
    action = Decision.Action
    if case.post.removed_at:
        return [action.RESTORE]
    others = [each for each in (action.ORDINARY, action.AD) if each != case.label]
    return [*([action.CONFIRM] if case.label else []), *others, action.REMOVE]


def _draw(findings: list[disclosure.Finding], title: str, body: str) -> list[dict[str, Any]]:
    is_korean = (get_language() or "ko").startswith("ko")
    return [
        {
            "severity": finding.rule.severity.value,
            "hint": finding.rule.korean if is_korean else finding.rule.english,
            "since": finding.rule.since,
            "proposal": finding.proposal,
            "quotes": [
                mark_spans(text, spans)
                for field, text in (("title", title), ("body", body))
                if (spans := [(s.start, s.end) for s in finding.spans if s.field == field])
            ],
        }
        for finding in findings
    ]
