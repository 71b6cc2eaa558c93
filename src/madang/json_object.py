"""JSON that holds one object, read so that whatever is wrong with it is a ``ValueError``.

The library lets some through: a key that is given twice (the last one wins), half of a surrogate
pair (which nothing can print), and brackets so deep that Python itself gives up.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def read_object(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file.

    Raises ``ValueError`` that says what is wrong with the content, and ``OSError``.
    """
    return parse_object(Path(path).read_text(encoding="utf-8"))


def parse_object(text: str) -> dict[str, Any]:
    """Return the object in a JSON text; raises ``ValueError`` that says what is wrong with it.

    >>> parse_object('{"a": 1}')
    {'a': 1}
    >>> parse_object('{"a": 1, "a": 2}')
    Traceback (most recent call last):
    ValueError: 'a' is given twice
    """
    try:
        found = json.loads(text, object_pairs_hook=_once)
        # Written and encoded again, half a character is found.
        json.dumps(found, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("its brackets are nested too deeply") from None
    except UnicodeEncodeError:
        raise ValueError("it holds half of a surrogate pair, which is no character") from None
    if not isinstance(found, dict):
        raise ValueError("it must be an object, {…}")
    return found


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"{key[:80]!r} is given twice")
        found[key] = value
    return found
