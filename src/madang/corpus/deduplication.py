"""Leave out texts that were seen before, exactly or nearly.

Repeats teach a model to recite, and make held-out figures too good (Lee 2022, "Deduplicating
training data makes language models better"). Short texts are compared by their letters; long ones
also by MinHash signatures of their character 5-grams (Broder 1997), since two versions of an
article differ in a few words.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator

from madang.text.word import SIGNS, letters

SHINGLE = 5
NUM_PERMUTATIONS = 128
NUM_BANDS = 16  # with 8 rows each: a similarity of 0.8 is found in 95 of 100 cases, 0.5 in 6
SEED = 1


def fingerprint(text: str) -> bytes:
    """Return 8 bytes that are the same for texts that differ in signs, spaces and case alone.

    >>> fingerprint("가방 Bag!!") == fingerprint("가방bag"), fingerprint("가") == fingerprint("나")
    (True, False)
    """
    return hashlib.blake2b(letters(text).encode(), digest_size=8).digest()


def drop_repeats(texts: Iterable[str]) -> Iterator[str]:
    """Yield each text once, by its letters; about 100 bytes are kept for each."""
    seen = set[bytes]()
    for text in texts:
        key = fingerprint(text)
        if key not in seen:
            seen.add(key)
            yield text


def drop_near_repeats(
    texts: Iterable[str], *, threshold: float = 0.8, shortest: int = 200
) -> Iterator[str]:
    """Yield the texts of which no earlier one is at least ``threshold`` similar.

    The similarity is Jaccard's over character 5-grams, estimated. Texts under ``shortest``
    characters pass: 5-grams say too little about them. About 2 kB are kept for each text.
    """
    is_new = near_repeat_filter(threshold=threshold)
    return (text for text in texts if len(text) < shortest or is_new(text))


def near_repeat_filter(*, threshold: float) -> Callable[[str], bool]:
    """Return a function that says whether a text is unlike all those it was asked about before."""
    from rensa import RMinHash, RMinHashLSH

    index = RMinHashLSH(threshold=threshold, num_perm=NUM_PERMUTATIONS, num_bands=NUM_BANDS)
    signatures: list[RMinHash] = []

    def is_new(text: str) -> bool:
        signature = RMinHash(num_perm=NUM_PERMUTATIONS, seed=SEED)
        signed = SIGNS.sub("", text)
        signature.update([signed[i : i + SHINGLE] for i in range(max(1, len(signed) - SHINGLE))])
        for key in index.query(signature):
            if signature.jaccard(signatures[key]) >= threshold:
                return False
        index.insert(len(signatures), signature)
        signatures.append(signature)
        return True

    return is_new
