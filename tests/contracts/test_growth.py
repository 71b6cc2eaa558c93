"""Twice the text costs at most three times as long, wherever a person's text is worked on.

Measured is the law applied twice, four times the text at most nine times as long: so a clock that
is off by half tells a square (sixteen) from what grows with the text (four).

Who works on texts is collected here, not listed: the fields of all forms, the functions that take a
text, the filters in templates, the tokenizers of the models that ship. A new one is under the law
at once; one that can not be called without more than a text fails until ``CALLS`` says how.

Three seeds are drawn anew in each run. ``MADANG_GROWTH_SEED`` repeats the run that failed.
"""

import ast
import datetime
import gc
import importlib
import inspect
import os
import pkgutil
import random
import re
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from allauth.core.context import request_context
from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm, UserChangeForm
from django.core.exceptions import ValidationError
from django.template import engines
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

import madang
import madang.community
import madang.text
from madang.community.accounts.forms import LoginForm
from madang.community.boards.highlight import mark_spans
from madang.community.boards.text import clean_text
from madang.community.moderation import disclosure, wording
from madang.community.moderation.forms import DecisionForm
from madang.community.moderation.panel import _draw
from madang.community.moderation.registry import SPEECH
from madang.community.reviews.sentence import find_sentences
from madang.community.tags.suggestion import rank_names
from madang.community.throttling.limit import fingerprint
from madang.formats import catalogue
from madang.text.character import read_parts
from madang.text.excerpt import read_ends
from madang.text.giveaway import blank_giveaways
from madang.text.legibility import is_legible
from madang.text.markup import write_marked
from madang.text.normalization import build_normalizer
from madang.text.obfuscation.trick import TRICKS, Trick, obfuscate
from madang.text.overlap import context_overlap, sentence_scores, shared_runs
from madang.text.question import question_windows
from madang.text.sentence import PROSE, REVIEW, sentence_spans, split_sentences
from madang.text.tokenizer import Tokenizer, visible_span, whole_characters
from madang.text.unicode import end_of_character
from madang.text.window import is_cut, text_windows
from madang.text.word import split_words

SOURCE = Path(madang.__file__).parent
LIMIT = 9.0
#: What holds so well the first time needs no second.
SURELY = 5.5
LETTERS = 1_500
#: Shorter than this nothing can be told from the noise of the clock; so long a text is enough.
QUIET_SECONDS = 0.0005
ENOUGH = 8 * LETTERS
TODAY = datetime.date(2026, 11, 22)

SEED = int(os.environ.get("MADANG_GROWTH_SEED") or random.SystemRandom().randrange(2**32))


def drawn(number: int) -> list[str]:
    """Draw short texts from all that Unicode can print."""
    source = random.Random(SEED)
    letters = [chr(code) for code in range(0x110000) if chr(code).isprintable()]
    return ["".join(source.choices(letters, k=source.randint(1, 6))) for _ in range(number)]


# What is repeated; "a|b" is "b" repeated behind one "a".
UNITS = [
    *("\n", "\r\n", "\t\n", " ", " \n", "|\u3000", "\u00a0", "\u2028", "\v", "가 "),
    *("\u0315\u0300", "\u0300", "e\u0315\u0300\u0344", "\u0315\0\u0300\0", "\uff9e\u0315"),
    *("\u0f73\u0300", "\u0315\u034f\u0300", "\u0315\u200b\u0300", "\U0001d165\U0001d16e"),
    *("a", "ㅋ", "가", "龘", "ａＢ", "1", "|9", "٣", "½", "\ufdfa", "ß", "İ"),
    *("\u1100\u1161\u11a8", "\u1161", "\u11a8", "\u3164", "\u200b", "\u202e", "\ufe0f", "\ufeff"),
    *("[", "]", "(|)", "<", "<a", "<a>", "<|:A", "<<", "{{", "<b>&amp;"),
    *("👩\u200d👧", "🙂", "🇰🇷", "👍🏽", "\U000e0041"),
    *("#", "#광고", "#광고 ", "#a,", "# ", "#광고|\t", "가#", "섹#스 ", "시*발*", "♥가★"),
    *("http://a.kr/ ", "http://|a", "www.|a.", "a@b.kr ", "a|@", "a.com,", "http://a.kr|)", "%ff"),
    *(".", "다. ", "!?…", ",", "·", "'\"", "“”", "\\", "/", ":", ";", "-", "_", "~"),
    *("\0", "\ud800", "\x1b", "[광고] ", "광고 ", "후기 ", "내돈내산", "내돈내산| ", "협찬 아님 "),
    *("광고|\n", "광고|\u3000", "글은 광고", "가 a1\n", "ǅ", "1,", "|0", "00"),
]
DRAWN = drawn(3)
UNITS += DRAWN
#: For what is slow, and built of what was under the law with all.
FEWER = [*UNITS[: -len(DRAWN) : 2], *DRAWN]


def pump(unit: str, length: int) -> str:
    """Repeat a unit up to a length."""
    head, bar, repeated = unit.partition("|")
    head, repeated = (head, repeated) if bar and repeated else ("", unit)
    return (head + repeated * (length // len(repeated) + 1))[:length]


# --- Who works on a text ---------------------------------------------------------------------


def modules(package: ModuleType) -> Iterator[ModuleType]:
    """Import all that a package holds."""
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if ".migrations" not in found.name:
            yield importlib.import_module(found.name)


#: So a parameter is called that is given what a person wrote.
NAMES = {
    *("text", "title", "body", "query", "typed", "original", "word", "sentence", "question"),
    *("context", "marked", "login", "username", "note", "line", "letters", "words", "texts"),
}


def is_text(parameter: inspect.Parameter, module: str) -> bool:
    """Say whether a parameter is a person's text."""
    is_named_so = parameter.name in NAMES or (parameter.name, module) in {
        ("name", "madang.community.tags.name")
    }
    return is_named_so and parameter.annotation in (str, "str")


def functions() -> Iterator[tuple[str, Callable[..., Any], list[str], list[str]]]:
    """Yield each public function that takes a text, with its texts and what else it needs."""
    for module in [*modules(madang.text), *modules(madang.community)]:
        for name, found in vars(module).items():
            function = inspect.unwrap(found) if callable(found) else None
            is_own = getattr(function, "__module__", "") == module.__name__
            if not inspect.isfunction(function) or not is_own or name.startswith("_"):
                continue
            parameters = inspect.signature(function).parameters.values()
            texts = [each.name for each in parameters if is_text(each, module.__name__)]
            if texts:
                rest = [
                    each.name
                    for each in parameters
                    if each.default is each.empty and each.kind is not each.VAR_KEYWORD
                    if each.name not in texts
                ]
                yield f"{module.__name__.removeprefix('madang.')}.{name}", function, texts, rest


def spans_of(text: str) -> list[tuple[int, int]]:
    """Cut a text into spans as a rule may find them: many, and near each other."""
    return [(start, start + 2) for start in range(0, len(text), 3)]


def entities_of(text: str) -> list[list[Any]]:
    return [[start, stop, "LOC", 0.9] for start, stop in spans_of(text)]


def findings_of(text: str) -> Any:
    spans = tuple(
        disclosure.Span(field="body", start=start, end=stop) for start, stop in spans_of(text)
    )
    return [disclosure.Finding(rule=disclosure.RULES[1], spans=spans)]


def overlaps_of(text: str) -> Any:
    spans = split_words(text)
    tokens = [text[start:stop] for start, stop in spans]
    return context_overlap(text, text, question_tokens=tokens, context_tokens=tokens, offsets=spans)


@lru_cache
def tokenizer(name: str = "entities") -> Tokenizer:
    return Tokenizer.load(catalogue.find_model(name))


def hide(trick: Trick, text: str) -> str:
    """Return the text as a letter trick writes it."""
    return trick(text, random.Random(0))


#: How to call what takes more than a text.
CALLS: dict[str, Callable[[str], Any]] = {
    "text.legibility.is_legible": lambda text: is_legible(
        text, tokenizer().encode([text])[0], tokenizer(), fewest_letters=10**9
    ),
    "text.character.read_parts": lambda text: read_parts(tokenizer(), text, max_length=128),
    "text.question.question_windows": lambda text: question_windows(
        tokenizer(), text, text, max_length=128
    ),
    "text.excerpt.read_ends": lambda text: read_ends(text, tokenizer(), max_tokens=512),
    "text.markup.write_marked": lambda text: write_marked(
        text, [(start, stop, "LOC") for start, stop in spans_of(text)]
    ),
    "text.overlap.context_overlap": overlaps_of,
    "text.overlap.sentence_scores": lambda text: sentence_scores(text, text.splitlines()),
    "text.overlap.shared_runs": lambda text: shared_runs(list(text), list(text)),
    "text.sentence.split_sentences": lambda text: [
        split_sentences(text, rule) for rule in (PROSE, REVIEW)
    ],
    "text.unicode.end_of_character": lambda text: end_of_character(text, 1, len(text)),
    "text.window.is_cut": lambda text: is_cut(
        text, *tokenizer().encode([text], max_length=128), max_length=128
    ),
    "text.obfuscation.trick.obfuscate": lambda text: obfuscate(text, "jamo"),
    **{
        f"text.obfuscation.trick.{trick.__name__}": partial(hide, trick)
        for trick in TRICKS.values()
    },
    "text.tokenizer.visible_span": lambda text: visible_span(text, "x", (0, len(text))),
    "text.tokenizer.whole_characters": lambda text: whole_characters(text, spans_of(text)),
    "community.boards.highlight.mark_spans": lambda text: [
        mark_spans(text, spans_of(text)),
        mark_spans(text, [(start, start + 1) for start in range(0, len(text), 90)]),
    ],
    "community.moderation.disclosure.check": lambda text: disclosure.check("", text, on=TODAY),
    "community.moderation.wording.matches": lambda text: list(wording.matches(wording.CLEAR, text)),
    "community.moderation.panel.draw": lambda text: _draw(findings_of(text), "", text),
    "community.throttling.limit.fingerprint": fingerprint,
    "community.reviews.sentence.find_sentences": lambda text: find_sentences(
        text, [[start, stop, 1.0] for start, stop in islice(spans_of(text), 5)]
    ),
    "community.tags.suggestion.rank_names": lambda text: rank_names(text, entities_of(text), set()),
}
#: These hand on a text, to what is under the law by itself, and ask for more than a text: the
#: database, a model, a page.
PASS_ON = {
    *("text.character.read_characters", "moderation.disclosure.is_disclosed"),
    *("boards.actions.write_post", "boards.actions.edit_post", "boards.actions.write_comment"),
    *("market.actions.write_review", "moderation.actions.appeal", "moderation.actions.decide"),
    *("moderation.panel.render_findings", "moderation.receivers.check_post"),
    *("inference.actions.answer_to", "inference.prediction.read"),
    *("tags.panel.render_found", "related.panel.render_ways"),
    *("boards.views.reading.person", "boards.views.reading.person_comments"),
    # The name of a parameter, and the operator's own setting.
    *("throttling.limit.limited", "site.rate.parse_limit"),
}


def rules() -> Iterator[tuple[str, Callable[[str], Any]]]:
    """Yield all functions that take a text, as functions of one text."""
    for name, function, texts, rest in functions():
        if name in CALLS or name.removeprefix("community.") in PASS_ON:
            continue
        assert not rest, f"{name} needs {rest}: say in CALLS how to call it with a text"
        yield name, lambda text, call=function, names=texts: call(**dict.fromkeys(names, text))  # type: ignore[misc]
    yield from CALLS.items()


def form_classes() -> set[type[forms.BaseForm]]:
    """Return the site's forms, and those of the account pages and the administration."""
    for _ in modules(madang.community):
        pass

    def below(kind: type) -> Iterator[type]:
        for each in kind.__subclasses__():
            yield each
            yield from below(each)

    own = {each for each in below(forms.BaseForm) if each.__module__.startswith("madang.")}
    shown = {
        getattr(getattr(view, "view_class", None), "form_class", None)
        for view in views(get_resolver())
    }
    administration = {
        *(AdminAuthenticationForm, AdminPasswordChangeForm),
        *(AdminUserCreationForm, UserChangeForm),
    }
    return {each for each in own | shown | administration if each is not None}


def views(resolver: URLResolver) -> Iterator[Callable[..., Any]]:
    for each in resolver.url_patterns:
        if isinstance(each, URLPattern):
            yield each.callback
        else:
            yield from views(each)


def fields() -> Iterator[tuple[str, Callable[[str], Any]]]:
    """Yield the fields of all forms, as functions of what was typed; fields that are alike once."""
    known = set()
    for form in sorted(form_classes(), key=lambda each: f"{each.__module__}.{each.__name__}"):
        for name, field in fields_of(form).items():
            limits = ("max_letters", "max_length", "one_line")
            kind = (type(field), *(getattr(field, each, None) for each in limits))
            if kind not in known:
                known.add(kind)
                yield f"{form.__module__}.{form.__name__}.{name}", cleaning(field)


def fields_of(form: Any) -> dict[str, forms.Field]:
    """Return a form's fields as it shows them, where it needs nobody to show them to."""
    try:
        shown: dict[str, forms.Field] = form(**FORM_ARGUMENTS.get(form, {})).fields
    except (TypeError, KeyError, AttributeError):
        shown = form.base_fields
    return shown


def cleaning(field: forms.Field) -> Callable[[str], Any]:
    def clean(text: str) -> None:
        try:
            field.clean(text)
        except ValidationError as error:
            str(error)

    clean.limit = getattr(field, "max_letters", None)  # type: ignore[attr-defined]
    return clean


FORM_ARGUMENTS: dict[type, dict[str, Any]] = {
    DecisionForm: {"kind": SPEECH},
    LoginForm: {"request": RequestFactory().post("/")},
}
#: These ask for a person, a session or a mail that is on its way; their fields are under the law.
FOR_SOMEBODY = "allauth", "django"


def whole_forms() -> Iterator[tuple[str, Callable[[str], Any]]]:
    """Yield the site's own forms: what they do beyond their fields, and how they are drawn."""
    for form in sorted(form_classes(), key=lambda each: f"{each.__module__}.{each.__name__}"):
        if form.__module__.startswith(FOR_SOMEBODY):
            continue

        def fill(text: str, form: Any = form) -> None:
            arguments = FORM_ARGUMENTS.get(form, {})
            with request_context(RequestFactory().post("/")):
                filled = form(data=dict.fromkeys(form(**arguments).fields, text), **arguments)
                filled.is_valid()
                str(filled)

        yield f"{form.__module__}.{form.__name__}", fill


CHAIN = re.compile(r"\{\{\s*[\w.]*?(?:body|title|sentence|note|beginning)((?:\|[\w:]+)+)\s*\}\}")


def filters() -> Iterator[tuple[str, Callable[[str], Any]]]:
    """Yield the chains of filters through which templates show a text."""
    chains = {
        chain
        for path in SOURCE.rglob("*.html")
        for chain in CHAIN.findall(path.read_text(encoding="utf-8"))
    }
    assert "|urlize|linebreaks" in chains
    for chain in sorted(chains):
        template = engines["django"].from_string(f"{{{{ text{chain} }}}}")
        yield chain, lambda text, template=template: template.render({"text": clean_text(text)})  # type: ignore[misc]


def tokenizers() -> Iterator[tuple[str, Callable[[str], Any]]]:
    """Yield the tokenizers of all models that ship, and the normaliser of those to come."""
    for name in catalogue.names():
        opened = tokenizer(name)
        yield (
            f"tokenizer {name}",
            lambda text, opened=opened: text_windows(*opened.encode([text]), max_length=128),  # type: ignore[misc]
        )
    normalizer = build_normalizer()
    yield "normalizer", lambda text: normalizer.normalize_str(re.sub("[\ud800-\udfff]", "", text))


# --- How long it takes -----------------------------------------------------------------------


def seconds(work: Callable[[str], Any], text: str) -> float:
    """Return the processor time of this thread that a piece of work takes."""
    begin = time.thread_time()
    work(text)
    return time.thread_time() - begin


def grows_too_fast(work: Callable[[str], Any], unit: str, length: int) -> float:
    """Return how many times as long four times the text takes, 0 where the law holds.

    What may break it is measured again and again, and then at twice the length: what else the
    machine does slows down one measurement, a square all. What is too quick to be measured is
    given a longer text.
    """
    while (seconds(work, pump(unit, 4 * length)) < QUIET_SECONDS) and length < ENOUGH:
        length *= 8
    for scale in (1, 2):
        ratio = growth(work, pump(unit, scale * length), pump(unit, 4 * scale * length))
        if ratio <= LIMIT:
            return 0.0
    return ratio


def growth(work: Callable[[str], Any], part: str, whole: str) -> float:
    """Return how many times as long a text takes as a part, at the best of six measurements."""
    short = long = float("inf")
    for _ in range(6):
        short, long = min(short, seconds(work, part)), min(long, seconds(work, whole))
        if long <= max(SURELY * short, QUIET_SECONDS):
            break
    return long / short if long > QUIET_SECONDS else 0.0


def broken(
    work: Callable[[str], Any], units: list[str] = UNITS, lengths: tuple[int, ...] = (LETTERS,)
) -> list[str]:
    """Return with which repetitions the law is broken, and how."""
    found = []
    gc.disable()
    try:
        for unit in units:
            for length in lengths:
                if len(found) < 3 and (ratio := grows_too_fast(work, unit, length)):
                    found.append(f"{unit!r} x {length}: {ratio:.1f} (MADANG_GROWTH_SEED={SEED})")
    finally:
        gc.enable()
    return found


def lengths_of(work: Callable[[str], Any]) -> tuple[int, ...]:
    """Return lengths from within what a field allows to far beyond it."""
    limit = getattr(work, "limit", None) or LETTERS
    return (limit // 2, 2 * limit) if limit >= LETTERS else (LETTERS,)


def named(found: Iterator[tuple[str, Callable[[str], Any]]]) -> Any:
    return pytest.mark.parametrize("work", [pytest.param(work, id=name) for name, work in found])


@named(rules())
def test_a_rule_takes_no_longer_than_its_text_grows(
    work: Callable[[str], Any], request: pytest.FixtureRequest
) -> None:
    slow = ("text.question", "text.overlap", "panel.draw", "highlight")
    is_slow = any(each in request.node.name for each in slow)
    assert broken(work, FEWER if is_slow else UNITS) == []


@pytest.mark.django_db
@named(fields())
def test_a_field_takes_no_longer_than_its_text_grows(work: Callable[[str], Any]) -> None:
    assert broken(work, lengths=lengths_of(work)) == []


@pytest.mark.django_db
@named(whole_forms())
def test_a_form_takes_no_longer_than_its_texts_grow(work: Callable[[str], Any]) -> None:
    assert broken(work, FEWER) == []


@named(filters())
def test_a_page_takes_no_longer_than_its_text_grows(work: Callable[[str], Any]) -> None:
    assert broken(work) == []


@named(tokenizers())
def test_a_tokenizer_takes_no_longer_than_its_text_grows(work: Callable[[str], Any]) -> None:
    assert broken(work, FEWER) == []


# --- What begins as a pattern does, and then goes on for ever ---------------------------------


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Yield the compiled patterns of the rules and of the texts' own modules."""
    for module in [*modules(madang.text), *modules(madang.community)]:
        for name, value in vars(module).items():
            for each in value if isinstance(value, tuple) else [value]:
                if isinstance(each, re.Pattern) and isinstance(each.pattern, str):
                    yield f"{module.__name__}.{name}", each


def witness(parsed: Any, source: random.Random) -> str:
    """Write a text that a parsed pattern matches, but for what it looks around for."""
    parts = []
    for kind, value in parsed:
        match str(kind):
            case "LITERAL":
                parts.append(chr(value))
            case "NOT_LITERAL":
                parts.append("가")
            case "ANY":
                parts.append("나")
            case "IN":
                parts.append(one_of(value, source))
            case "BRANCH":
                parts.append(witness(source.choice(value[1]), source))
            case "SUBPATTERN":
                parts.append(witness(value[-1], source))
            case "MAX_REPEAT" | "MIN_REPEAT":
                least, most, repeated = value
                number = source.randint(least, min(most, least + 1))
                parts += [witness(repeated, source) for _ in range(number)]
    return "".join(parts)


def one_of(members: Any, source: random.Random) -> str:
    kind, value = source.choice(members)
    match str(kind):
        case "LITERAL":
            return chr(value)
        case "RANGE":
            return chr(source.randint(*value))
    return " " if "SPACE" in str(value) else "가"


def test_no_rule_runs_wild_behind_words_that_it_looks_for() -> None:
    source = random.Random(SEED)
    heads = {
        witness(re._parser.parse(pattern.pattern), source)  # type: ignore[attr-defined]
        for _, pattern in patterns()
    }
    assert len(heads) >= 40
    units = [f"{head.replace('|', '')}|{unit}" for head in sorted(heads) for unit in (" ", "\n")]
    for work in (CALLS["community.moderation.disclosure.check"], blank_giveaways, sentence_spans):
        assert broken(work, units) == []


# --- That nobody is forgotten ----------------------------------------------------------------


def test_the_law_is_held_against_enough_texts() -> None:
    assert len(set(UNITS)) == len(UNITS)
    assert len(set(FEWER) - set(DRAWN)) >= 40


def test_the_law_is_broken_by_what_breaks_it() -> None:
    assert broken(re.compile(r"^\s*x", re.MULTILINE).findall, ["\n"], (500,))
    assert broken(re.compile(r"x\s*y?\s*z").findall, ["x| "], (500,))
    assert broken(lambda text: unicodedata.normalize("NFD", text), ["\u0315\u0300"]) or (
        sys.version_info >= (3, 11, 16)
    )
    assert broken(str.split, ["a "]) == []


def test_what_passes_a_text_on_is_still_there() -> None:
    known = {name.removeprefix("community.") for name, *_ in functions()}
    assert known >= PASS_ON
    assert {name for name in CALLS if not name.endswith(".draw")} <= {
        name if name.startswith("text") else f"community.{name}" for name in known
    } | {"text.overlap.shared_runs"}


def test_a_text_is_composed_in_one_place_alone() -> None:
    composing = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("normalize", "is_normalized")
        if isinstance(node.value, ast.Name) and node.value.id == "unicodedata"
    }
    assert composing == {"text/composition.py"}
