"""Masked language modelling: hide some tokens, ask the model what they were.

Learns from any text without labels. Good before a task with few labels, on text of its register.
Of the chosen tokens 80 % become [MASK], 10 % a random token and 10 % stay, because [MASK] never
appears later on: Devlin 2018, section 3.1. Choosing whole words at once makes the task harder and
the encoder better where words are made of several pieces (the release notes of BERT, May 2019).
"""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from madang.errors import SettingError
from madang.tasks.objective import hide, loss_output
from madang.text.tokenizer import WORD_START, Tokenizer
from madang.training.objective import Batch, LossOutput, attention_mask, pad
from madang.training.optimization.cross_entropy import summed_cross_entropy

TokenIds = Sequence[int] | NDArray[np.int64]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """What masking has to know about a tokenizer.

    ``special_ids`` are never hidden and never put in at random. ``word_starts`` (V,) says of every
    id whether a word begins with it; ``None`` hides single tokens instead of whole words.
    """

    size: int
    pad_id: int
    mask_id: int
    special_ids: tuple[int, ...]
    word_starts: Tensor | None = None

    @classmethod
    def of(cls, tokenizer: Tokenizer, *, whole_words: bool) -> "Vocabulary":
        """Read a tokenizer's vocabulary; raises ``SettingError`` where it has no [MASK]."""
        if tokenizer.mask_id is None or tokenizer.pad_id is None:
            raise SettingError(
                "The tokenizer has no [MASK] or no [PAD] token, which masked tokens need. "
                "Train one with `madang.text.unigram`, or add them."
            )
        tokens = [tokenizer.token(index) for index in range(tokenizer.vocab_size)]
        starts = torch.tensor([token.startswith(WORD_START) for token in tokens])
        return cls(
            size=tokenizer.vocab_size,
            pad_id=tokenizer.pad_id,
            mask_id=tokenizer.mask_id,
            special_ids=tokenizer.special_ids,
            word_starts=starts if whole_words else None,
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class MaskedTokens:
    """Cross-entropy at the hidden tokens only; an example is a sequence of token ids.

    ``model(input_ids, attention_mask, rows=rows)`` gives logits (N, V) of the N hidden tokens,
    where ``rows`` counts through the flattened batch: scoring the vocabulary at every position
    would be most of the work.
    ``share`` of each text is hidden, at least one token (or word).
    """

    higher_is_better: ClassVar[bool] = False
    vocabulary: Vocabulary
    share: float = 0.15

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise SettingError(f"share is {self.share}; it must be above 0 and below 1.")

    def length(self, example: TokenIds) -> int:
        return len(example)

    def collate(self, examples: Sequence[TokenIds], generator: torch.Generator) -> Batch:
        """Return ``input_ids``, ``attention_mask`` (B, T), ``rows`` (N,) and ``labels`` (N,).

        Without padding there is no mask: attention is faster where nothing is to be hidden.
        """
        original_BT = pad(examples, value=self.vocabulary.pad_id)
        hidable_BT = ~torch.isin(original_BT, torch.tensor(self.vocabulary.special_ids))
        selected_BT = self._select(original_BT, hidable_BT, generator)
        batch = {
            "input_ids": self._hide(original_BT, selected_BT, generator),
            "rows": selected_BT.flatten().nonzero().squeeze(1),
            "labels": original_BT[selected_BT],
        }
        has_padding = len({len(example) for example in examples}) > 1
        return {**batch, "attention_mask": attention_mask(examples)} if has_padding else batch

    def _select(self, ids_BT: Tensor, hidable_BT: Tensor, generator: torch.Generator) -> Tensor:
        starts_word_V = self.vocabulary.word_starts
        if starts_word_V is None:
            word_BT = torch.arange(ids_BT.shape[1]).expand_as(ids_BT)
        else:
            # A special token ends a word too.
            word_BT = (starts_word_V[ids_BT] | ~hidable_BT).cumsum(1)
        return select_words(word_BT, hidable_BT, share=self.share, generator=generator)

    def _hide(self, ids_BT: Tensor, selected_BT: Tensor, generator: torch.Generator) -> Tensor:
        chance_BT = torch.rand(ids_BT.shape, generator=generator)
        allowed = torch.ones(self.vocabulary.size, dtype=torch.bool)
        allowed[list(self.vocabulary.special_ids)] = False
        allowed_ids = allowed.nonzero().squeeze(1)
        draw_BT = torch.randint(len(allowed_ids), ids_BT.shape, generator=generator)
        mask_id, drawn_BT = self.vocabulary.mask_id, allowed_ids[draw_BT]
        return hide(ids_BT, selected_BT, chance_BT, mask_id=mask_id, drawn_BT=drawn_BT)

    def loss(self, model: nn.Module, batch: Batch) -> LossOutput:
        loss_sum = summed_cross_entropy(self._logits(model, batch), batch["labels"])
        return loss_output(loss_sum, batch, num_items=len(batch["labels"]))

    def _logits(self, model: nn.Module, batch: Batch) -> Tensor:
        mask = batch.get("attention_mask")
        logits_NV: Tensor = model(batch["input_ids"], mask, rows=batch["rows"])
        return logits_NV

    def evaluate(self, model: nn.Module, batches: Iterable[Batch]) -> dict[str, float]:
        """Return loss and accuracy over the hidden tokens."""
        loss_sum, num_right, num_items = 0.0, 0, 0
        for batch in batches:
            logits_NV, labels_N = self._logits(model, batch).float(), batch["labels"]
            loss_sum += float(functional.cross_entropy(logits_NV, labels_N, reduction="sum"))
            num_right += int((logits_NV.argmax(-1) == labels_N).sum())
            num_items += len(labels_N)
        count = max(num_items, 1)
        return {"loss": loss_sum / count, "accuracy": num_right / count}


def select_words(
    word_BT: Tensor, hidable_BT: Tensor, *, share: float, generator: torch.Generator
) -> Tensor:
    """Select about ``share`` of the hidable tokens of each row, each word whole or not at all.

    ``word_BT`` numbers the words of a row. A word that would exceed the share is left out, unless
    it is the first drawn: every row with a hidable token gives something to learn.

    >>> word_BT, hidable_BT = torch.tensor([[0, 1, 1, 2]]), torch.ones(1, 4, dtype=torch.bool)
    >>> selected_BT = select_words(
    ...     word_BT, hidable_BT, share=0.01, generator=torch.Generator().manual_seed(1))
    >>> sorted(set(word_BT[selected_BT].tolist())), len(set(word_BT[~selected_BT].tolist()))
    ([1], 2)
    """
    num_words = int(word_BT.max()) + 1
    chance_BW = torch.rand((len(word_BT), num_words), generator=generator)
    chance_BT = chance_BW.gather(1, word_BT).masked_fill(~hidable_BT, torch.inf)
    # Tokens in the order in which their words are drawn; the sort keeps a word together.
    order_BT = chance_BT.argsort(dim=1, stable=True)
    rank_BT = torch.empty_like(order_BT).scatter_(
        1, order_BT, torch.arange(word_BT.shape[1]).expand_as(order_BT)
    )
    budget_B = (hidable_BT.sum(1) * share).round().clamp(min=1)
    last_rank_BW = torch.zeros(chance_BW.shape, dtype=torch.int64).scatter_reduce_(
        1, word_BT, rank_BT.masked_fill(~hidable_BT, 0), reduce="amax"
    )
    fits_BT = last_rank_BW.gather(1, word_BT) < budget_B[:, None]
    is_first_BT = chance_BT == chance_BT.min(dim=1, keepdim=True).values
    return hidable_BT & (fits_BT | is_first_BT)
