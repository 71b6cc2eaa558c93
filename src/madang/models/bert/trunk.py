"""A BERT in two parts: the lower layers, which several models share, and what stands on them.

The lower part reads texts alone (one token type), so a model that adds something of its own to the
embeddings, as those for pairs of texts do, has no part to share.
"""

import copy
import hashlib

from torch import Tensor, nn

from madang.models.bert.heads.tagging import BertForCharacterTagging
from madang.models.bert.model import BertEncoder, BertWithHead


class LowerLayers(nn.Module):
    """The embeddings of an encoder and its first layers, which it shares with the encoder."""

    def __init__(self, encoder: BertEncoder, *, num_layers: int) -> None:
        super().__init__()
        self.encoder = copy.copy(encoder)
        # A copy shares the table of its parts with the original, until it is given its own.
        self.encoder._modules = {**encoder._modules, "blocks": encoder.blocks[:num_layers]}

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Return the vectors behind the last of the layers, (B, T, D)."""
        return self.encoder.encode(input_ids, attention_mask)


class UpperLayers(nn.Module):
    """The other layers of an encoder, under their numbers; its heads call it as they call one."""

    def __init__(self, encoder: BertEncoder, *, num_lower: int) -> None:
        super().__init__()
        upper = list(enumerate(encoder.blocks))[num_lower:]
        self.blocks = nn.ModuleDict({str(number): block for number, block in upper})
        self.token = encoder.token
        self._build_mask = encoder.build_mask

    def encode(self, hidden_BTD: Tensor, attention_mask: Tensor, _: Tensor | None = None) -> Tensor:
        """Return the hidden vectors that the layers make of those below, (B, T, D)."""
        mask = self._build_mask(hidden_BTD.shape[1], attention_mask)
        for block in self.blocks.values():
            hidden_BTD = block(hidden_BTD, mask=mask)
        return hidden_BTD


def above_trunk(model: BertWithHead, *, num_lower: int) -> BertWithHead:
    """Return a model whose encoder begins above its lower layers.

    It shares its weights with ``model``, and is called with vectors (B, T, D) for ``input_ids``.
    """
    upper = UpperLayers(model.encoder, num_lower=num_lower)
    above = copy.copy(model)
    above._modules = {**model._modules, "encoder": upper}
    if isinstance(model, BertForCharacterTagging):
        # The head looks characters up in the token table: it takes along what it makes of it.
        above._modules["head"], upper.token = model.head.folded(model.encoder.token)
    return above


def fingerprints(encoder: BertEncoder, *, num_layers: int) -> tuple[str, ...]:
    """Return the SHA-256 of an encoder's embeddings, and that of each of its first layers.

    They are of the weights, bit for bit, and of the settings by which these are used.
    """
    config = encoder.config
    how = f"{config.hidden_act} {config.num_attention_heads} {config.layer_norm_eps}"
    embeddings: dict[str, Tensor] = {
        "token": encoder.token.weight,
        "position": encoder.position.weight,
        "token_type": encoder.token_type.weight[:1],
        **{f"norm.{name}": weight for name, weight in encoder.norm.named_parameters()},
    }
    layers: list[dict[str, Tensor]] = [
        dict(block.named_parameters()) for block in encoder.blocks[:num_layers]
    ]
    return tuple(_fingerprint(how, weights) for weights in (embeddings, *layers))


def _fingerprint(how: str, weights: dict[str, Tensor]) -> str:
    digest = hashlib.sha256(how.encode())
    for name, weight in sorted(weights.items()):
        array = weight.detach().cpu().contiguous().numpy()
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
