"""Answers as spans of a context: where an answer starts, where it ends, how much of its last token.

Learns from windows of contexts (``madang.text.question``). A window without the answer points to
[CLS] with both its start and its end (Devlin 2018, section 4.3), so that windows of one context
can be compared. A token of the question or padding can be neither.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from madang.decoding.span import Scores, Span, find_spans
from madang.tasks.objective import loss_output, padded
from madang.text.question import QuestionWindow
from madang.training.objective import Batch, LossOutput, pad

Logits = tuple[Tensor, Tensor, Tensor]
Characters = tuple[int, int]
ScoredWindow = tuple[Scores, list[Characters]]

ANYWHERE = -100  # no trim to learn: functional.cross_entropy leaves it out


@dataclasses.dataclass(frozen=True, kw_only=True)
class AnsweringExample:
    """A window with its answer.

    ``start`` and ``end`` are the positions of the answer's first and last token, 0 where the
    window does not hold it; ``trim`` is how many characters of the last one are not part of it.
    ``question`` numbers the question, ``answer`` are its characters in the whole context.
    """

    window: QuestionWindow
    start: int
    end: int
    trim: int
    question: int
    answer: Characters


@dataclasses.dataclass(frozen=True, kw_only=True)
class Answering:
    """Cross-entropy over starts, ends and trims of a ``BertForSpanExtraction``."""

    higher_is_better: ClassVar[bool] = True

    def length(self, example: AnsweringExample) -> int:
        return len(example.window.input_ids)

    def collate(self, examples: Sequence[AnsweringExample], generator: torch.Generator) -> Batch:
        """Return the model's inputs (B, T), what is learned (B), and ``offsets`` (B, T, 2).

        ``candidates`` (B, T) are 1 at [CLS] and at the tokens that an answer can be made of.
        """
        texts = padded([example.window.input_ids for example in examples])
        offsets = torch.zeros((*texts["input_ids"].shape, 2), dtype=torch.int64)
        for characters, example in zip(offsets, examples, strict=True):
            window = example.window
            if window.offsets:
                characters[window.first : window.stop] = torch.tensor(window.offsets)
        candidates_BT = (offsets[..., 1] > offsets[..., 0]).long()
        candidates_BT[:, 0] = 1
        return {
            **texts,
            "token_type_ids": pad([each.window.token_type_ids for each in examples], value=0),
            "overlap_ids": pad([each.window.overlap_ids for each in examples], value=0),
            "candidates": candidates_BT,
            "offsets": offsets,
            "context": torch.tensor([(e.window.first, e.window.stop) for e in examples]),
            "start": torch.tensor([example.start for example in examples]),
            "end": torch.tensor([example.end for example in examples]),
            "trim": torch.tensor([e.trim if e.end else ANYWHERE for e in examples]),
            "question": torch.tensor([example.question for example in examples]),
            "answer": torch.tensor([example.answer for example in examples]),
        }

    def loss(self, model: nn.Module, batch: Batch) -> LossOutput:
        loss_sum = _loss_sum(self.logits(model, batch), batch)
        return loss_output(loss_sum, batch, num_items=len(batch["start"]))

    def logits(self, model: nn.Module, batch: Batch) -> Logits:
        """Return starts and ends (B, T), out of the question where none can be, and trims."""
        names = ("input_ids", "attention_mask", "token_type_ids", "overlap_ids")
        start_BT, end_BT, trim_BTC = model(*(batch[name] for name in names))
        is_hidden_BT = batch["candidates"] == 0
        lowest = torch.finfo(torch.float32).min
        return (
            start_BT.float().masked_fill(is_hidden_BT, lowest),
            end_BT.float().masked_fill(is_hidden_BT, lowest),
            trim_BTC.float(),
        )

    def evaluate(self, model: nn.Module, batches: Iterable[Batch]) -> dict[str, float]:
        """Return figures over questions: the F1 and equality of characters by their place.

        They are close to the official ones, which compare the texts (``madang.metrics.answer``).
        """
        windows: dict[int, list[ScoredWindow]] = {}
        answers: dict[int, Characters] = {}
        loss_sum, num_windows = 0.0, 0
        for batch in batches:
            logits = self.logits(model, batch)
            loss_sum += float(_loss_sum(logits, batch))
            numbers = batch["question"].tolist()
            num_windows += len(numbers)
            for number, answer in zip(numbers, batch["answer"].tolist(), strict=True):
                answers[number] = (answer[0], answer[1])
            for number, window in zip(numbers, scored_windows(logits, batch), strict=True):
                windows.setdefault(number, []).append(window)
        found = {number: find_spans(parts, num_spans=1) for number, parts in windows.items()}
        shares = [_span_f1(spans, answers[number]) for number, spans in found.items()]
        return {
            "span_f1": sum(shares) / len(shares),
            "span_match": sum(share == 1.0 for share in shares) / len(shares),
            "loss": loss_sum / num_windows,
        }


def _loss_sum(logits: Logits, batch: Batch) -> Tensor:
    start_BT, end_BT, trim_BTC = logits
    trim_BC = trim_BTC[torch.arange(len(trim_BTC)), batch["end"]]
    losses = (
        functional.cross_entropy(start_BT, batch["start"], reduction="sum"),
        functional.cross_entropy(end_BT, batch["end"], reduction="sum"),
        functional.cross_entropy(trim_BC, batch["trim"], reduction="sum", ignore_index=ANYWHERE),
    )
    return torch.stack(losses).sum()


def scored_windows(logits: Logits, batch: Batch) -> Iterator[ScoredWindow]:
    """Yield what decoding needs of each window of a batch."""
    arrays = [tensor.cpu().numpy() for tensor in logits]
    for *outputs, (first, stop), characters in zip(
        *arrays, batch["context"].tolist(), batch["offsets"].cpu(), strict=True
    ):
        scores = Scores.of(outputs, first=first, stop=stop)
        yield scores, [(start, end) for start, end in characters[first:stop].tolist()]


def _span_f1(spans: Sequence[Span], answer: Characters) -> float:
    """Return the F1 between the best span and the answer, over the characters' places."""
    if not spans:
        return 0.0
    shared = max(0, min(spans[0].end, answer[1]) - max(spans[0].start, answer[0]))
    return 2 * shared / (spans[0].end - spans[0].start + answer[1] - answer[0])
