"""The tokenizer in a published BERT folder, whatever its form, as one that writes [CLS] and [SEP].

Forms, in the order in which they are looked for: ``tokenizer.json``; a SentencePiece model, with or
without a vocabulary beside it that numbers the pieces in another order (``vocab.txt``, or
the ``kobertvocab_….json`` of KoBERT's first package); a ``vocab.txt`` of WordPiece alone. XLM-R and
its kin call the two tokens around a text ``<s>`` and ``</s>``; here they are named as BERT's.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tokenizers
from tokenizers import AddedToken, decoders, models, normalizers, pre_tokenizers

from madang import validation
from madang.errors import CheckpointError
from madang.text.sentencepiece import load_sentencepiece
from madang.text.tokenizer import FILE_NAME, WORD_START, Tokenizer, surrounding

# SKT's first package and monologg/kobert; skt/kobert-base-v1; others.
SENTENCEPIECE_NAMES = (
    "tokenizer_78b3253a26.model",
    "spiece.model",
    "sentencepiece.bpe.model",
    "tokenizer.model",
)
WORDPIECE_NAME = "vocab.txt"
CLS, SEP = "[CLS]", "[SEP]"
KOBERT_VOCABULARY = "kobertvocab_f38b8a4d6d.json"


def open_tokenizer(folder: Path) -> Tokenizer:
    """Return the tokenizer of a published BERT folder.

    Raises ``CheckpointError`` when there is none, or one that is cut off or lacks [CLS] or [SEP].
    """
    folder = Path(folder)
    if (folder / FILE_NAME).is_file():
        return _with_bert_names(Tokenizer.load(folder))
    vocabulary = _read_vocabulary(folder)
    for name in SENTENCEPIECE_NAMES:
        if (folder / name).is_file():
            return surround(load_sentencepiece(folder / name, vocabulary=vocabulary))
    if vocabulary is None:
        known = ", ".join((FILE_NAME, *SENTENCEPIECE_NAMES, WORDPIECE_NAME))
        raise CheckpointError(
            f"{folder} holds no tokenizer; known are {known}. Copy the one that the model was "
            f"trained with into the folder."
        )
    if any(token.startswith(WORD_START) for token in vocabulary):
        raise CheckpointError(
            f"{folder} holds a vocabulary of SentencePiece without its probabilities. Copy the "
            f"model too: {' or '.join(SENTENCEPIECE_NAMES[:2])}."
        )
    return surround(_wordpiece(folder, vocabulary))


def unigram_tokenizer(
    *,
    pieces: Sequence[str],
    scores: Sequence[float],
    cls_id: int,
    pad_id: int,
    sep_id: int,
    unk_id: int,
) -> Tokenizer:
    """Return the tokenizer of XLM-R's kind: NFKC, words with ``▁`` before them, then pieces.

    ``pieces`` are in the order of their ids, ``scores`` the log-probability of each.
    """
    names = {
        pad_id: "[PAD]",
        unk_id: "[UNK]",
        cls_id: CLS,
        sep_id: SEP,
        **{index: "[MASK]" for index, piece in enumerate(pieces) if piece == "<mask>"},
    }
    named = [names.get(index, piece) for index, piece in enumerate(pieces)]
    scored = list(zip(named, scores, strict=True))
    library = tokenizers.Tokenizer(models.Unigram(scored, unk_id=unk_id, byte_fallback=False))
    library.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC()])
    library.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.Metaspace(prepend_scheme="always", split=False),
        ]
    )
    library.decoder = decoders.Metaspace(prepend_scheme="always")
    library.add_special_tokens(
        [AddedToken(name, special=True, normalized=False) for name in names.values()]
    )
    return surround(Tokenizer(library.to_str()))


def _with_bert_names(tokenizer: Tokenizer) -> Tokenizer:
    """Return a tokenizer whose texts stand between [CLS] and [SEP], whatever it called them."""
    if tokenizer.cls_id is not None or tokenizer.bos_id is None or tokenizer.eos_id is None:
        return tokenizer
    content = json.loads(tokenizer.to_json())
    names = {"<s>": CLS, "</s>": SEP}
    for token in content["added_tokens"]:
        token["content"] = names.get(token["content"], token["content"])
    model: dict[str, Any] = content["model"]
    vocabulary = model["vocab"]
    if isinstance(vocabulary, dict):
        model["vocab"] = {names.get(token, token): index for token, index in vocabulary.items()}
    else:
        model["vocab"] = [[names.get(token, token), score] for token, score in vocabulary]
    content["post_processor"] = None
    return surround(Tokenizer(json.dumps(content, ensure_ascii=False)))


def surround(tokenizer: Tokenizer) -> Tokenizer:
    """Return a tokenizer that writes [CLS] before and [SEP] after a text and between two.

    Raises ``CheckpointError`` where it has no such tokens.
    """
    if tokenizer.cls_id is None or tokenizer.sep_id is None:
        raise CheckpointError(
            "The tokenizer has no [CLS] or no [SEP], which a BERT reads around every text. Its "
            "vocabulary has them: put vocab.txt beside it."
        )
    library = tokenizers.Tokenizer.from_str(tokenizer.to_json())
    library.post_processor = surrounding(cls_id=tokenizer.cls_id, sep_id=tokenizer.sep_id)
    return Tokenizer(library.to_str(pretty=True))


def _read_vocabulary(folder: Path) -> list[str] | None:
    """Return the tokens by their ids, or None where no file lists them."""
    path = folder / WORDPIECE_NAME
    try:
        if path.is_file():
            return path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
        path = folder / KOBERT_VOCABULARY
        if path.is_file():
            tokens = validation.parse_json(path.read_bytes())["idx_to_token"]
            return [str(token) for token in tokens]
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointError.damaged(path, error, kind="a vocabulary") from error
    return None


def _wordpiece(folder: Path, vocabulary: Sequence[str]) -> Tokenizer:
    """Build the tokenizer of the first BERTs: Devlin 2018, section 3, and its released code."""
    path = folder / "tokenizer_config.json"
    settings = validation.read_json(path) if path.is_file() else {}
    library = tokenizers.BertWordPieceTokenizer(
        vocab={token: index for index, token in enumerate(vocabulary)},
        lowercase=bool(settings.get("do_lower_case", True)),
    )
    return Tokenizer(library.to_str(pretty=True))
