"""The operators' page: how the processes and models do, what waits, and what models fail on."""

from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from madang.community.accounts.permission import moderator_required
from madang.community.inference import prediction, tasks
from madang.community.inference.models import Reading
from madang.community.processes import status
from madang.community.throttling.limit import limited

MAX_SHOWN = 50
_PURPOSES = {
    prediction.SPAM: gettext_lazy("도박·대출·성인물·사기 같은 스팸인지"),
    prediction.ADS: gettext_lazy("글이 광고인지"),
    prediction.SENTIMENT: gettext_lazy("후기가 긍정인지 부정인지"),
    prediction.HATE: gettext_lazy("모욕·차별·성적 괴롭힘·위협이 있는지"),
    prediction.ENTITIES: gettext_lazy("태그로 달 만한 이름"),
    prediction.SENTENCE: gettext_lazy("함께 볼 글"),
    prediction.RECOMMENDER: gettext_lazy("당신을 위한 추천"),
}
_PROCESSES = {
    "web": gettext_lazy("페이지를 보여 주는 서버"),
    "worker": gettext_lazy("뒤에서 글을 읽는 작업"),
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
            "name": prediction.name_of(kind),
            "is_there": prediction.has_model(kind),
            "is_failing": prediction.is_failing(kind),
            "version": prediction.model_version(kind),
            "counts": counts.get(kind),
        }
        for kind in _PURPOSES
        if kind in prediction.KINDS or prediction.name_of(kind)
    ]
    failed = Reading.objects.filter(waiting, num_failures__gt=0).prefetch_related("contribution")
    context = {
        "processes": _processes(status.read(Path(settings.HOME))),
        "rows": rows,
        "failed": failed.order_by("-num_failures", "-pk")[:MAX_SHOWN],
        "max_tokens": f"{prediction.MAX_TOKENS:,}",
    }
    return render(request, "inference/models.html", context)


def _processes(found: status.Status | None) -> list[dict[str, object]]:
    """Return what is shown of each process; nothing where the supervisor is no more."""
    if found is None or not found.is_fresh:
        return []
    return [
        {
            "purpose": _PROCESSES.get(each.name, each.name),
            "status": each,
            "since": datetime.fromtimestamp(each.since, UTC),
            "next_try": each.next_try and datetime.fromtimestamp(each.next_try, UTC),
        }
        for each in found.processes
    ]


@require_POST
@limited("changes")
@moderator_required
def retry(request: HttpRequest) -> HttpResponse:
    """Have what was given up tried once more."""
    number = tasks.retry_given_up()
    text = ngettext("%(number)d개를 다시 읽습니다.", "%(number)d개를 다시 읽습니다.", number)
    messages.success(request, text % {"number": number})
    return redirect("inference:models")
