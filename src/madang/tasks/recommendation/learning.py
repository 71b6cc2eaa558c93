"""The module by which a recommender answers, and the table of item vectors that stays outside it.

How it is learned stands in the recipe of its kind (``madang.recipes.recommendation``).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from madang.formats.item_list import arrays_sha256, read_arrays, read_items, write_items
from madang.formats.manifest import read_manifest
from madang.models.bert4rec import Bert4Rec, SasRec
from madang.runtime.runner import Array
from madang.tasks.learning import Head


class NextVector(nn.Module):
    """A recommender that reads vectors of items, all of one length, and answers with one."""

    def __init__(self, model: Bert4Rec) -> None:
        super().__init__()
        self.model = model

    def forward(self, inputs_embeds: Tensor) -> Tensor:
        """Return what items' vectors are multiplied by to score them as the next, (B, D)."""
        return self.model.vector_last(inputs_embeds)


def item_arrays(model: Bert4Rec, folder: Path) -> dict[str, Array]:
    """Return the vectors of a checkpoint's items beside what describes new ones."""
    last = model.config.mask_token_id
    vectors = model.encoder.token.weight.detach().numpy()
    arrays = {
        **read_arrays(folder, names=(), sha256=read_manifest(folder).record.get("arrays_sha256")),
        "vectors": vectors[1:last],
        "offsets": model.head.bias.detach().numpy()[1:last],
    }
    if not isinstance(model, SasRec):
        arrays["mask"] = vectors[last]
    return arrays


def write_item_table(model: Bert4Rec, source: Path, output: Path) -> Mapping[str, Any]:
    """Write the catalogue of a checkpoint beside its graph, with the vectors of the items.

    Returns what the export's record says of it.
    """
    items = read_items(source, sha256=read_manifest(source).record.get("items_sha256"))
    arrays = item_arrays(model, source)
    write_items(output, items=items, arrays=arrays, texts={})
    return {"arrays_sha256": arrays_sha256(arrays)}


HEAD = Head(
    Bert4Rec,
    "scores items by their vectors",
    NextVector,
    arrays=item_arrays,
    write=write_item_table,
)
