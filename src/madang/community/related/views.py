"""Search by meaning: posts that are about what was asked, whatever their words."""

from typing import Any

import numpy as np
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from madang.community.boards.shelf import KIND
from madang.community.boards.views.reading import reader_of
from madang.community.inference import prediction
from madang.community.inference.vectors import store
from madang.community.related.nearness import find_by_meaning
from madang.community.throttling.limit import limited


@require_safe
@limited("searches", query="q")
def search(request: HttpRequest) -> HttpResponse:
    """Show the posts nearest to a question."""
    query = request.GET.get("q", "").strip()[:100]
    if not query or not prediction.has_model(prediction.SENTENCE):
        return redirect("boards:search")
    context: dict[str, Any] = {"query": query, "posts": None}
    index = store.get(KIND)
    if index is not None:
        try:
            reply = prediction.read(prediction.SENTENCE, query)
        except prediction.ModelUnavailableError:
            return render(request, "related/search.html", context)
        # While a new model reads the posts, its vectors and theirs can not be compared.
        if reply.vector is None:  # nothing in the question to compare with
            context["posts"] = []
        elif reply.model_version == index.version:
            vector_D = np.asarray(reply.vector, np.float32)
            context["posts"] = find_by_meaning(index, vector_D, reader_of(request))
    return render(request, "related/search.html", context)
