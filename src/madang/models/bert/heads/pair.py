"""The head that compares two texts which one encoder reads as one sequence.

A large encoder learns by itself which words of two texts correspond, and its first vector holds the
result. A small one that learns from a few thousand pairs does not; this head helps it in two ways
that need next to no weights:

- tokens that the other text has too are marked at the input (exact match: Chen 2017, section 3.2);
- the two texts' own vectors u and v meet as u, v, |u - v|, u * v (Conneau 2017, section 3.1).
"""

from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from madang.core.dropout import Dropout
from madang.errors import SettingError
from madang.models.bert.config import BertConfig
from madang.models.bert.model import BertEncoder, BertWithHead
from madang.models.model import initialize


class Sides(NamedTuple):
    """Which positions belong to the first text and which to the second, (B, T) each, as booleans.

    [CLS], [SEP] and padding belong to neither.
    """

    first: Tensor
    second: Tensor


def find_sides(token_type_ids: Tensor, attention_mask: Tensor) -> Sides:
    """Return the positions of two texts in ``[CLS] first [SEP] second [SEP]``.

    >>> types_BT, mask_BT = torch.tensor([[0, 0, 0, 1, 1, 0]]), torch.tensor([[1, 1, 1, 1, 1, 0]])
    >>> [side.int().tolist() for side in find_sides(types_BT, mask_BT)]
    [[[0, 1, 0, 0, 0, 0]], [[0, 0, 0, 1, 0, 0]]]
    """
    # 1 in the first text, 2 in the second, 0 in padding; a [SEP] is the last of its run.
    part_BT = (token_type_ids + 1) * attention_mask
    next_BT = functional.pad(part_BT[:, 1:], (0, 1))
    is_word_BT = part_BT == next_BT
    is_first_BT = functional.pad(part_BT[:, 1:] == 1, (1, 0))  # without [CLS]
    return Sides(first=is_word_BT & is_first_BT, second=is_word_BT & (part_BT == 2))


def find_matches(input_ids: Tensor, sides: Sides) -> Tensor:
    """Return 1 at the tokens that the other text has too, (B, T), and 0 elsewhere."""
    is_same_BTS = input_ids[:, :, None] == input_ids[:, None, :]
    across_BTS = sides.first[:, :, None] & sides.second[:, None, :]
    across_BTS = across_BTS | (sides.second[:, :, None] & sides.first[:, None, :])
    return (is_same_BTS & across_BTS).any(dim=2).long()


def mean_of(hidden_BTD: Tensor, side_BT: Tensor) -> Tensor:
    """Return the mean of the vectors of one text, (B, D); zero where it is empty."""
    weight_BT1 = side_BT[:, :, None].to(hidden_BTD.dtype)
    return (hidden_BTD * weight_BT1).sum(dim=1) / weight_BT1.sum(dim=1).clamp(min=1)


class Comparison(nn.Module):
    """Turn the vectors of two texts' tokens into C scores."""

    def __init__(self, config: BertConfig, *, num_labels: int) -> None:
        super().__init__()
        width = config.hidden_size
        self.dense = nn.Linear(5 * width, width)
        self.dropout = Dropout(config.head_dropout)
        self.classifier = nn.Linear(width, num_labels)
        for part in (self.dense, self.classifier):
            initialize(part, std=config.initializer_range)

    def forward(self, hidden_BTD: Tensor, sides: Sides) -> Tensor:
        """Return the scores, (B, C)."""
        first_BD, second_BD = (mean_of(hidden_BTD, side) for side in sides)
        between = ((first_BD - second_BD).abs(), first_BD * second_BD)
        read_BD = torch.cat([hidden_BTD[:, 0], first_BD, second_BD, *between], dim=-1)
        dense_BD = functional.gelu(self.dense(self.dropout(read_BD)))
        scores_BC: Tensor = self.classifier(self.dropout(dense_BD))
        return scores_BC


class BertForTextPairs(BertWithHead):
    """Say what holds between two texts: one of C labels, or a single score.

    ``is_symmetric`` says that the answer does not depend on which text is first; whoever asks then
    asks in both orders and takes the mean. ``largest_score`` is set for a model that scores: its
    score is the sigmoid of its one logit, times that. The encoder's weights keep Hugging Face's
    names, so that the folder opens as a ``BertModel`` elsewhere; the head is Madang's own.
    """

    architecture: ClassVar[str] = "BertForTextPairs"

    def __init__(
        self,
        encoder: BertEncoder,
        *,
        num_labels: int,
        is_symmetric: bool = False,
        largest_score: float | None = None,
    ) -> None:
        if num_labels < 1:
            raise SettingError(f"num_labels = {num_labels}; give at least one label.")
        config = encoder.config
        if config.type_vocab_size < 2:
            raise SettingError(
                f"The encoder has {config.type_vocab_size} token type; to tell two texts apart it "
                f"needs 2. Choose an encoder with type_vocab_size = 2."
            )
        super().__init__(encoder)
        self.num_labels = num_labels
        self.is_symmetric = is_symmetric
        self.largest_score = largest_score
        self.further_fields = {"is_symmetric": is_symmetric, "largest_score": largest_score}
        self.match = nn.Embedding(2, config.hidden_size)
        self.head = Comparison(config, num_labels=num_labels)
        initialize(self.match, std=config.initializer_range)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        """Return the logits, (B, C), of ``[CLS] first [SEP] second [SEP]``, (B, T) each.

        ``token_type_ids`` are 0 in the first text and 1 in the second.
        """
        sides = find_sides(token_type_ids, attention_mask)
        matched_BTD = self.match(find_matches(input_ids, sides))
        embedded_BTD = self.encoder.embed(input_ids, token_type_ids, added_BTD=matched_BTD)
        hidden_BTD = self.encoder.contextualize(embedded_BTD, attention_mask)
        scores_BC: Tensor = self.head(hidden_BTD, sides)
        return scores_BC
