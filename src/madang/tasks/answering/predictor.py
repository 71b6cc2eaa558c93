"""Find the answer to a question in a text, with the characters where it stands."""

import dataclasses
from collections.abc import Sequence

from madang.decoding.span import Scores, Span, find_spans
from madang.errors import SettingError
from madang.runtime.onnx import ANSWERER, Array
from madang.tasks.predictor import ServedModel
from madang.text.question import QuestionWindow, question_windows

TASK = "answering"


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


class Answerer(ServedModel):
    """Answers out of a text, on a CPU: ``Answerer.load(folder).answer(question, context)``."""

    tasks = (TASK,)
    signature = ANSWERER

    def answer(self, question: str, context: str, *, num_answers: int = 1) -> list[Answer]:
        """Return the most probable answers that stand in ``context``, best first.

        A context of any length is read whole, through windows. There is none in a text without a
        single character that can be seen.
        """
        if num_answers < 1:
            raise SettingError(f"num_answers is {num_answers}; it must be 1 or more.")
        (spans,) = self.spans([(question, context)], num_spans=num_answers)
        return [
            Answer(span.start, span.end, context[span.start : span.end], span.probability)
            for span in spans
        ]

    def spans(
        self, questions: Sequence[tuple[str, str]], *, num_spans: int = 1
    ) -> list[list[Span]]:
        """Return the best spans for each question and its context, in order."""
        return [self._spans(*question, num_spans=num_spans) for question in questions]

    def _spans(self, question: str, context: str, *, num_spans: int) -> list[Span]:
        windows = question_windows(self._tokenizer, question, context, max_length=self.max_length)
        outputs = self._session.run_inputs(
            [
                {
                    "input_ids": window.input_ids,
                    "token_type_ids": window.token_type_ids,
                    "overlap_ids": window.overlap_ids,
                }
                for window in windows
            ]
        )
        scored = (
            (read_scores(window, *output), window.offsets)
            for window, output in zip(windows, outputs, strict=True)
        )
        return find_spans(scored, num_spans=num_spans)


def read_scores(window: QuestionWindow, start_T: Array, end_T: Array, trim_TC: Array) -> Scores:
    """Return what decoding needs of a window's logits; they begin at [CLS]."""
    context = slice(window.first, window.stop)
    null = float(start_T[0] + end_T[0])
    return Scores(start_T[context], end_T[context], trim_TC[context], null)
