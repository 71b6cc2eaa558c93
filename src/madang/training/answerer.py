"""A checkpoint that answers questions: what an answerer does, with PyTorch for an ONNX file."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from madang.decoding.span import Span, find_spans
from madang.errors import CheckpointError
from madang.models.bert.heads.answering import BertForSpanExtraction
from madang.models.checkpoint import load_checkpoint
from madang.tasks.answering.objective import (
    Answering,
    AnsweringExample,
    ScoredWindow,
    scored_windows,
)
from madang.text.question import QuestionWindow, question_windows
from madang.text.tokenizer import Tokenizer
from madang.training.loop.batching import sorted_batches

BATCH_SIZE, BATCH_TOKENS = 64, 16384


class CheckpointAnswerer:
    """Answer questions with the model of a training checkpoint."""

    def __init__(self, folder: Path) -> None:
        """Open the folder; raises ``CheckpointError`` where it holds another kind of model."""
        checkpoint = load_checkpoint(folder)
        if not isinstance(checkpoint.model, BertForSpanExtraction):
            raise CheckpointError(
                f"{folder} holds a {type(checkpoint.model).__name__}, which answers no questions. "
                f"Give a checkpoint of the task 'answering'."
            )
        self.manifest = checkpoint.manifest
        self._model = checkpoint.model
        self._tokenizer = Tokenizer.load(folder)

    def spans(
        self, questions: Sequence[tuple[str, str]], *, num_spans: int = 1
    ) -> list[list[Span]]:
        """Return the best spans for each question and its context, in order."""
        length = self.manifest.max_length
        windows = [
            (number, window)
            for number, (question, context) in enumerate(questions)
            for window in question_windows(self._tokenizer, question, context, max_length=length)
        ]
        found: list[list[ScoredWindow]] = [[] for _ in questions]
        scored = self._score([window for _, window in windows])
        for (number, _), window in zip(windows, scored, strict=True):
            found[number].append(window)
        return [find_spans(parts, num_spans=num_spans) for parts in found]

    def _score(self, windows: Sequence[QuestionWindow]) -> list[ScoredWindow]:
        """Return what decoding needs of every window, scored in batches of like length."""
        objective = Answering(pad_id=self._tokenizer.pad_id or 0)
        generator = torch.Generator()
        lengths = np.array([len(window.input_ids) for window in windows], np.int64)
        found: dict[int, ScoredWindow] = {}
        with torch.inference_mode():
            for indices in sorted_batches(
                lengths, batch_size=BATCH_SIZE, batch_tokens=BATCH_TOKENS
            ):
                batch = objective.collate(
                    [unanswered(windows[index]) for index in indices], generator
                )
                scores = scored_windows(objective.logits(self._model, batch), batch)
                found |= dict(zip(indices.tolist(), scores, strict=True))
        return [found[index] for index in range(len(windows))]


def unanswered(window: QuestionWindow) -> AnsweringExample:
    """Return a window of which no answer is known."""
    return AnsweringExample(window=window, start=0, end=0, trim=0, question=0, answer=(0, 0))
