"""What a checkpoint computes of one text: logits, evidence, gradients, attention."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from madang import storage
from madang.errors import CheckpointError
from madang.formats.manifest import WEIGHTS_NAME
from madang.models.bert.attention_map import attention_maps
from madang.models.bert.attribution import from_embeddings, integrated_gradients
from madang.models.bert.model import BertEncoder
from madang.models.checkpoint import load_checkpoint

Floats = NDArray[np.float64]


class Inspection:
    """What a checkpoint's model does with one text, given as token ids."""

    def __init__(self, folder: Path, ids: Sequence[int], *, special: Sequence[bool]) -> None:
        """Open the folder; raises ``CheckpointError`` where its model has no BERT encoder."""
        self._model = load_checkpoint(folder).model.eval()
        encoder = getattr(self._model, "encoder", self._model)
        if not isinstance(encoder, BertEncoder):
            raise CheckpointError(
                f"{folder} holds a {type(self._model).__name__}, which has no BERT encoder. "
                f"Give the folder of a model that has."
            )
        self._encoder = encoder
        self._ids = torch.tensor(ids)
        self._special = torch.tensor(special)
        self.version = storage.sha256_of(folder / WEIGHTS_NAME)[:12]

    def gradients(self, weights: Floats, *, hidden_id: int) -> tuple[Floats, float, float]:
        """Return the share of each token (T) in ``logits · weights``, that score without them all,
        and with them.

        The way begins at a text of the same length whose tokens are all ``hidden_id``, but for the
        special ones.
        """
        weights_C = torch.tensor(weights, dtype=torch.float32)
        hidden_ids = torch.where(self._special, self._ids, torch.tensor(hidden_id))
        logits = from_embeddings(self._model, self._encoder, self._ids)
        with torch.no_grad():
            text_TD, hidden_TD = (
                self._encoder.embed(row[None])[0] for row in (self._ids, hidden_ids)
            )
            without, score = (logits(torch.stack([hidden_TD, text_TD])) @ weights_C).tolist()
        shares_T = integrated_gradients(
            lambda embedded_BTD: logits(embedded_BTD) @ weights_C, text_TD, baseline_TD=hidden_TD
        )
        return shares_T.double().numpy(), without, score

    def attention(self) -> list[NDArray[np.float32]]:
        """Return the attention weights of each layer, (H, T, T)."""
        with torch.inference_mode():
            maps = attention_maps(self._encoder, self._ids[None])
        return [weight_BHTS[0].numpy() for weight_BHTS in maps]
