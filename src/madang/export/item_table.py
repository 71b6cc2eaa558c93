"""A recommender's graph, and the table of item vectors that stays outside of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from madang.formats.item_list import arrays_sha256, read_arrays, read_items, write_items
from madang.formats.manifest import read_manifest
from madang.models.bert4rec import Bert4Rec, SasRec


class NextVector(nn.Module):
    """A recommender that reads vectors of items, all of one length, and answers with one."""

    def __init__(self, model: Bert4Rec) -> None:
        super().__init__()
        self.model = model

    def forward(self, inputs_embeds: Tensor) -> Tensor:
        """Return what items' vectors are multiplied by to score them as the next, (B, D)."""
        return self.model.vector_last(inputs_embeds)


def write_item_table(model: Bert4Rec, source: Path, output: Path) -> Mapping[str, Any]:
    """Write the catalogue of a checkpoint beside its graph, with the vectors of the items.

    Returns what the export's record says of it.
    """
    record = read_manifest(source).record
    items = read_items(source, sha256=record.get("items_sha256"))
    last = model.config.mask_token_id
    vectors = model.encoder.token.weight.detach().numpy()
    arrays = {
        **read_arrays(source, names=(), sha256=record.get("arrays_sha256")),
        "vectors": vectors[1:last],
        "offsets": model.head.bias.detach().numpy()[1:last],
    }
    if not isinstance(model, SasRec):
        arrays["mask"] = vectors[last]
    write_items(output, items=items, arrays=arrays, texts={})
    return {"arrays_sha256": arrays_sha256(arrays)}
