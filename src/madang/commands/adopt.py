"""``madang adopt``: a published BERT folder becomes a checkpoint of ours."""

import shlex
from pathlib import Path


def adopt(*, model: Path, output: Path) -> None:
    """Make a checkpoint of a published BERT folder, KoBERT's for one.

    Args:
        model: the folder as it was published: config.json, weights, tokenizer.
        output: the folder to write; a recipe takes it as its encoder.
    """
    from madang.models.bert.published import open_encoder
    from madang.models.checkpoint import save_checkpoint
    from madang.text.published import open_tokenizer

    encoder = open_encoder(model)
    save_checkpoint(
        output,
        encoder,
        tokenizer_json=open_tokenizer(model).to_json(),
        task="encoder",
        max_length=encoder.config.max_position_embeddings,
        record={"adopted_from": model.resolve().name},
    )
    print(f"The checkpoint is in {output}.")
    print(f'Fine-tune it: a recipe with [encoder] folder = "{output}"')
    print(f"Make it fast: madang export --model {shlex.quote(str(output))} --output FOLDER")
