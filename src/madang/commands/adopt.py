"""``madang adopt``: a published BERT folder becomes a checkpoint of ours."""

from pathlib import Path


def adopt(*, model: Path, output: Path) -> None:
    """Make a checkpoint of a published BERT folder, KoBERT's for one.

    Args:
        model: the folder as it was published: config.json, weights, tokenizer.
        output: the folder to write.
    """
    from madang.export.adoption import adopt

    adopt(model, output)
    print(f"The checkpoint is in {output}.")
    print(f'Fine-tune it: a recipe with [encoder] folder = "{output}"')
    print(f"Make it fast: madang export --model {output} --output FOLDER")
