"""Find the answer to a question in a text, with the characters where it stands."""

import dataclasses
from collections.abc import Sequence

from madang.decoding.span import Scores, Span, find_spans
from madang.errors import SettingError
from madang.runtime.runner import Feed
from madang.tasks.predictor import Predictor, in_batches, run_parts
from madang.text.legibility import is_blank
from madang.text.question import QuestionWindow, question_windows

# How many questions have their windows read at once.
QUESTIONS_AT_ONCE = 64


@dataclasses.dataclass(frozen=True)
class Answer:
    """A span of the context that may answer the question.

    ``start`` and ``end`` count characters of the context as it was given, ``text`` is what stands
    there. ``probability`` is the model's own, among all spans and "it is not in this text"; it is
    not calibrated.
    """

    start: int
    end: int
    text: str
    probability: float


class Answerer(Predictor):
    """Answers out of a text, on a CPU: ``Answerer.load(folder).answer(question, context)``."""

    def answer(self, question: str, context: str, *, num_answers: int = 1) -> list[Answer]:
        """Return the most probable answers that stand in ``context``, best first.

        A context of any length is read whole, through windows. There is no answer where there is
        nothing to read in the question or in the context.
        """
        if num_answers < 1:
            raise SettingError(f"num_answers is {num_answers}; it must be 1 or more.")
        (spans,) = self.spans([(question, context)], num_spans=num_answers)
        return [
            Answer(span.start, span.end, context[span.start : span.end], span.probability)
            for span in spans
        ]

    def can_answer(self, question: str, context: str) -> bool:
        """Say whether there is anything to read in the question and in its context."""
        return bool(self.is_judged([question])[0]) and not is_blank(context)

    def spans(
        self, questions: Sequence[tuple[str, str]], *, num_spans: int = 1
    ) -> list[list[Span]]:
        """Return the best spans for each question and its context, in order; none for nothing."""
        found: list[list[Span]] = []
        for batch in in_batches(questions, QUESTIONS_AT_ONCE):
            parts = [
                question_windows(self._tokenizer, *question, max_length=self.max_length)
                if self.can_answer(*question)
                else []
                for question in batch
            ]
            feeds = [[_feed(window) for window in windows] for windows in parts]
            for windows, outputs in zip(parts, run_parts(self._runner, feeds), strict=True):
                scored = [
                    (Scores.of(output, first=window.first, stop=window.stop), window.offsets)
                    for window, output in zip(windows, outputs, strict=True)
                ]
                found.append(find_spans(scored, num_spans=num_spans))
        return found


def _feed(window: QuestionWindow) -> Feed:
    return {
        "input_ids": window.input_ids,
        "token_type_ids": window.token_type_ids,
        "overlap_ids": window.overlap_ids,
    }


PREDICTOR = Answerer
