"""Train a Unigram tokenizer on texts of one's own.

Source: Kudo 2018 (subword regularization), section 3.2: start from many candidate pieces, and
repeatedly drop those whose removal lowers the likelihood of the corpus least. The optimisation is
SentencePiece's, on one thread, because only then the same texts always give the same vocabulary.
The result is a plain ``tokenizer.json``; SentencePiece is not needed to use it.
"""

import io
from collections.abc import Iterable, Iterator

from tokenizers import AddedToken, Regex, decoders, models, normalizers, pre_tokenizers
from tokenizers import Tokenizer as Library

from madang.errors import DataError, SettingError
from madang.text.normalization import build_normalizer
from madang.text.tokenizer import WORD_START, Tokenizer, surrounding

SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")

# A run of one sign is a piece of its own: "#맛집#강남!!" is "▁#", "맛집", "#", "강남", "!!".
SIGN_RUN = rf"{WORD_START}?([^\p{{L}}\p{{N}}\p{{M}}{WORD_START}])\1*"
DELIMITER = "\t"  # never inside a piece, for it is white space
MAX_SENTENCE_BYTES = 1 << 20


def build_pre_tokenizer() -> pre_tokenizers.PreTokenizer:
    """Return what cuts a normalised text into words: white space, then runs of one sign.

    >>> [word for word, _ in build_pre_tokenizer().pre_tokenize_str("아  #맛집 좋아!!")]
    ['▁아', '▁#', '맛집', '▁좋아', '!!']
    """
    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.Metaspace(prepend_scheme="always", split=False),
            pre_tokenizers.Split(Regex(SIGN_RUN), "isolated"),
        ]
    )


def check_vocab_size(vocab_size: int) -> None:
    """Raise ``SettingError`` for a vocabulary without room beside the special tokens."""
    if vocab_size <= len(SPECIAL_TOKENS):
        raise SettingError(
            f"vocab_size is {vocab_size}; the special tokens alone are {len(SPECIAL_TOKENS)}. "
            f"Give more, for Korean some thousands."
        )


def train_unigram(
    texts: Iterable[str],
    *,
    vocab_size: int,
    character_coverage: float = 0.9995,
    blank: str | None = None,
) -> Tokenizer:
    """Train a tokenizer of at most ``vocab_size`` pieces; the same texts give the same pieces.

    The special tokens come first: [PAD]=0 [UNK]=1 [CLS]=2 [SEP]=3 [MASK]=4. The rarest characters,
    ``1 - character_coverage`` of the text, are left to [UNK]. A small corpus may give fewer pieces.
    What the regular expression ``blank`` matches is read as white space, by the trained tokenizer
    too.

    Raises ``DataError`` when there is no text and ``SettingError`` when ``vocab_size`` can not
    hold the characters.
    """
    check_vocab_size(vocab_size)
    normalizer = build_normalizer(blank=blank)
    pieces = _train_pieces(texts, normalizer, vocab_size, character_coverage)
    return assemble(models.Unigram(pieces, unk_id=1, byte_fallback=False), normalizer)


def assemble(model: models.Model, normalizer: normalizers.Normalizer) -> Tokenizer:
    """Put a trained model between the normaliser, the cut into words, and [CLS] … [SEP]."""
    tokenizer = Library(model)
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = build_pre_tokenizer()
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    tokenizer.post_processor = surrounding(cls_id=2, sep_id=3)
    tokenizer.add_special_tokens(
        [AddedToken(token, special=True, normalized=False) for token in SPECIAL_TOKENS]
    )
    return Tokenizer(tokenizer.to_str(pretty=True))


def _train_pieces(
    texts: Iterable[str],
    normalizer: normalizers.Normalizer,
    vocab_size: int,
    character_coverage: float,
) -> list[tuple[str, float]]:
    """Return the pieces and their log-probabilities, the special tokens first."""
    try:
        import sentencepiece
    except ImportError as error:
        raise SettingError(
            "Training a tokenizer needs SentencePiece: pip install 'madang[train]'."
        ) from error

    written = io.BytesIO()
    pad, unk, cls, sep, mask = SPECIAL_TOKENS
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=_words(texts, normalizer),
            model_writer=written,
            model_type="unigram",
            vocab_size=vocab_size,
            hard_vocab_limit=False,
            character_coverage=character_coverage,
            # The text arrives normalised and cut into words; SentencePiece is to do neither.
            normalization_rule_name="identity",
            add_dummy_prefix=False,
            remove_extra_whitespaces=False,
            pretokenization_delimiter=DELIMITER,
            split_by_unicode_script=False,
            split_by_number=False,
            max_sentence_length=MAX_SENTENCE_BYTES,
            num_threads=1,
            pad_id=0,
            unk_id=1,
            bos_id=2,
            eos_id=3,
            pad_piece=pad,
            unk_piece=unk,
            bos_piece=cls,
            eos_piece=sep,
            control_symbols=[mask],
            minloglevel=2,
        )
    except RuntimeError as error:
        raise SettingError(
            f"A vocabulary of {vocab_size} pieces can not be trained on these texts ({error}). "
            f"Give a larger vocab_size or a lower character_coverage."
        ) from error
    model = sentencepiece.SentencePieceProcessor(model_proto=written.getvalue())
    return [(model.id_to_piece(id), model.get_score(id)) for id in range(model.get_piece_size())]


def _words(texts: Iterable[str], normalizer: normalizers.Normalizer) -> Iterator[str]:
    """Yield each text as its normalised words, so that training and use cut alike."""
    pre_tokenizer = build_pre_tokenizer()
    found = False
    for text in texts:
        words = pre_tokenizer.pre_tokenize_str(normalizer.normalize_str(text))
        if words:
            found = True
            yield DELIMITER.join(word for word, _ in words)
    if not found:
        raise DataError("There is no text to train a tokenizer on. Give some non-empty texts.")
