"""The same ``tokenizer.json`` in fewer bytes, for models that ship."""

import json
from typing import Any

import numpy as np


def compact_tokenizer(content: str) -> str:
    """Return the JSON of a tokenizer that cuts texts alike, in fewer bytes.

    What goes: indentation; the brackets of pairs that merge, where no piece has a space; digits of
    a Unigram score beyond those that tell it from its neighbours among float32, which it was
    computed in. So of two cuts of a text whose scores are equal to seven digits the other may win:
    5 of 20,000 film reviews are cut otherwise by the vocabulary of ``ads``.

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
