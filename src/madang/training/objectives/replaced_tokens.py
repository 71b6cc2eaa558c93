"""Replaced-token detection: say of every token whether it is the original.

Learns from any text without labels, from every position instead of the hidden ones alone. The
generator's guesses are the hard cases, so it learns beside. Source: Clark 2020 (ELECTRA),
sections 2 and 3.1; its weight of 50 balances a cross-entropy over two with one over the vocabulary.
"""

import dataclasses
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from madang.metrics.classification import roc_auc
from madang.tasks.masked_tokens.objective import MaskedTokens, TokenIds, Vocabulary
from madang.training.loop.objective import Batch, LossOutput, attention_mask, pad

FINDER_WEIGHT = 50.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class ReplacedTokens:
    """Generator and finder together; an example is a sequence of token ids.

    ``model(hidden, original, attention_mask, rows=rows)`` gives the generator's scores (N, V), the
    finder's logits (B, T) and what was replaced (B, T), as ``madang.models.electra.Electra`` does.
    ``share`` of each text is given to the generator.
    """

    vocabulary: Vocabulary
    share: float = 0.15

    @property
    def higher_is_better(self) -> bool:
        return True

    def length(self, example: TokenIds) -> int:
        return len(example)

    def collate(self, examples: Sequence[TokenIds], generator: torch.Generator) -> Batch:
        """Return a batch of ``MaskedTokens``, all chosen tokens hidden, and ``original`` (B, T)."""
        batch = MaskedTokens(vocabulary=self.vocabulary, share=self.share).collate(
            examples, generator
        )
        original_BT = pad(examples, value=self.vocabulary.pad_id)
        hidden_BT = original_BT.flatten().index_fill(0, batch["rows"], self.vocabulary.mask_id)
        return {
            **batch,
            "attention_mask": attention_mask(examples),
            "input_ids": hidden_BT.view_as(original_BT),
            "original": original_BT,
        }

    def loss(self, model: nn.Module, batch: Batch) -> LossOutput:
        scores_NV, logits_N, replaced_N = self._answers(model, batch)
        guessing = functional.cross_entropy(scores_NV.float(), batch["labels"], reduction="sum")
        finding = functional.binary_cross_entropy_with_logits(logits_N, replaced_N)
        num_items = len(batch["labels"])
        return LossOutput(
            loss_sum=guessing + FINDER_WEIGHT * num_items * finding,
            num_items=num_items,
            num_tokens=int(batch["attention_mask"].sum()),
        )

    def _answers(self, model: nn.Module, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Return the generator's scores, and of the real tokens the finder's logits and truth."""
        scores_NV, logits_BT, replaced_BT = model(
            batch["input_ids"], batch["original"], batch["attention_mask"], rows=batch["rows"]
        )
        is_real_BT = batch["attention_mask"].bool()
        return scores_NV, logits_BT[is_real_BT].float(), replaced_BT[is_real_BT].float()

    def evaluate(self, model: nn.Module, batches: Iterable[Batch]) -> dict[str, float]:
        """Return how well replaced tokens are told from others, and both accuracies."""
        logits, replaced = [], []
        num_right, num_guessed = 0, 0
        for batch in batches:
            scores_NV, logits_N, replaced_N = self._answers(model, batch)
            num_right += int((scores_NV.argmax(-1) == batch["labels"]).sum())
            num_guessed += len(scores_NV)
            logits.append(logits_N.cpu())
            replaced.append(replaced_N.cpu())
        logits_N, replaced_N = torch.cat(logits), torch.cat(replaced)
        return {
            "roc_auc": roc_auc(logits_N.double().numpy(), replaced_N.long().numpy()),
            "found_accuracy": float(((logits_N > 0) == replaced_N.bool()).float().mean()),
            "generator_accuracy": num_right / max(num_guessed, 1),
        }
