"""Open a SentencePiece model (KoBERT's Unigram, LLaMA's byte-pair pieces) as a ``Tokenizer``.

Every id is the one that the ``sentencepiece`` library gives, except where two ways to cut a word
have exactly the same probability ("...." as "..." and ".", in either order): there the
library's 32-bit rounding decides, here the shorter piece comes first. The model's own
normalisation, its table of characters included, becomes part of ``tokenizer.json``.
Source: Kudo and Richardson 2018, section 3; for byte pairs Sennrich 2016, section 3.2.
"""

import importlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Regex, decoders, models, normalizers, pre_tokenizers
from tokenizers import Tokenizer as Library

from madang.errors import CheckpointError, SettingError
from madang.text.tokenizer import WORD_START, Tokenizer

UNKNOWN, CONTROL, USER_DEFINED = 2, 3, 4  # kinds of piece in sentencepiece_model.proto
UNIGRAM, BYTE_PAIR = 1, 2  # kinds of model
UNKNOWN_NAMES = ("[UNK]", "<unk>")


def load_sentencepiece(path: Path, *, vocabulary: Sequence[str] | None = None) -> Tokenizer:
    """Read a ``.model`` file of SentencePiece; no special token is added around a text.

    Where the model that reads the ids numbers the pieces in another order (KoBERT does), its
    ``vocabulary`` tells the order; what it has beside the pieces becomes a special token.

    Raises ``CheckpointError`` when the file is missing, cut off, or of a kind other than Unigram
    and byte-pair encoding, or the vocabulary lacks a piece.
    """
    path = Path(path)
    proto = _read(path)
    if vocabulary is not None:
        _reorder(proto, vocabulary, path)
    kind = proto.trainer_spec.model_type
    if kind not in (UNIGRAM, BYTE_PAIR):
        raise CheckpointError(
            f"{path} is a SentencePiece model of kind {kind}; allowed are Unigram (1) and "
            f"byte-pair encoding (2)."
        )
    if proto.trainer_spec.treat_whitespace_as_suffix:
        raise CheckpointError(
            f"{path} puts the word mark after the word; only models that put it before are read."
        )
    tokenizer = Library(_unigram(proto) if kind == UNIGRAM else _byte_pair(proto))
    tokenizer.normalizer = _normalizer(proto.normalizer_spec)
    if kind == UNIGRAM:
        tokenizer.pre_tokenizer = _unigram_pre_tokenizer(proto)
    tokenizer.decoder = _decoder(proto)
    tokenizer.add_special_tokens(_added(proto.pieces, (UNKNOWN, CONTROL), special=True))
    tokenizer.add_tokens(_added(proto.pieces, (USER_DEFINED,), special=False))
    return Tokenizer(tokenizer.to_str(pretty=True))


def _read(path: Path) -> Any:
    try:
        schema: Any = importlib.import_module("sentencepiece.sentencepiece_model_pb2")
        decode_error = importlib.import_module("google.protobuf.message").DecodeError
    except ImportError as error:
        raise SettingError(
            "Reading a SentencePiece model needs SentencePiece: pip install 'madang[train]'."
        ) from error
    proto = schema.ModelProto()
    try:
        proto.ParseFromString(path.read_bytes())
    except FileNotFoundError as error:
        raise CheckpointError(f"{path} is not there. Name a SentencePiece .model file.") from error
    except decode_error as error:
        raise CheckpointError(
            f"{path} is not a whole SentencePiece model. It was cut off or is another format: "
            f"copy it again."
        ) from error
    if not proto.pieces:
        raise CheckpointError(f"{path} holds no pieces. Name a SentencePiece .model file.")
    return proto


def _reorder(proto: Any, vocabulary: Sequence[str], path: Path) -> None:
    """Put the pieces into the order of a vocabulary, without the model's own control pieces."""
    pieces = {piece.piece: piece for piece in proto.pieces}
    own = (UNKNOWN, CONTROL)
    lost = {name for name, piece in pieces.items() if piece.type not in own} - set(vocabulary)
    if lost or len(set(vocabulary)) < len(vocabulary):
        raise CheckpointError(
            f"The vocabulary beside {path} names {len(set(vocabulary))} pieces of "
            f"{len(vocabulary)} and lacks {len(lost)} of the model's ({', '.join(sorted(lost)[:3])}"
            f" …). Put the vocabulary there that belongs to the model."
        )
    if not set(UNKNOWN_NAMES) & set(vocabulary):
        raise CheckpointError(
            f"The vocabulary beside {path} has no [UNK]. Put the vocabulary there that belongs to "
            f"the model."
        )
    ordered = []
    for name in vocabulary:
        piece = type(proto.pieces[0])()
        if name in pieces and pieces[name].type not in own:
            piece.CopyFrom(pieces[name])
        else:
            piece.piece, piece.type = name, UNKNOWN if name in UNKNOWN_NAMES else CONTROL
        ordered.append(piece)
    del proto.pieces[:]
    proto.pieces.extend(ordered)


def _unigram(proto: Any) -> models.Unigram:
    return models.Unigram(
        [(piece.piece, piece.score) for piece in proto.pieces],
        unk_id=_unknown_id(proto),
        byte_fallback=proto.trainer_spec.byte_fallback,
    )


def _unigram_pre_tokenizer(proto: Any) -> pre_tokenizers.PreTokenizer:
    """Cut before every word, which is faster, and inside what only looks like a control piece.

    "<s>" typed by a person must not become the piece "<s>", whose score of 0 no other reaches.
    """
    control = [piece.piece for piece in proto.pieces if piece.type in (UNKNOWN, CONTROL)]
    typed = "|".join(f"{re.escape(name[0])}(?={re.escape(name[1:])})" for name in control)
    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(WORD_START, "merged_with_next"),
            pre_tokenizers.Split(Regex(typed), "merged_with_previous"),
        ]
    )


def _byte_pair(proto: Any) -> models.BPE:
    """Rebuild the merges: a piece's score says when it was made, its two parts are pieces too."""
    vocabulary = {piece.piece: id for id, piece in enumerate(proto.pieces)}
    merges = []
    for piece in sorted(proto.pieces, key=lambda piece: -piece.score):
        splits = ((piece.piece[:cut], piece.piece[cut:]) for cut in range(1, len(piece.piece)))
        known = [(a, b) for a, b in splits if a in vocabulary and b in vocabulary]
        merges += sorted(known, key=lambda pair: (vocabulary[pair[0]], vocabulary[pair[1]]))
    return models.BPE(
        vocabulary,
        merges,
        unk_token=proto.pieces[_unknown_id(proto)].piece,
        fuse_unk=True,
        byte_fallback=proto.trainer_spec.byte_fallback,
    )


def _unknown_id(proto: Any) -> int:
    return next(id for id, piece in enumerate(proto.pieces) if piece.type == UNKNOWN)


def _normalizer(spec: Any) -> normalizers.Normalizer:
    steps: list[normalizers.Normalizer] = []
    if spec.precompiled_charsmap:
        steps.append(normalizers.Precompiled(spec.precompiled_charsmap))
        # The table is applied letter by letter; SentencePiece also joins letters (ㅋㅠ to 큐).
        steps.append(normalizers.NFC())
    if spec.remove_extra_whitespaces:
        steps.append(normalizers.Replace(Regex(r"\A +| +\z| +(?= )"), ""))
    if spec.add_dummy_prefix:
        steps.append(normalizers.Prepend(" "))
    if spec.escape_whitespaces:
        steps.append(normalizers.Replace(" ", WORD_START))
    return normalizers.Sequence(steps)


def _decoder(proto: Any) -> decoders.Decoder:
    steps: list[decoders.Decoder] = [decoders.Replace(WORD_START, " ")]
    if proto.trainer_spec.byte_fallback:
        steps.append(decoders.ByteFallback())
    steps.append(decoders.Fuse())
    if proto.normalizer_spec.add_dummy_prefix:
        steps.append(decoders.Strip(" ", 1, 0))
    return decoders.Sequence(steps)


def _added(pieces: Sequence[Any], kinds: tuple[int, ...], *, special: bool) -> list[AddedToken]:
    return [
        AddedToken(piece.piece, special=special, normalized=False)
        for piece in pieces
        if piece.type in kinds
    ]
