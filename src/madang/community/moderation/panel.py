"""What moderation draws into the pages of others."""

from collections.abc import Sequence
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
from madang.community.inference import subject
from madang.community.moderation import disclosure, queue
from madang.community.moderation.forms import HintForm
from madang.community.moderation.kind import Kind, split_label
from madang.community.moderation.models import Case
from madang.community.moderation.registry import ADS, KINDS, SPAM, SPEECH


def queue_address(kind: Kind) -> str:
    """Return the address of a moderators' queue."""
    return reverse(f"moderation:queue_{kind.NAME}")


def render_label(request: HttpRequest, *, post: Post, **_: object) -> str:
    """Draw the label above a post's title, with its reason one click away."""
    if post.label == Post.Label.PENDING:
        return render_to_string("moderation/pending.html", {}, request)
    case = find_case(request, ADS, post) if post.is_ad else None
    return _draw_case("moderation/label.html", request, case) if case else ""


def render_panel(request: HttpRequest, *, post: Post, **_: object) -> str:
    """Draw below a post what its author and the moderators may do about its label."""
    is_author, is_moderator = _wrote(request, post), _moderates(request)
    if not (is_author or is_moderator) or (case := find_case(request, ADS, post)) is None:
        return ""
    html = ""
    if is_author:
        findings = _findings(post.title, post.body)
        html += _draw_case("moderation/author.html", request, case, findings=findings)
    if is_moderator:
        html += _draw_case("moderation/moderator.html", request, case)
    return html


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
    is_concerned = beside is None and (_wrote(request, contribution) or _moderates(request))
    if not (contribution.is_folded or is_concerned):
        return ""
    case = find_case(request, SPEECH, contribution, beside)
    return _draw_case("moderation/speech/why.html", request, case) if case else ""


def render_withheld(
    request: HttpRequest,
    *,
    contribution: Contribution,
    beside: Sequence[Contribution] | None = None,
    **_: object,
) -> str:
    """Draw for its author and the moderators why a text is withheld."""
    if not (_wrote(request, contribution) or _moderates(request)):
        return ""
    case = find_case(request, SPAM, contribution, beside)
    return _draw_case("moderation/spam/why.html", request, case) if case else ""


def render_look(request: HttpRequest, *, contribution: Contribution, **_: object) -> str:
    """Draw for moderators the way to all labels of a text."""
    if not _moderates(request):
        return ""
    context = {"name": contribution._meta.model_name, "number": contribution.pk}
    return render_to_string("moderation/look_link.html", context, request)


def draw_cases(request: HttpRequest, contribution: Contribution) -> list[dict[str, Any]]:
    """Return what a moderator sees and can do under each kind of label that this text may have."""
    read_by = {kind.NAME: subject.read_by(kind.READ_BY) for kind in KINDS.values()}
    cases = [
        Case.about(kind, contribution)
        for kind in KINDS.values()
        if type(contribution) in read_by[kind.NAME]
    ]
    return [
        {
            "case": case,
            "kind": case.of,
            "actions": case.of.actions_for(case),
            "choices": choices_of(case.of, case.label),
            **case.of.describe(case),
        }
        for case in cases
    ]


def render_hint(request: HttpRequest, *, form: Form, **_: object) -> str:
    """Draw the disclosure check below the text that is being written."""
    written = {name: form[name].value() for name in HintForm.base_fields}
    context = {"findings": render_findings(request, **HintForm(written).texts)}
    return render_to_string("moderation/hint.html", context, request)


def render_findings(request: HttpRequest, title: str, body: str) -> str:
    """Draw what the disclosure rules in force today say about a text."""
    context = {"findings": _findings(title, body)}
    return render_to_string("moderation/findings.html", context, request)


def render_navigation(request: HttpRequest, **_: object) -> str:
    """Draw the moderators' link to the queue, with how many authors wait for them."""
    if not _moderates(request):
        return ""
    # A post that waits for the model waits for no moderator.
    waiting = [number for name, number in count_once(request).items() if name != "pending"]
    return render_to_string("moderation/navigation.html", {"num_waiting": sum(waiting)}, request)


def count_once(request: HttpRequest) -> dict[str, int]:
    """Return how many cases wait, counted once a page."""
    if not hasattr(request, "moderation_counts"):
        request.moderation_counts = queue.count_waiting()  # type: ignore[attr-defined]
    counts: dict[str, int] = request.moderation_counts  # type: ignore[attr-defined]
    return counts


def choices_of(kind: Kind, label: str = "") -> list[dict[str, Any]]:
    """Return the labels that a moderator can choose, those of a text being chosen."""
    present, form = split_label(label), "checkbox" if kind.may_choose_several() else "radio"
    return [
        {"value": each.value, "label": each.label, "type": form, "is_chosen": each.value in present}
        for each in kind.choices()
    ]


def find_case(
    request: HttpRequest,
    kind: Kind,
    contribution: Contribution,
    beside: Sequence[Contribution] | None = None,
) -> Case | None:
    """Return a text's case with all that the page shows of it.

    Those of all *beside* it on a page are fetched with it, once a page.
    """
    name = f"{kind.NAME}_cases_of_{type(contribution).__name__}"
    if not hasattr(request, name):
        cases = Case.objects.select_related("answer", "appeal", "decision__moderator")
        found = cases.filter(kind=kind.NAME).of_all(beside or [contribution])
        setattr(request, name, found)
    by_number: dict[int, Case] = getattr(request, name)
    return by_number.get(contribution.pk)


def _wrote(request: HttpRequest, contribution: Contribution) -> bool:
    return request.user.is_authenticated and request.user.pk == contribution.author_id


def _moderates(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_moderator


def _draw_case(template: str, request: HttpRequest, case: Case, **more: object) -> str:
    is_moderator = _moderates(request)
    context: dict[str, Any] = {
        "case": case,
        "is_author": _wrote(request, case.contribution),
        "is_moderator": is_moderator,
        "actions": case.of.actions_for(case) if is_moderator else [],
        "choices": choices_of(case.of, case.label) if is_moderator else [],
        **case.of.describe(case),
        **more,
    }
    return render_to_string(template, context, request)


def _findings(title: str, body: str) -> list[dict[str, Any]]:
    return _draw(disclosure.check(title, body, on=timezone.localdate()), title, body)


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
