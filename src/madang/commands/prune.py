"""``madang prune``: an encoder keeps the pieces of its vocabulary that a community writes."""

import dataclasses
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

from madang.errors import SettingError

# So many texts tell how much becomes unknown.
MEASURED = 20_000


def prune(
    *,
    model: Path,
    output: Path,
    languages: tuple[str, ...] = (),
    texts: tuple[str, ...] = (),
    least: int = 10,
) -> None:
    """Leave out of an encoder's vocabulary what is not written, and the vectors with it.

    Single characters that the texts use, Hangul, ASCII and emoji always stay.

    Args:
        model: the checkpoint of an encoder with a Unigram vocabulary, as `madang adopt` writes.
        output: the folder to write.
        languages: keep pieces in the letters of these alone, such as ko en.
        texts: data sets by name, or files with a text a line; keep pieces that occur in them.
        least: how often a piece of several characters must occur in the texts.
    """
    from madang.models.bert.model import BertEncoder
    from madang.models.bert.vocabulary import keep_tokens
    from madang.models.checkpoint import load_checkpoint, save_checkpoint
    from madang.text import pruning
    from madang.text.tokenizer import Tokenizer

    checkpoint = load_checkpoint(model)
    encoder, tokenizer = checkpoint.model, Tokenizer.load(model)
    if not isinstance(encoder, BertEncoder):
        raise SettingError(
            f"{model} is a model for {checkpoint.manifest.task!r}; an encoder alone is pruned, "
            f"before it is fine-tuned. Give the folder that `madang adopt` wrote."
        )
    counts = None
    if texts:
        counts = pruning.count_pieces(tokenizer, chain.from_iterable(map(_read, texts)))
    found = pruning.prune(tokenizer, languages=languages, counts=counts, least=least)
    smaller = keep_tokens(encoder, found.old_ids, pad_id=found.tokenizer.pad_id or 0)
    manifest = checkpoint.manifest
    how: dict[str, Any] = {
        "languages": list(languages),
        "texts": list(texts),
        "least": least if texts else None,
    }
    pruned = {**how, "pieces_before": tokenizer.vocab_size, "pieces": found.tokenizer.vocab_size}
    print(f"pieces: {tokenizer.vocab_size:,} before, {found.tokenizer.vocab_size:,} after")
    print(f"parameters: {_size(encoder):,} before, {_size(smaller):,} after")
    if texts:
        sample = list(islice(chain.from_iterable(map(_read, texts)), MEASURED))
        before, after = (
            pruning.unknown_share(each, sample) for each in (tokenizer, found.tokenizer)
        )
        pruned |= {"unknown_before": round(before, 6), "unknown": round(after, 6)}
        print(f"characters that become unknown: {before:.4%} before, {after:.4%} after")
    save_checkpoint(
        output,
        smaller,
        tokenizer_json=found.tokenizer.to_json(),
        task=manifest.task,
        max_length=manifest.max_length,
        record={**manifest.record, "pruned": pruned},
    )
    print(f"The checkpoint is in {output}.")
    print(f'Fine-tune it: a recipe with [encoder] folder = "{output}"')


def _read(name: str) -> Iterator[str]:
    """Yield the texts of a data set, what is measured on left out, or the lines of a file."""
    from madang.datasets import registry
    from madang.datasets.table.encoding import read_text
    from madang.datasets.table.reader import is_path

    if is_path(name):
        yield from (line for line in read_text(Path(name)).splitlines() if line.strip())
        return
    card = registry.find_card(name)
    for split in card.splits:
        if split in card.measured_on:
            continue
        for row in registry.stream(name, split):
            cells = (getattr(row, field.name) for field in dataclasses.fields(row))
            yield from (cell for cell in cells if isinstance(cell, str))


def _size(encoder: object) -> int:
    from torch import nn

    assert isinstance(encoder, nn.Module)
    return sum(parameter.numel() for parameter in encoder.parameters())
