"""From sources to token shards, in one stream: read, clean, leave out repeats, split, pack, write.

Memory holds a batch of documents, one shard and the fingerprints of earlier documents, so the text
may be many times larger than it.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from madang.corpus.cleaning import DEFAULT_LANGUAGES, clean, find_scripts
from madang.corpus.deduplication import drop_near_repeats, drop_repeats
from madang.corpus.packing import build_packing
from madang.corpus.shard import TokenRows, write_shards
from madang.corpus.source import Source, read_documents
from madang.text.sentence import sentence_spans
from madang.text.tokenizer import Tokenizer

BATCH = 2048


def clean_documents(
    sources: Sequence[Source],
    *,
    near_repeats: bool = True,
    languages: Sequence[str] = DEFAULT_LANGUAGES,
) -> Iterator[str]:
    """Yield the cleaned documents of all sources, each once, with lines in ``languages`` alone."""
    scripts = find_scripts(languages)
    texts = (clean(text, scripts) for source in sources for text in read_documents(source))
    unique = drop_repeats(text for text in texts if text)
    return drop_near_repeats(unique) if near_repeats else unique


def build_corpus(
    documents: Iterable[str | tuple[str, str]],
    tokenizer: Tokenizer,
    folder: Path,
    *,
    row_length: int,
    packing: str = "bert",
) -> TokenRows:
    """Write documents, packed as ``build_packing`` says, into shards; open them.

    A document is a text, or for the packing ``"pairs"`` a source and its target. Raises
    ``SettingError`` for a tokenizer without the special tokens of the packing.
    """
    packed = build_packing(packing, tokenizer, row_length=row_length)
    rows = packed.pack(_part_ids(documents, tokenizer))
    write_shards(rows, folder, tokenizer_sha256=tokenizer.sha256, vocab_size=tokenizer.vocab_size)
    return TokenRows(folder, tokenizer_sha256=tokenizer.sha256)


def _part_ids(
    documents: Iterable[str | tuple[str, str]], tokenizer: Tokenizer
) -> Iterator[list[list[int]]]:
    """Yield each document as the token ids of its parts: its sentences, or the texts of a pair."""
    iterator = iter(documents)
    while batch := list(itertools.islice(iterator, BATCH)):
        parts_of = [_parts(document) for document in batch]
        ids = iter(tokenizer.encode_ids(list(itertools.chain.from_iterable(parts_of))))
        for document, parts in zip(batch, parts_of, strict=True):
            found = list(itertools.islice(ids, len(parts)))
            # A sentence without a token is none, but an empty side of a pair keeps its place.
            yield [row for row in found if row or not isinstance(document, str)]


def _parts(document: str | tuple[str, str]) -> Sequence[str]:
    if isinstance(document, str):
        return [document[start:end] for start, end in sentence_spans(document)]
    return document
