"""Train a byte-pair tokenizer on texts of one's own: the most frequent neighbours become one piece.

In a Unigram vocabulary of 12,000 Korean pieces every sixth token is a bare word start: nouns are in
the vocabulary without it, so that it has to stand before them ("▁", "회의"). Byte-pair merges begin
at the word start, which becomes part of the first piece ("▁회의"); texts are a fifth shorter.
Source: Sennrich 2016, section 3.2.
"""

from collections import Counter
from collections.abc import Iterable

from tokenizers import Tokenizer as Library
from tokenizers import models, trainers

from madang.errors import DataError
from madang.text.normalization import build_normalizer
from madang.text.tokenizer import WORD_START, Tokenizer
from madang.text.unigram import SPECIAL_TOKENS, assemble, build_pre_tokenizer, check_vocab_size

UNKNOWN = SPECIAL_TOKENS[1]


def train_bpe(
    texts: Iterable[str], *, vocab_size: int, most_characters: int = 3000, blank: str | None = None
) -> Tokenizer:
    """Train a tokenizer of at most ``vocab_size`` pieces; the same texts give the same pieces.

    The special tokens come first: [PAD]=0 [UNK]=1 [CLS]=2 [SEP]=3 [MASK]=4. All but the
    ``most_characters`` most frequent characters are left to [UNK]. What the regular expression
    ``blank`` matches is read as white space, by the trained tokenizer too.

    Raises ``DataError`` when there is no text and ``SettingError`` when ``vocab_size`` leaves no
    room beside the special tokens.
    """
    check_vocab_size(vocab_size)
    normalizer = build_normalizer(blank=blank)
    known = [text for text in texts if text.strip()]
    if not known:
        raise DataError("There is no text to train a tokenizer on. Give some non-empty texts.")
    learner = Library(models.BPE(unk_token=UNKNOWN))
    learner.normalizer = normalizer
    learner.pre_tokenizer = build_pre_tokenizer()
    room = min(most_characters, vocab_size - len(SPECIAL_TOKENS))
    # The library's own choice among characters of the same count differs from run to run.
    alphabet = most_frequent_characters(
        (normalizer.normalize_str(text) for text in known), number=room
    )
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=alphabet,
        limit_alphabet=len(alphabet),
        show_progress=False,
    )
    learner.train_from_iterator(known, trainer)
    return assemble(learner.model, normalizer)


def most_frequent_characters(texts: Iterable[str], *, number: int) -> list[str]:
    """Return at most ``number`` characters, the word start among them; ties by code point.

    >>> most_frequent_characters(["나 가 나", "다"], number=3)
    ['▁', '나', '가']
    """
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update("".join(text.split()))
    ranked = sorted(counts, key=lambda character: (-counts[character], character))
    return [WORD_START, *ranked][:number]
