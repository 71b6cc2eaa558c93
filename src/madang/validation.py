"""The one validator: a dataclass says what is allowed, and content from outside becomes one.

Recipes (TOML), configs, manifests, item lists and the state of a run (JSON) come from people and
other programs. What each may hold stands in the types of a dataclass and nowhere else:
``num_epochs: Count`` is a whole number from 1 on. ``convert`` makes such a dataclass of what a file
held, ``check`` tests one that was made in Python. An error names the place, what was given and what
is allowed; an unknown key is answered with the nearest known one.

msgspec compares values with types; see docs/decisions/validation.md for why.
"""

import dataclasses
import json
import re
import sys
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from madang.errors import CheckpointError, MadangError, SettingError
from madang.suggestion import ask, nearest

KindT = TypeVar("KindT")

# A bound on both sides keeps infinity and NaN out. Where they may stand, the type is a bare float.
MOST = sys.float_info.max
Count = Annotated[int, Meta(ge=1)]
Natural = Annotated[int, Meta(ge=0)]
Number = Annotated[float, Meta(ge=-MOST, le=MOST)]
Positive = Annotated[float, Meta(gt=0, le=MOST)]
NotNegative = Annotated[float, Meta(ge=0, le=MOST)]
Probability = Annotated[float, Meta(ge=0, le=1)]
Fraction = Annotated[float, Meta(ge=0, lt=1)]  # a dropout, a decay: all of it is too much
Share = Annotated[float, Meta(gt=0, le=1)]  # of something that is not to be empty
Portion = Annotated[float, Meta(gt=0, lt=1)]  # neither nothing nor all
Name = Annotated[str, Meta(max_length=500)]  # fits into an error message

WORDS: dict[Any, str] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "a text",
    type(None): "none",
}


def convert(
    content: Any, kind: type[KindT], *, within: str = "", further: Sequence[str] = ()
) -> KindT:
    """Return ``content``, as TOML or JSON gave it, as a ``kind``, which is a dataclass.

    ``within`` is the place that errors name before their own, ``further`` are keys that are known
    elsewhere: one of them may have been meant. Raises ``SettingError`` for an unknown or missing
    key and for a value of another type or out of range.
    """
    for unknown in unknown_keys(content, kind):
        raise SettingError(_unknown_key(unknown, kind, within=within, further=further))
    converted: KindT = _convert(content, kind, within=within)
    return converted


def check(instance: object) -> None:
    """Test the fields of a dataclass against their types; a list becomes the tuple it stands for.

    Raises ``SettingError`` as ``convert`` does. For use in ``__post_init__``.
    """
    for name, allowed in _fields(instance.__class__).items():  # type: ignore[arg-type]
        value = getattr(instance, name)
        converted = _convert(value, allowed, within=name)
        if converted is not value:
            object.__setattr__(instance, name, converted)


def unknown_keys(content: Any, allowed: Any, within: str = "") -> Iterator[tuple[str, Any]]:
    """Yield keys, with dots, that the dataclasses in ``allowed`` do not have, and their values."""
    inner = _values_in(allowed)
    if inner is not None:
        for key, value in content.items() if isinstance(content, Mapping) else ():
            yield from unknown_keys(value, inner, f"{within}{key}.")
        return
    kind = _dataclass_in(allowed)
    if kind is None:
        return
    if isinstance(content, list):
        for number, part in enumerate(content):
            yield from unknown_keys(part, kind, f"{within.removesuffix('.')}[{number}].")
    elif isinstance(content, Mapping):
        fields = _fields(kind)
        for key, value in content.items():
            if key not in fields:
                yield f"{within}{key}", value
            else:
                yield from unknown_keys(value, fields[key], f"{within}{key}.")


def _unknown_key(key: tuple[str, Any], kind: type, *, within: str, further: Sequence[str]) -> str:
    """Return what to say of an unknown key and its value."""
    prefix = f"{within}." if within else ""
    known = known_keys(kind, prefix)
    name, value = prefix + key[0], key[1]
    # Of an unknown table, what stands in it may tell better what was meant: [trainig] num_epochs.
    inner = [f"{name}.{each}" for each in value] if isinstance(value, Mapping) else []
    for given in (*inner, name):
        hint = suggest_key(given, [*known, *further])
        if hint:
            return f"unknown key {given!r}. {hint}"
    listed = ", ".join(each for each in known if "." not in each.removeprefix(prefix))
    return f"unknown key {name!r}. Known are {listed}."


def suggest_key(key: str, known: Sequence[str]) -> str:
    """Return the question whether another key was meant, with all places where it is known.

    >>> suggest_key("training.num_epoch", ["num_epochs", "warm_up.num_epochs", "seed"])
    "Did you mean 'num_epochs' or 'warm_up.num_epochs'?"
    """
    last_of = {each: each.rpartition(".")[2] for each in known}
    near = nearest(key.rpartition(".")[2], dict.fromkeys(last_of.values()))
    return ask([each for each in known if last_of[each] in near])


def known_keys(kind: Any, within: str = "") -> list[str]:
    """Return the names of all fields of a dataclass and of those in it, with dots.

    ``NAME`` stands where a name of one's own does.
    """
    values = _values_in(kind)
    if values is not None:
        return known_keys(values, f"{within}NAME.")
    found = _dataclass_in(kind)
    if found is None:
        return []
    return [
        key
        for name, allowed in _fields(found).items()
        for key in (f"{within}{name}", *known_keys(allowed, f"{within}{name}."))
    ]


def describe(allowed: Any) -> str:
    """Return in words what a type allows.

    >>> describe(Count | None), describe(tuple[Fraction, Fraction])
    ('a whole number from 1 on or none', 'a list of 2, each a number from 0 to below 1')
    """
    origin, parts = typing.get_origin(allowed), typing.get_args(allowed)
    if origin is Annotated:
        return WORDS[parts[0]] + _range(parts[1])
    if origin is typing.Literal:
        return "one of " + ", ".join(map(str, parts))
    if _is_union(allowed):
        return " or ".join(describe(part) for part in parts)
    if origin in (tuple, list, frozenset):
        items = [part for part in parts if part is not Ellipsis]
        size = f" of {len(items)}" if len(items) == len(parts) > 1 else ""
        return f"a list{size}, each {describe(items[0])}"
    return WORDS.get(allowed, "a table")


def parse_json(content: bytes) -> dict[str, Any]:
    """Return the object that a JSON file holds.

    Raises ``SettingError`` for one that is not UTF-8, cut off, nested without end, no object, that
    names a key twice, of which neither value can be trusted, or that holds half of a surrogate
    pair, which nothing can print.

    >>> parse_json(b'{"a": 1}')
    {'a': 1}
    """
    try:
        found = json.loads(content.decode("utf-8"), object_pairs_hook=_once)
        # Written and encoded again, half a character is found.
        json.dumps(found, ensure_ascii=False).encode()
    except RecursionError:
        # Without its cause, whose trace has a line for each bracket.
        raise SettingError("it is no JSON: its brackets are nested too deeply") from None
    except UnicodeDecodeError as error:
        raise SettingError(f"it is no JSON: byte {error.start} is not UTF-8") from error
    except UnicodeEncodeError as error:
        raise SettingError("it holds half of a surrogate pair, which is no character") from error
    except ValueError as error:
        raise SettingError(f"it is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise SettingError(f"it holds {_shown(found)}; it must be an object, in braces")
    return found


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file; ``CheckpointError`` when it is missing or cut off."""
    if not path.is_file():
        raise CheckpointError(
            f"{path.parent} holds no {path.name}. A model folder has one: check the path or copy "
            f"the folder again."
        )
    try:
        return parse_json(path.read_bytes())
    except SettingError as error:
        raise CheckpointError.damaged(path, error, kind="JSON") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object's pairs as a dict; raise ``ValueError`` for a key that stands twice."""
    content = dict(pairs)
    if len(content) < len(pairs):
        met: set[str] = set()
        twice = next(name for name, _ in pairs if name in met or met.add(name))  # type: ignore[func-returns-value]
        raise ValueError(f"the key {twice[:80]!r} stands twice")
    return content


def _convert(content: Any, allowed: Any, *, within: str) -> Any:
    try:
        return msgspec.convert(content, allowed)
    except msgspec.ValidationError as fault:
        message, _, path = str(fault).partition(" - at `$")
        steps = list(_steps(content, allowed, path))
        place = within + "".join(f".{key}" if key else f"[{number}]" for key, number in steps)
        place = place.removeprefix(".")
        if isinstance(fault.__cause__, MadangError):  # what a __post_init__ refused
            raise SettingError(f"{place}: {message}".removeprefix(": ")) from fault
        missing = re.search(r"missing required field `(\w+)`", message)
        if missing:
            key = f"{place}.{missing[1]}".removeprefix(".")
            raise SettingError(f"{key} is missing. Give it.") from fault
        given, expected = content, allowed
        for key, number in steps:
            given, expected = _step(given, expected, key, number)
        raise SettingError(
            f"{place or 'the whole'} is {_shown(given)}; it must be {describe(expected)}."
        ) from fault


def _steps(content: Any, allowed: Any, path: str) -> Iterator[tuple[str, str]]:
    """Yield the keys and numbers on the way to a fault; msgspec does not name a mapping's keys."""
    for key, number in re.findall(r"\.(\w+)|\[(\d+|\.\.\.)\]", path):
        if number == "...":
            key, number = _faulty_key(content, _values_in(allowed)), ""
        yield key, number
        content, allowed = _step(content, allowed, key, number)


def _faulty_key(content: Mapping[str, Any], allowed: Any) -> str:
    for key, value in content.items():
        try:
            msgspec.convert(value, allowed)
        except msgspec.ValidationError:
            return key
    raise AssertionError("one of the values is at fault")


def _step(given: Any, allowed: Any, key: str, number: str) -> tuple[Any, Any]:
    """Go from a value and its type to a part of it and the part's type."""
    if key:
        values = _values_in(allowed)
        if values is not None:
            return given[key], values
        kind = _dataclass_in(allowed)
        return given[key], _fields(kind)[key] if kind is not None else Any
    index = int(number)
    choices = [allowed, *typing.get_args(allowed)]
    several = next(each for each in choices if typing.get_origin(each) in (tuple, list, frozenset))
    parts = typing.get_args(several)
    is_uniform = len(parts) == 1 or parts[-1] is Ellipsis
    return list(given)[index], parts[0 if is_uniform else index]


def _values_in(allowed: Any) -> Any | None:
    """Return the type of the values of a mapping with keys of one's own; None for another type."""
    if typing.get_origin(allowed) in (dict, Mapping):
        return typing.get_args(allowed)[1]
    found = map(_values_in, typing.get_args(allowed)) if _is_union(allowed) else ()
    return next((each for each in found if each is not None), None)


def _is_union(allowed: Any) -> bool:
    return typing.get_origin(allowed) in (types.UnionType, typing.Union)


def _dataclass_in(allowed: Any) -> type | None:
    """Return the dataclass that a type is, or that it has as a part."""
    if dataclasses.is_dataclass(allowed) and isinstance(allowed, type):
        return allowed
    found = (_dataclass_in(part) for part in typing.get_args(allowed))
    return next((each for each in found if each is not None), None)


@cache
def _fields(kind: type) -> dict[str, Any]:
    """Return the types of a dataclass's fields by name."""
    hints = typing.get_type_hints(kind, include_extras=True)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}  # type: ignore[arg-type]


def _range(bounds: Meta) -> str:
    if bounds.max_length is not None:
        return f" of up to {bounds.max_length} letters"
    if bounds.gt is not None:
        start = f" above {bounds.gt:g}"
    else:
        start = f" from {bounds.ge:g}" if bounds.ge not in (None, -MOST) else ""
    if bounds.lt is not None:
        return f"{start} to below {bounds.lt:g}"
    if bounds.le not in (None, MOST):
        return f"{start} to {bounds.le:g}"
    return f"{start} on" if bounds.gt is None and start else start


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
