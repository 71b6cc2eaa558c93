"""BERT4Rec's and SASRec's numbers: BERT's names, the papers' sizes."""

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from madang.models.bert.config import BertConfig
from madang.models.config import Layers
from madang.validation import Count

LAST_ID = -1


@dataclasses.dataclass(frozen=True, kw_only=True)
class Bert4RecConfig(BertConfig):
    """The size and dropout of a BERT4Rec model; the defaults are Sun 2019, section 4.4.

    ``vocab_size`` counts the items and the special ids: ``pad_token_id``, then the items, then
    ``mask_token_id``, which is the last id where it is not given. The paper has no token types:
    the one type there is is a constant beside the positions, kept so that the file opens as a BERT.
    """

    vocab_size: Count = 26_746
    hidden_size: Count = 64
    num_hidden_layers: Layers = 2
    num_attention_heads: Count = 2
    intermediate_size: Count = 256
    max_position_embeddings: Count = 200
    type_vocab_size: Count = 1
    mask_token_id: int = LAST_ID

    def __post_init__(self) -> None:
        """Refuse what no model can have with ``SettingError``; settle the id of the mask."""
        super().__post_init__()
        if self.mask_token_id == LAST_ID:
            object.__setattr__(self, "mask_token_id", self.vocab_size - 1)

    def of_items(self, num_items: int) -> Self:
        """Return the same size for items 1 to ``num_items``, padding 0 and the mask after them.

        >>> config = Bert4RecConfig().of_items(8)
        >>> config.pad_token_id, config.mask_token_id, config.vocab_size
        (0, 9, 10)
        """
        return dataclasses.replace(self, vocab_size=num_items + 2, mask_token_id=num_items + 1)


@dataclasses.dataclass(frozen=True, kw_only=True)
class SasRecConfig(Bert4RecConfig):
    """The same numbers for the network with a causal mask: at Hugging Face a BERT decoder.

    The id of the mask is kept, so that items have the same ids, and never read.
    """

    fixed: ClassVar[Mapping[str, Any]] = {**BertConfig.fixed, "is_decoder": True}
