"""A published BERT folder becomes a checkpoint of ours, ready to be fine-tuned or exported."""

from pathlib import Path

from madang.models.bert.published import open_encoder
from madang.models.checkpoint import save_checkpoint
from madang.text.published import open_tokenizer

TASK = "encoder"


def adopt(folder: Path, output: Path) -> Path:
    """Write the encoder and the tokenizer of a published BERT folder as a checkpoint; return it.

    ``output`` then serves as the ``encoder`` of a recipe, and `madang export` makes it quick.

    Raises ``CheckpointError`` when the folder lacks something or has what can not be opened.
    """
    folder, output = Path(folder), Path(output)
    encoder = open_encoder(folder)
    tokenizer = open_tokenizer(folder)
    save_checkpoint(
        output,
        encoder,
        tokenizer_json=tokenizer.to_json(),
        task=TASK,
        max_length=encoder.config.max_position_embeddings,
        record={"adopted_from": folder.resolve().name},
    )
    return output
