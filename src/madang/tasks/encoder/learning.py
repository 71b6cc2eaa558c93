"""The module by which a bare encoder answers; it is learned by other tasks."""

from torch import Tensor, nn

from madang.errors import ExportError
from madang.models.bert.model import BertEncoder
from madang.tasks.learning import Head


class Reading(nn.Module):
    """An encoder that gives the vectors of its tokens and of its texts."""

    def __init__(self, encoder: BertEncoder) -> None:
        super().__init__()
        if encoder.pooler is None:
            raise ExportError(
                "The encoder has no pooler, which makes pooled_output. Export a sentence encoder "
                "instead, or an encoder that kept its pooler."
            )
        self.encoder = encoder

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor
    ) -> tuple[Tensor, ...]:
        """Return ``sequence_output`` (B, T, D) and ``pooled_output`` (B, D)."""
        output = self.encoder(input_ids, attention_mask, token_type_ids)
        assert output.pooled_output is not None
        return output.sequence_output, output.pooled_output


HEAD = Head(BertEncoder, "is a bare encoder", Reading)
