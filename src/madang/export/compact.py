"""The same ``tokenizer.json`` in fewer bytes, for models that ship."""

import json
from typing import Any

import numpy as np


def compact_tokenizer(content: str) -> str:
    """Return the JSON of the same tokenizer in fewer bytes.

    Three things are left out: indentation; the brackets of merges, where no piece has a space; and
    the digits of a Unigram score that float32, in which it was computed, does not have. Two
    segmentations of a text whose scores agree in seven digits may therefore change places: the
    vocabulary of ``ads`` cuts 5 of 20,000 film reviews differently.

    >>> compact_tokenizer('{ "model": {"type": "BPE", "merges": [["나", "무"]]} }')
    '{"model":{"type":"BPE","merges":["나 무"]}}'
    """
    tokenizer = json.loads(content)
    model = tokenizer.get("model") or {}
    if _are_parted_by_spaces(model.get("merges")):
        model["merges"] = [" ".join(pair) for pair in model["merges"]]
    if model.get("type") == "Unigram":
        model["vocab"] = [[piece, _shortest(score)] for piece, score in model["vocab"]]
    return json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":"))


def _are_parted_by_spaces(merges: Any) -> bool:
    return bool(merges) and all(
        isinstance(pair, list) and not any(" " in piece for piece in pair) for pair in merges
    )


def _shortest(score: float) -> float:
    single = np.float32(score)
    return float(str(single)) if float(single) == score else score
