"""Why a post has its label: whose word it is, how sure, and the words that carried it."""

from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from madang.community.boards.highlight import mark_spans
from madang.community.extension.content import judged_text
from madang.community.inference.models import Answer
from madang.community.moderation.disclosure import disclosed_spans
from madang.community.moderation.models import Case, Label

#: From here on a label is spoken of as nearly certain, as probable.
NEARLY_CERTAIN, PROBABLE = 0.9, 0.7


@dataclass(frozen=True, kw_only=True)
class Reason:
    """The title and the text with the words marked that carried the label."""

    title: SafeString
    body: SafeString
    has_spans: bool


def describe_probability(answer: Answer) -> str:
    """Say in words how sure the model is of its label."""
    label = answer.value["label"]
    is_ad, probability = label == Label.AD, answer.value["probabilities"][label]
    if probability >= NEARLY_CERTAIN:
        return _("거의 확실히 광고") if is_ad else _("거의 확실히 일반 글")
    if probability >= PROBABLE:
        return _("아마도 광고") if is_ad else _("아마도 일반 글")
    return _("광고인지 애매한 글")


def find_reason(case: Case, *, whole: bool = False) -> Reason:
    """Mark the author's own words where they disclosed, else those that moved the model."""
    post = case.post
    title_spans: list[tuple[int, int]] = []
    body_spans: list[tuple[int, int]] = []
    if case.source == Case.Source.AUTHOR:
        title, body = post.title, post.body
        for span in disclosed_spans(title, body):
            spans = title_spans if span.field == "title" else body_spans
            spans.append((span.start, span.end))
    else:
        text = judged_text(post.title, post.body)
        # The title is one line, so the first line end is where the two were put together.
        title, _newline, body = text.partition("\n")
        title_length = len(title) + 1
        for start, end in _model_spans(case):
            title_spans.append((start, min(end, len(title))))
            body_spans.append((start - title_length, end - title_length))
    return Reason(
        title=mark_spans(title, title_spans, whole=True),
        body=mark_spans(body, body_spans, whole=whole),
        has_spans=bool(title_spans or body_spans),
    )


def _model_spans(case: Case) -> list[tuple[int, int]]:
    if case.answer is None:
        return []
    return [(start, end) for start, end, _weight in case.answer.value["reasons"]]
