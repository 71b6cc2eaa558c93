"""From sources to token shards, in one stream: read, clean, leave out repeats, split, pack, write.

At no moment more than a batch of documents, one shard and the fingerprints of what was seen are in
memory, so the text may be many times larger than it.
"""

import itertools
import logging
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from madang.corpus.cleaning import clean
from madang.corpus.deduplication import drop_near_repeats, drop_repeats
from madang.corpus.packing import Packer
from madang.corpus.shard import TokenRows, write_shards
from madang.corpus.source import Source, read_documents
from madang.errors import SettingError
from madang.text.sentence import sentence_spans
from madang.text.tokenizer import Tokenizer

LOGGER = logging.getLogger("madang.corpus")
BATCH = 2048


def clean_documents(sources: Sequence[Source], *, near_repeats: bool = True) -> Iterator[str]:
    """Yield the cleaned documents of all sources, each once."""
    texts = (clean(text) for source in sources for text in _announced(source))
    unique = drop_repeats(text for text in texts if text)
    return drop_near_repeats(unique) if near_repeats else unique


def build_corpus(
    documents: Iterable[str], tokenizer: Tokenizer, folder: Path, *, row_length: int
) -> TokenRows:
    """Write documents as packed rows of at most ``row_length`` tokens into shards; open them.

    Raises ``SettingError`` for a tokenizer without [CLS] and [SEP].
    """
    if tokenizer.cls_id is None or tokenizer.sep_id is None:
        raise SettingError("The tokenizer has no [CLS] or no [SEP], which rows begin and end with.")
    packer = Packer(cls_id=tokenizer.cls_id, sep_id=tokenizer.sep_id, row_length=row_length)
    rows = packer.pack(_sentence_ids(documents, tokenizer))
    write_shards(rows, folder, tokenizer_sha256=tokenizer.sha256)
    return TokenRows(folder, tokenizer_sha256=tokenizer.sha256)


def _announced(source: Source) -> Iterator[str]:
    LOGGER.info("Reading %s (%s)", source.name, source.split)
    return read_documents(source)


def _sentence_ids(documents: Iterable[str], tokenizer: Tokenizer) -> Iterator[list[list[int]]]:
    """Yield each document as the token ids of its sentences."""
    iterator = iter(documents)
    while batch := list(itertools.islice(iterator, BATCH)):
        sentences = [[text[start:end] for start, end in sentence_spans(text)] for text in batch]
        ids = iter(tokenizer.encode_ids(list(itertools.chain.from_iterable(sentences))))
        for parts in sentences:
            yield [row for row in itertools.islice(ids, len(parts)) if row]
