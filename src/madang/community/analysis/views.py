"""The operators' page: which models there are, what waits for them, and what they fail on."""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from madang.community import inference
from madang.community.accounts.permission import moderator_required
from madang.community.analysis import actions
from madang.community.analysis.models import Reading

MAX_SHOWN = 50
_PURPOSES = {
    inference.ADS: gettext_lazy("글이 광고인지"),
    inference.SENTIMENT: gettext_lazy("후기가 긍정인지 부정인지"),
    inference.HATE: gettext_lazy("혐오나 모욕이 있는지"),
    inference.ENTITIES: gettext_lazy("태그로 달 만한 이름"),
    inference.SENTENCE: gettext_lazy("함께 볼 글"),
    inference.RECOMMENDER: gettext_lazy("당신을 위한 추천"),
}


@require_safe
@moderator_required
def models(request: HttpRequest) -> HttpResponse:
    """Show how each model does."""
    waiting = Q(is_waiting=True)
    counts = {
        row["kind"]: row
        for row in Reading.objects.values("kind").annotate(
            done=Count("pk", filter=~waiting),
            due=Count("pk", filter=waiting & Q(retry_at__isnull=False)),
            given_up=Count("pk", filter=waiting & Q(retry_at=None)),
        )
    }
    rows = [
        {
            "kind": kind,
            "purpose": _PURPOSES[kind],
            "name": inference.name_of(kind),
            "is_there": inference.has_model(kind),
            "is_failing": inference.is_failing(kind),
            "version": inference.model_version(kind),
            "counts": counts.get(kind),
        }
        for kind in _PURPOSES
        if kind in inference.KINDS or inference.name_of(kind)
    ]
    failed = Reading.objects.filter(waiting, num_failures__gt=0).prefetch_related("contribution")
    context = {
        "rows": rows,
        "failed": failed.order_by("-num_failures", "-pk")[:MAX_SHOWN],
        "max_tokens": f"{inference.MAX_TOKENS:,}",
    }
    return render(request, "analysis/models.html", context)


@require_POST
@moderator_required
def retry(request: HttpRequest) -> HttpResponse:
    """Have what was given up tried once more."""
    number = actions.retry_given_up()
    text = ngettext("%(number)d개를 다시 읽습니다.", "%(number)d개를 다시 읽습니다.", number)
    messages.success(request, text % {"number": number})
    return redirect("analysis:models")
