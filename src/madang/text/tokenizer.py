"""A tokenizer: text to token ids with the characters each came from, and back.

One ``tokenizer.json`` in the format of the ``tokenizers`` library holds everything, normalisation
included. The bytes that were read are the bytes that are written, so the hash that a checkpoint
keeps of its tokenizer survives every copy.
"""

import dataclasses
import hashlib
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

import tokenizers

from madang import storage
from madang.errors import CheckpointError, SettingError
from madang.formats.manifest import TOKENIZER_NAME, find_tokenizer
from madang.text.composition import is_composed
from madang.text.unicode import end_of_character, replace_surrogates

FILE_NAME = TOKENIZER_NAME
WORD_START = "▁"


@dataclasses.dataclass(frozen=True, slots=True)
class Encoding:
    """One text as tokens.

    ``offsets`` are (start, end) in characters of the original text, white space before a word
    left out; a special token and a bare word start have an empty span. ``special`` marks what
    the text does not contain: [CLS], [SEP].
    """

    ids: list[int]
    offsets: list[tuple[int, int]]
    special: list[bool]

    @property
    def num_around(self) -> tuple[int, int]:
        """How many special tokens stand before and after the text."""
        size = len(self.special)
        before = next((i for i, each in enumerate(self.special) if not each), size)
        after = next((i for i, each in enumerate(reversed(self.special)) if not each), 0)
        return before, after

    def content(self) -> "Encoding":
        """Return the tokens of the text alone, without special ones."""
        kept = [index for index, is_special in enumerate(self.special) if not is_special]
        return Encoding(
            ids=[self.ids[index] for index in kept],
            offsets=[self.offsets[index] for index in kept],
            special=[False] * len(kept),
        )


@dataclasses.dataclass(frozen=True, slots=True)
class PairEncoding(Encoding):
    """Two texts as the tokens of one sequence: ``[CLS] first [SEP] second [SEP]``.

    ``type_ids`` are 0 up to the first [SEP] and 1 after it. An offset counts the characters of the
    text that its token is from.
    """

    type_ids: list[int]


class Tokenizer:
    """A trained tokenizer; build one by ``load``, ``train_unigram`` or ``load_sentencepiece``.

    The id of a special token is None where there is no such token. ``pad_id`` fills a batch;
    ``unk_id`` stands for what the vocabulary lacks; ``cls_id`` stands before every text and
    ``sep_id`` after it; ``mask_id`` hides a token; ``bos_id`` begins a generated text, ``eos_id``
    ends it.
    """

    def __init__(self, json: str) -> None:
        self._json = json
        self._tokenizer = tokenizers.Tokenizer.from_str(json)
        # A file from elsewhere may ask for padding or truncation; here the caller decides.
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        # "[SEP]" typed by a person is text, not a special token.
        self._tokenizer.encode_special_tokens = True
        self.pad_id = self._first_id("[PAD]", "<pad>")
        self.unk_id = self._first_id("[UNK]", "<unk>")
        self.cls_id = self._first_id("[CLS]")
        self.sep_id = self._first_id("[SEP]")
        self.mask_id = self._first_id("[MASK]", "<mask>")
        self.bos_id = self._first_id("<s>", "[BOS]")
        self.eos_id = self._first_id("</s>", "[EOS]")

    @classmethod
    def load(cls, path: Path) -> "Tokenizer":
        """Read a ``tokenizer.json``, or the one of a model in a folder.

        Raises ``CheckpointError`` when it is missing, cut off or not a tokenizer.
        """
        path = Path(path)
        file = find_tokenizer(path) if path.is_dir() else path
        try:
            return cls(file.read_bytes().decode())
        except FileNotFoundError as error:
            raise CheckpointError(
                f"{file} is not there. Name a {FILE_NAME} or a folder that holds one."
            ) from error
        except Exception as error:  # the library raises bare Exception for malformed JSON
            raise CheckpointError.damaged(file, error, kind="a tokenizer") from error

    def save(self, folder: Path) -> None:
        """Write ``tokenizer.json`` into a folder, whole or not at all."""
        storage.write_text(Path(folder) / FILE_NAME, self._json)

    def to_json(self) -> str:
        """Return the content of ``tokenizer.json``."""
        return self._json

    @property
    def sha256(self) -> str:
        """The hexadecimal SHA-256 of the bytes of ``tokenizer.json``."""
        return hashlib.sha256(self._json.encode()).hexdigest()

    @property
    def vocab_size(self) -> int:
        """The number of tokens, special ones included."""
        return self._tokenizer.get_vocab_size()

    @property
    def pieces(self) -> dict[str, int]:
        """The id of every token, special ones included."""
        return self._tokenizer.get_vocab()

    @cached_property
    def character_ids(self) -> dict[str, int]:
        """The id of every token that is one character, by that character."""
        return {token: id for token, id in self.pieces.items() if len(token) == 1}

    @property
    def special_ids(self) -> tuple[int, ...]:
        """The ids of padding, the unknown, [CLS], [SEP] and [MASK], so far as they are there."""
        named = (self.pad_id, self.unk_id, self.cls_id, self.sep_id, self.mask_id)
        return tuple(id for id in named if id is not None)

    def _first_id(self, *names: str) -> int | None:
        ids = (self._tokenizer.token_to_id(name) for name in names)
        return next((id for id in ids if id is not None), None)

    def encode(self, texts: Sequence[str], *, max_length: int | None = None) -> list[Encoding]:
        """Turn texts into ids, with [CLS] and [SEP] around where the tokenizer has them.

        ``max_length`` counts the special tokens too; the end of a longer text is left out.
        """
        if isinstance(texts, str):
            raise SettingError("One string was given; encode takes a list of texts: [text].")
        num_special = self._num_special(max_length, is_pair=False)
        result = []
        for text, encoding in zip(*self._encode_plainly(texts), strict=True):
            if max_length is not None:
                encoding.truncate(max_length - num_special)
            encoding = self._tokenizer.post_process(encoding)
            special = [mark == 1 for mark in encoding.special_tokens_mask]
            spans = _spans(text, encoding.tokens, encoding.offsets, special)
            result.append(Encoding(ids=encoding.ids, offsets=spans, special=special))
        return result

    def encode_pairs(
        self, pairs: Sequence[tuple[str, str]], *, max_length: int | None = None
    ) -> list[PairEncoding]:
        """Turn each pair of texts into the ids of one sequence, with [CLS] and [SEP] between.

        ``max_length`` counts the special tokens too. Of a longer pair the end of the longer text
        is left out until both fit; of two long ones the same number of tokens stays, the first
        keeping the odd one.
        """
        num_special = self._num_special(max_length, is_pair=True)
        firsts, seconds = ([pair[side] for pair in pairs] for side in (0, 1))
        left = zip(*self._encode_plainly(firsts), strict=True)
        right = zip(*self._encode_plainly(seconds), strict=True)
        result = []
        for (first, first_part), (second, second_part) in zip(left, right, strict=True):
            if max_length is not None:
                room = share_room(len(first_part), len(second_part), max_length - num_special)
                first_part.truncate(room[0])
                second_part.truncate(room[1])
            whole = self._tokenizer.post_process(first_part, second_part)
            special = [mark == 1 for mark in whole.special_tokens_mask]
            cut = whole.type_ids.index(1) if 1 in whole.type_ids else len(whole.ids)
            spans = [
                span
                for text, part in ((first, slice(cut)), (second, slice(cut, None)))
                for span in _spans(text, whole.tokens[part], whole.offsets[part], special[part])
            ]
            result.append(
                PairEncoding(ids=whole.ids, type_ids=whole.type_ids, offsets=spans, special=special)
            )
        return result

    def _num_special(self, max_length: int | None, *, is_pair: bool) -> int:
        num_special = self._tokenizer.num_special_tokens_to_add(is_pair)
        if max_length is not None and max_length < num_special:
            raise SettingError(
                f"max_length is {max_length}, but the special tokens alone are {num_special}. "
                f"Give at least {num_special}."
            )
        return num_special

    def _encode_plainly(self, texts: Sequence[str]) -> tuple[list[str], list[tokenizers.Encoding]]:
        """Return texts as they are read, and their tokens without special ones."""
        batch = [replace_surrogates(text) for text in texts]
        return batch, self._tokenizer.encode_batch(batch, add_special_tokens=False)

    def encode_ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Turn texts into ids alone, without [CLS] and [SEP], whole: what packing asks for."""
        batch = [replace_surrogates(text) for text in texts]
        encodings = self._tokenizer.encode_batch_fast(batch, add_special_tokens=False)
        return [encoding.ids for encoding in encodings]

    def decode(self, ids: Iterable[int]) -> str:
        """Turn ids into text; special tokens are left out."""
        return self._tokenizer.decode(list(ids))

    def token(self, id: int) -> str:
        """Return the token of an id, as it stands in the vocabulary.

        Raises ``SettingError`` for an id outside the vocabulary.
        """
        token = self._tokenizer.id_to_token(id)
        if token is None:
            raise SettingError(
                f"Token id {id} is outside the vocabulary: allowed are 0 to {self.vocab_size - 1}."
            )
        return token


def surrounding(*, cls_id: int, sep_id: int) -> tokenizers.processors.PostProcessor:
    """Return what puts [CLS] before and [SEP] after a text and between two."""
    return tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", cls_id), ("[SEP]", sep_id)],
    )


def share_room(first: int, second: int, room: int) -> tuple[int, int]:
    """Return how many tokens of two texts fit into ``room``: the longer one gives way first.

    >>> share_room(9, 2, 8), share_room(2, 9, 8), share_room(9, 9, 7), share_room(1, 2, 8)
    ((6, 2), (2, 6), (4, 3), (1, 2))
    """
    kept_second = min(second, max(room // 2, room - first))
    return min(first, room - kept_second), kept_second


def _spans(
    text: str, tokens: Sequence[str], offsets: Sequence[tuple[int, int]], special: Sequence[bool]
) -> list[tuple[int, int]]:
    """Return the characters of a text that each token shows, none for a special one."""
    spans = [
        (0, 0) if hidden else visible_span(text, token, span)
        for token, span, hidden in zip(tokens, offsets, special, strict=True)
    ]
    return spans if is_composed(text) else whole_characters(text, spans)


def visible_span(text: str, token: str, span: tuple[int, int]) -> tuple[int, int]:
    """Leave the white space before a word out of its span.

    >>> visible_span("나 너", "▁너", (1, 3))
    (2, 3)
    >>> visible_span("나 !", "▁", (1, 3))
    (1, 1)
    """
    start, end = span
    if not token.strip(WORD_START):
        return start, start
    while start < end and text[start].isspace():
        start += 1
    return start, end


def whole_characters(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    r"""Lengthen spans that end inside a decomposed character; never into the next span.

    A composed character is traced to the first of its parts only, so that the span of a
    decomposed syllable would end after its first letter.

    >>> text = "\u1100\u1161\u11b9!"  # 값 in its parts
    >>> whole_characters(text, [(0, 1), (3, 4)])
    [(0, 3), (3, 4)]
    """
    result = list(spans)
    limit = len(text)
    for index in range(len(spans) - 1, -1, -1):
        start, end = spans[index]
        if start == end:
            continue
        result[index] = (start, end_of_character(text, end, limit))
        limit = start
    return result
