"""What comes from outside becomes a dataclass, or is refused with its place and what is allowed."""

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal, get_type_hints

import pytest

from madang import validation
from madang.errors import SettingError
from madang.formats.item_list import ItemList
from madang.formats.manifest import Calibration, Manifest, Probe
from madang.models.huggingface import FAMILIES
from madang.training.settings import TrainingSettings
from madang.validation import Count, Fraction, Positive, Share, check, convert, parse_json


@dataclasses.dataclass(frozen=True, kw_only=True)
class Part:
    size: Count = 1
    rate: Positive = 0.5
    pair: tuple[Fraction, Fraction] = (0.0, 0.0)
    way: Literal["in", "out"] = "in"

    def __post_init__(self) -> None:
        if self.size == 99:
            raise SettingError("size is 99; that is taken. Give another.")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Whole:
    name: str
    part: Part = Part()
    further: Part | None = None
    parts: tuple[Part, ...] = ()
    named: Mapping[str, Part | Count] = dataclasses.field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    free: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    share: Share | None = None
    is_on: bool = False


def test_tables_lists_and_numbers_arrive_as_what_the_types_say() -> None:
    found = convert(
        {
            "name": "a",
            "part": {"rate": 2, "pair": [0.1, 0]},
            "further": None,
            "parts": [{"size": 3}],
            "kept": ["x", "x"],
            "free": {"anything": [1, {"zzz": None}]},
        },
        Whole,
    )
    assert found == Whole(
        name="a",
        part=Part(rate=2.0, pair=(0.1, 0.0)),
        parts=(Part(size=3),),
        kept=frozenset("x"),
        free={"anything": [1, {"zzz": None}]},
    )
    assert isinstance(found.part.rate, float)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "name is missing. Give it."),
        ({"name": 3}, "name is 3; it must be a text."),
        (
            {"name": "a", "part": {"size": 0}},
            "part.size is 0; it must be a whole number from 1 on.",
        ),
        (
            {"name": "a", "part": {"size": True}},
            "part.size is True; it must be a whole number from",
        ),
        ({"name": "a", "part": {"size": 2.0}}, "part.size is 2.0; it must be a whole number"),
        ({"name": "a", "part": {"size": "2"}}, "part.size is '2'; it must be a whole number"),
        ({"name": "a", "part": {"size": 99}}, "part: size is 99; that is taken. Give another."),
        ({"name": "a", "part": {"rate": 0.0}}, "part.rate is 0.0; it must be a number above 0."),
        (
            {"name": "a", "part": {"rate": float("nan")}},
            "rate is nan; it must be a number above 0",
        ),
        (
            {"name": "a", "part": {"rate": float("inf")}},
            "rate is inf; it must be a number above 0",
        ),
        ({"name": "a", "part": {"pair": [0.1]}}, "it must be a list of 2, each a number from 0 to"),
        (
            {"name": "a", "part": {"pair": [0.1, 1]}},
            "part.pair[1] is 1; it must be a number from",
        ),
        ({"name": "a", "part": {"way": "up"}}, "part.way is 'up'; it must be one of in, out."),
        ({"name": "a", "part": None}, "part is None; it must be a table."),
        ({"name": "a", "further": {"size": -1}}, "further.size is -1; it must be a whole number"),
        (
            {"name": "a", "parts": [{}, {"size": 0}]},
            "parts[1].size is 0; it must be a whole",
        ),
        (
            {"name": "a", "parts": {"size": 1}},
            "parts is {'size': 1}; it must be a list, each a",
        ),
        (
            {"name": "a", "named": {"one": {}, "other one": {"size": 0}}},
            "named.other one.size is 0; it must be a whole number from 1 on.",
        ),
        (
            {"name": "a", "named": {"one": 2, "other": 0}},
            "named.other is 0; it must be a table or a whole number from 1 on.",
        ),
        ({"name": "a", "named": []}, "named is []; it must be a table."),
        (
            {"name": "a", "named": {"one": {"sise": 0}}},
            "unknown key 'named.one.sise'. Did you mean 'part.size'",
        ),
        ({"name": "a", "kept": [1]}, "kept[0] is 1; it must be a text."),
        ({"name": "a", "free": []}, "free is []; it must be a table."),
        ({"name": "a", "share": 0}, "share is 0; it must be a number above 0 to 1 or none."),
        ({"name": "a", "is_on": 1}, "is_on is 1; it must be true or false."),
        (
            {"name": "a", "part": {"sise": 2}},
            "unknown key 'part.sise'. Did you mean 'part.size'",
        ),
        ({"name": "a", "parts": [{"zzz": 2}]}, "unknown key 'parts[0].zzz'. Known are name, part,"),
        (
            {"name": "a", "prat": {"rate": 2}},
            "unknown key 'prat.rate'. Did you mean 'part.rate'",
        ),
        ([], "the whole is []; it must be a table."),
        ({"name": "x" * 500}, ""),
        ({"name": ["x" * 500]}, "…; it must be a text."),
    ],
)
def test_an_error_says_the_place_what_was_given_and_what_is_allowed(
    content: Any, message: str
) -> None:
    if not message:
        assert convert(content, Whole)
        return
    with pytest.raises(SettingError) as caught:
        convert(content, Whole)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 200
    assert "\n" not in str(caught.value)


def test_a_place_within_another_is_named_whole() -> None:
    with pytest.raises(SettingError, match=r"^tagging\.part\.size is 0; "):
        convert({"name": "a", "part": {"size": 0}}, Whole, within="tagging")
    with pytest.raises(SettingError, match=r"^tagging\.name is missing"):
        convert({}, Whole, within="tagging")
    with pytest.raises(SettingError, match=r"'tagging\.nmae'. Did you .* or 'b\.name'"):
        convert({"nmae": "a"}, Whole, within="tagging", further=["b.name"])


def test_what_is_made_in_python_is_checked_too() -> None:
    @dataclasses.dataclass(frozen=True)
    class Checked:
        pair: tuple[Fraction, ...] = ()
        part: Part = Part()

        def __post_init__(self) -> None:
            check(self)

    assert Checked([0.5]).pair == (0.5,)  # type: ignore[arg-type]
    assert Checked(part=Part(size=2)).part.size == 2
    with pytest.raises(SettingError, match=r"^pair\[1\] is 2; it must be a number from 0"):
        Checked((0.5, 2))
    with pytest.raises(SettingError, match=r"^part is 'x'; it must be a table"):
        Checked(part="x")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is no JSON: Expecting value"),
        (b'{"a": 1', "it is no JSON: Expecting"),
        (b'{"a": 1, "a": 2}', "the key 'a' stands twice"),
        (b'{"a": {"b": 1, "b": 1}}', "the key 'b' stands twice"),
        (b"[1]", "it holds [1]; it must be an object, in braces"),
        (b"null", "it holds None; it must be an object"),
        (b"\xef\xbb\xbf{}", "it is no JSON: Unexpected UTF-8 BOM"),
        (b'{"a": "\xff"}', "byte 7 is not UTF-8"),
        (b"[" * 200_000, "its brackets are nested too deeply"),
        (b'{"a":' * 200_000, "its brackets are nested too deeply"),
        (b'{"a": ' + b"9" * 5000 + b"}", "it is no JSON: Exceeds the limit"),
    ],
)
def test_what_is_no_object_is_refused_in_one_sentence(content: bytes, message: str) -> None:
    with pytest.raises(SettingError) as caught:
        parse_json(content)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_thousand_keys_of_which_one_stands_twice_are_refused_at_once() -> None:
    keys = ",".join(f'"{number}": 0' for number in range(200_000))
    with pytest.raises(SettingError, match="the key '7' stands twice"):
        parse_json(f'{{{keys}, "7": 0}}'.encode())


CONFIGS = [TrainingSettings, Calibration, Probe, Manifest, ItemList]


def test_no_number_of_a_config_or_manifest_may_be_nan() -> None:
    """A bare float lets NaN in: each number says its bounds, by a type of ``validation``."""
    from madang.models.bert.config import BertConfig
    from madang.models.bert4rec.config import Bert4RecConfig
    from madang.models.llama.config import LlamaConfig
    from madang.models.seq2seq.config import Seq2SeqConfig

    configs = [BertConfig, Bert4RecConfig, LlamaConfig, Seq2SeqConfig]
    assert len(configs) == len(FAMILIES)
    for kind in (*CONFIGS, *configs):
        for name, hint in get_type_hints(kind, include_extras=True).items():
            assert "float" not in bare(hint), f"{kind.__name__}.{name}"


def bare(hint: Any) -> set[str]:
    """Return the names of the types in a hint that stand there without bounds."""
    if hasattr(hint, "__metadata__"):
        return set()
    parts = getattr(hint, "__args__", ())
    return {getattr(hint, "__name__", "")} | {name for part in parts for name in bare(part)}


def test_every_type_that_a_config_uses_is_told_in_words() -> None:
    for kind in CONFIGS:
        for name, hint in get_type_hints(kind, include_extras=True).items():
            assert "<" not in validation.describe(hint), f"{kind.__name__}.{name}"
