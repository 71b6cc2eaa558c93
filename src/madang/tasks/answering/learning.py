"""Answer a question by a span of its context, with offsets."""

from collections.abc import Iterator, Sequence

from madang.datasets.card import Question
from madang.datasets.own.question import QUESTION
from madang.models.bert.heads.answering import NUM_TRIMS, BertForSpanExtraction
from madang.models.bert.model import BertEncoder
from madang.tasks.answering import objective as answering
from madang.tasks.answering.objective import AnsweringExample
from madang.tasks.learning import Head, Labels, Learning
from madang.text.question import QuestionWindow, question_windows
from madang.text.tokenizer import Tokenizer

HEAD = Head(BertForSpanExtraction, "answers to the character")


class Answering(Learning[Question, AnsweringExample]):
    """Find the answer to a question in a text that holds it."""

    form = QUESTION

    def texts(self, rows: Sequence[Question]) -> list[str]:
        contexts = dict.fromkeys(row.context for row in rows)
        return [*contexts, *(row.question for row in rows)]

    def examples(
        self, tokenizer: Tokenizer, rows: Sequence[Question], *, labels: Labels, max_length: int
    ) -> list[AnsweringExample]:
        """Return every window of every row, numbered by row."""
        examples: list[AnsweringExample] = []
        for number, row in enumerate(rows):
            windows = question_windows(tokenizer, row.question, row.context, max_length=max_length)
            examples += window_examples(windows, row, number)
        return examples

    def model(self, encoder: BertEncoder, *, labels: Labels) -> BertForSpanExtraction:
        return BertForSpanExtraction(encoder)

    def objective(self, *, labels: Labels) -> answering.Answering:
        return answering.Answering()


def window_examples(
    windows: Sequence[QuestionWindow], row: Question, number: int
) -> Iterator[AnsweringExample]:
    """Yield the windows of a question with its answer, or pointing to [CLS] without it."""
    answer = (row.start, row.start + len(row.answer))
    for window in windows:
        start, end, trim = locate(window, answer)
        yield AnsweringExample(
            window=window, start=start, end=end, trim=trim, question=number, answer=answer
        )


def locate(window: QuestionWindow, answer: tuple[int, int]) -> tuple[int, int, int]:
    """Return the positions of the answer's first and last token and the trim of the last.

    All are 0 where the window does not show the whole answer, or no trim can give it.
    """
    start = end = trim = 0
    for position, (left, right) in enumerate(window.offsets, start=window.first):
        if left <= answer[0] < right:
            start = position
        if left < answer[1] <= right:
            end, trim = position, right - answer[1]
    is_found = 0 < start <= end and trim < NUM_TRIMS
    return (start, end, trim) if is_found else (0, 0, 0)
