"""What a recipe reads that learns from text without labels: sources, cleaned and packed into rows.

What was built lies in the run's folder and is not built again.
"""

import dataclasses
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

from madang.corpus.build import build_corpus, clean_documents
from madang.corpus.cleaning import DEFAULT_LANGUAGES
from madang.corpus.shard import INDEX_NAME, TokenRows
from madang.corpus.source import Source
from madang.datasets.split import is_taken
from madang.recipes.recipe import Recipe
from madang.text.tokenizer import Tokenizer
from madang.validation import Count

LOGGER = logging.getLogger("madang.training")
HELD_OUT_SHARE = 0.002


@dataclasses.dataclass(frozen=True, kw_only=True)
class CorpusRecipe(Recipe):
    """A recipe that reads text without labels.

    ``sources``: what it reads, of which lines in ``languages`` are kept. ``row_length``: tokens to
    a training row. ``near_repeats``: look for texts that nearly repeat an earlier one.
    """

    sources: tuple[Source, ...]
    row_length: Count = 128
    near_repeats: bool = True
    languages: tuple[str, ...] = DEFAULT_LANGUAGES

    def documents(self) -> Iterator[str]:
        """Yield the cleaned documents of all sources, each once."""
        return clean_documents(
            self.sources, near_repeats=self.near_repeats, languages=self.languages
        )


def build_rows(
    documents: Iterable[str], tokenizer: Tokenizer, folder: Path, *, row_length: int, resume: bool
) -> tuple[TokenRows, TokenRows]:
    """Return the rows to train on, and held-out ones; they are built where ``folder`` has none.

    Raises ``DataError`` for sources that are missing or empty and for damaged shards, and
    ``TokenizerMismatchError`` for shards of another tokenizer.
    """
    folders = folder / "shards", folder / "held-out"
    # The held-out rows are written last: their index says that both are whole.
    if not (resume and (folders[1] / INDEX_NAME).is_file()):
        held_out: list[str] = []
        parts = divert(documents, held_out), held_out
        for texts, each in zip(parts, folders, strict=True):
            build_corpus(texts, tokenizer, each, row_length=row_length)
    train_rows, held_out_rows = (
        TokenRows(each, tokenizer_sha256=tokenizer.sha256) for each in folders
    )
    LOGGER.info("%d rows, %d tokens", len(train_rows), train_rows.num_tokens)
    return train_rows, held_out_rows


def divert(documents: Iterable[str], held_out: list[str]) -> Iterator[str]:
    """Yield the documents to train on; put one in 500, by hash, into ``held_out``, at least one."""
    last = None
    for text in documents:
        if is_taken("h" + text, HELD_OUT_SHARE):
            held_out.append(text)
            continue
        if last is not None:
            yield last
        last = text
    if last is not None and held_out:
        yield last
    elif last is not None:
        held_out.append(last)
