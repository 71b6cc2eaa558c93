"""One vector a text: the mean of its tokens' vectors.

Source: Reimers and Gurevych 2019 (Sentence-BERT), section 3: of [CLS], the largest and the mean,
the mean of all tokens carries similarity best. It is scaled to length 1, so that a product of two
is their cosine.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from torch import Tensor
from torch.nn import functional

from madang.models.bert.model import BertWithHead

# What sentence-transformers reads: the encoder, the mean of its vectors, made as long as 1.
PARTS = {"": "Transformer", "1_Pooling": "Pooling", "2_Normalize": "Normalize"}


class SentenceEncoder(BertWithHead):
    """Turn texts into vectors of length 1 that are near where the texts mean the same.

    The weights are those of the encoder alone, and open as one; ``sequence_pooling`` in
    ``config.json`` says that its vectors are meant to be averaged. ``modules.json`` says the same
    to sentence-transformers, which opens the folder and gives the same vectors.
    """

    architecture: ClassVar[str] = "BertModel"
    table: ClassVar[str] = "SentenceEncoder"
    further_fields: Mapping[str, Any] = {"sequence_pooling": "mean"}

    @property
    def further_files(self) -> Mapping[str, Any]:
        """What sentence-transformers reads beside the encoder."""
        modules = [
            {
                "idx": number,
                "name": str(number),
                "path": path,
                "type": f"sentence_transformers.models.{part}",
            }
            for number, (path, part) in enumerate(PARTS.items())
        ]
        pooling = {
            "word_embedding_dimension": self.config.hidden_size,
            "pooling_mode_mean_tokens": True,
        }
        return {"modules.json": modules, "1_Pooling/config.json": pooling}

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        """Return the vectors of the texts, (B, D), each of length 1."""
        hidden_BTD = self.encoder.encode(input_ids, attention_mask).float()
        if attention_mask is None:
            return functional.normalize(hidden_BTD.mean(dim=1), dim=-1)
        # The sum points where the mean does, and length is all that parts them.
        real_BT1 = attention_mask.to(hidden_BTD.dtype)[:, :, None]
        return functional.normalize((hidden_BTD * real_BT1).sum(dim=1), dim=-1)
