"""Leave out texts that were seen before, exactly or nearly.

Repeats teach a model to recite, and make held-out figures too good (Lee 2022, "Deduplicating
training data makes language models better"). Short texts are compared by their letters; long ones
also by MinHash signatures of their character 5-grams (Broder 1997), since two versions of an
article differ in a few words.
"""

import hashlib
from collections.abc import Iterable, Iterator

from madang.text.word import SIGNS, letters

SHINGLE = 5
THRESHOLD = 0.8
SHORTEST = 200
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


def drop_near_repeats(texts: Iterable[str]) -> Iterator[str]:
    """Yield the texts of which no earlier one is at least 0.8 similar.

    The similarity is Jaccard's over character 5-grams, estimated. Texts under 200 characters pass:
    5-grams say too little about them. About 2 kB are kept for each longer text.
    """
    from rensa import RMinHash, RMinHashLSH

    index = RMinHashLSH(threshold=THRESHOLD, num_perm=NUM_PERMUTATIONS, num_bands=NUM_BANDS)
    signatures: list[RMinHash] = []
    for text in texts:
        if len(text) >= SHORTEST:
            signature = RMinHash(num_perm=NUM_PERMUTATIONS, seed=SEED)
            signed = SIGNS.sub("", text)
            shingles = range(max(1, len(signed) - SHINGLE))
            signature.update([signed[start : start + SHINGLE] for start in shingles])
            near = index.query(signature)  # candidates, of which some are not that similar
            if any(signature.jaccard(signatures[each]) >= THRESHOLD for each in near):
                continue
            index.insert(len(signatures), signature)
            signatures.append(signature)
        yield text
