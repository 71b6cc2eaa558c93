"""The site's only way to the models. Each stands behind a ``CircuitBreaker`` of its own.

``read`` asks one of the six that read texts, and returns what may be kept under the hash of a text
and the version of a model; where there is nothing to judge in a text, the answer says so and holds
no label and no vector. Of a long text they are all given the beginning and the end alone
(``MAX_TOKENS``), and the answer says so. ``recommend`` and
``because`` ask the recommender. Which model is used, the operator sets by ``MADANG_ADS_MODEL``,
``MADANG_SENTIMENT_MODEL``, …; a model that is not there, or whose setting is empty, turns off what
needs it and nothing else.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from django.conf import settings

from madang.community.inference import version
from madang.community.inference.circuit_breaker import CircuitBreaker, ModelUnavailableError
from madang.errors import CheckpointError, MadangError

if TYPE_CHECKING:
    from madang.serving import Classifier
    from madang.text.excerpt import Excerpt

__all__ = ["ModelUnavailableError", "because", "read", "recommend"]

logger = logging.getLogger(__name__)

ORDINARY, AD, SPAMMING = "ordinary", "ad", "spam"

#: So many tokens of a text are read, half of them at its beginning and half at its end. It is what
#: the smallest models read in their sixteen windows; Korean has about two letters a token.
MAX_TOKENS = 1536
#: A text that every model can read: where it fails, the fault is the model's.
PROBE = "안녕하세요. 오늘은 날이 맑습니다."

SPAM, ADS, SENTIMENT, HATE = "spam", "ads", "sentiment", "hate"
ENTITIES, SENTENCE = "entities", "sentence"
#: The models that read texts, in the order in which a text is read: what may be withheld, first.
KINDS = (SPAM, ADS, SENTIMENT, HATE, ENTITIES, SENTENCE)
RECOMMENDER = "recommender"
#: The labels that a model of a kind has.
LABELS = {
    SPAM: {ORDINARY, SPAMMING},
    ADS: {ORDINARY, AD},
    SENTIMENT: {"negative", "positive"},
    HATE: {
        *("none", "offensive", "hate"),
        *("insult", "discrimination", "sexual", "threat", "profanity"),
    },
}
#: Of these kinds a model has some of the labels: one a text, and then one that says that nothing is
#: wrong; or any number a text, which its manifest says.
MAY_HAVE_SOME = {HATE: "none"}
#: The labels whose reasons are shown: what is ordinary needs none, and they take time.
REASONED = {
    SPAM: {SPAMMING},
    ADS: {AD},
    SENTIMENT: LABELS[SENTIMENT],
    HATE: LABELS[HATE] - {MAY_HAVE_SOME[HATE]},
}


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a model says of a text: ``value`` can be written as JSON, ``vector`` has length 1.

    Where there is nothing to judge, a classifier's label is None, and there is no vector.
    """

    kind: str
    model_name: str
    model_version: str
    value: dict[str, Any] = field(default_factory=dict)
    vector: npt.NDArray[np.float32] | None = None


def load_classifier(name: str) -> "Classifier":
    """Open a classifier; imported here, so that a site without one runs without ONNX Runtime."""
    from madang.serving import Classifier

    return Classifier.load(name)


def load_tagger(name: str) -> Any:
    """Open the model of entities."""
    from madang.serving import Tagger

    return Tagger.load(name)


def load_embedder(name: str) -> Any:
    """Open the model of sentence embeddings."""
    from madang.serving import Embedder

    return Embedder.load(name)


def load_recommender(name: str) -> Any:
    """Open the model that recommends."""
    from madang.serving import Recommender

    return Recommender.load(name)


def try_out(folder: Path) -> None:
    """Open a recommender and ask it once; raises CheckpointError where it gives no answer."""
    try:
        _ask_for_one(load_recommender(str(folder)))
    except MadangError:
        raise
    except Exception as error:  # ONNX Runtime's errors share no class of their own
        raise CheckpointError(
            f"The model gives no answer ({error}). Its files are not of one model: export it anew."
        ) from error


def is_there(name: str) -> bool:
    """Say whether *name* is a shipped model or a folder."""
    from madang.formats.catalogue import find_model

    try:
        find_model(name)
    except MadangError as error:
        logger.warning("Without the model %s, what needs it is off. %s", name, error)
        return False
    return True


def name_of(kind: str) -> str:
    """Return the model's name or folder, "" where the operator wants none."""
    name = getattr(settings, f"MADANG_{kind.upper()}_MODEL")
    if name is None:
        name = version.current(Path(settings.HOME) / version.FOLDER) or ""
    return str(name)


def has_model(kind: str) -> bool:
    """Say whether there is a model of that kind; what the log says of it, it says once."""
    name = name_of(kind)
    return bool(name) and _is_there(name)


@lru_cache(maxsize=32)
def _is_there(name: str) -> bool:
    return is_there(name)


def read(kind: str, text: str, *, patient: bool = False) -> Reply:
    """Return what the model of that kind says, or raise ``ModelUnavailableError`` soon.

    A background task is ``patient``: it asks even after a failure and waits longer.
    """
    reply: Reply = _breakers[kind].ask(partial(_read, kind, text), about=text, patient=patient)
    return reply


def recommend(history: Sequence[str], *, number: int, patient: bool = False) -> list[str]:
    """Return the items that fit a history best, best first, none of the history.

    None at all where the model knows no item of the history: what is popular is no answer to it.
    Raises ``ModelUnavailableError`` soon. Items are named as in ``extension/item.py``.
    """

    def ask(recommender: Any) -> list[str]:
        found = recommender.recommend(history=history, k=number, exclude_seen=True)
        is_known = found.num_unknown < len(history)
        return [each.item for each in found.items] if is_known else []

    return _recommender_breaker().ask(ask, about=(*history, number), patient=patient)


def because(history: Sequence[str], item: str, *, patient: bool = False) -> str | None:
    """Return the item of a history without which *item* would fit it least; None: it does not say.

    Raises ``ModelUnavailableError`` soon.
    """

    def ask(recommender: Any) -> str | None:
        found: str | None = recommender.because(history=history, item=item)
        return found

    return _recommender_breaker().ask(ask, about=(*history, item), patient=patient)


def may_be_cut(text: str) -> bool:
    """Say whether a text is so long that a model may have read its ends alone.

    Composed or not, a letter has three tokens at most.
    """
    return 3 * len(text) > MAX_TOKENS


def warm_up() -> None:
    """Begin to load the models in the background, so that the first post need not wait."""
    for kind in KINDS:
        if has_model(kind):
            _breakers[kind].warm_up()


def model_version(kind: str) -> str | None:
    """Return the version of the model in use, ``None`` while it has not been loaded."""
    return _breaker(kind).version


def labels_of(kind: str) -> tuple[str, ...]:
    """Return the labels of the model in use, none while it has not been loaded."""
    model = _breaker(kind).model
    return tuple(model.labels) if model else ()


def has_many_labels(kind: str) -> bool:
    """Say whether the model in use gives a text any number of labels; not before it is loaded."""
    model = _breaker(kind).model
    return model is not None and model.is_multi_label


def is_failing(kind: str) -> bool:
    """Say whether the model of that kind failed in this process a moment ago."""
    return _breaker(kind).is_paused


def forget() -> None:
    """Let go of the loaded models, so that the next question loads them anew."""
    _is_there.cache_clear()
    _breakers.update(_make_breakers())
    _recommenders.clear()


def _breaker(kind: str) -> CircuitBreaker[Any]:
    return _recommender_breaker() if kind == RECOMMENDER else _breakers[kind]


def _recommender_breaker() -> CircuitBreaker[Any]:
    """Return the door to the version in use, a new one where the operator chose another."""
    name = name_of(RECOMMENDER)
    door = _recommenders.get(name)
    if door is None:
        load = partial(load_recommender, name)
        door = CircuitBreaker(load, probe=_ask_for_one, describe=lambda: name)
        _recommenders.clear()
        _recommenders[name] = door
    return door


def _ask_for_one(recommender: Any) -> object:
    return recommender.recommend(history=recommender.items[:1], k=1)


def _read(kind: str, text: str, model: Any) -> Reply:
    """Have a model read a text: whatever the model, no more of it than ``MAX_TOKENS``."""
    return _READERS[kind](kind, model.excerpt(text, max_tokens=MAX_TOKENS), model)


def _classify_by_threshold(kind: str, excerpt: "Excerpt", classifier: "Classifier") -> Reply:
    """Answer as a classifier does, and say from where on it gives its last label."""
    reply = _classify(kind, excerpt, classifier)
    return replace(reply, value={**reply.value, "threshold": classifier.threshold})


def _classify(kind: str, excerpt: "Excerpt", classifier: "Classifier") -> Reply:
    (given,) = classifier.classify([excerpt.text], reasons=REASONED[kind])
    several: dict[str, Any] = {}
    if classifier.is_multi_label:
        several = {"labels": [*given.labels], "threshold": classifier.threshold}
    return _reply(
        kind,
        classifier,
        excerpt,
        **several,
        label=given.label,
        probabilities=dict(given.probabilities),
        # in the original's characters
        reasons=[[*excerpt.span(each.start, each.end), each.weight] for each in given.reasons],
    )


def _tag(kind: str, excerpt: "Excerpt", tagger: Any) -> Reply:
    (found,) = tagger.tag([excerpt.text])
    entities = [
        [*excerpt.span(each.start, each.end), each.type, float(each.probability)] for each in found
    ]
    return _reply(kind, tagger, excerpt, entities=entities)


def _embed(kind: str, excerpt: "Excerpt", embedder: Any) -> Reply:
    (vector_D,) = embedder.embed([excerpt.text])
    found = np.asarray(vector_D, np.float32)
    return _reply(kind, embedder, excerpt, vector=found if found.any() else None)


def _reply(kind: str, model: Any, excerpt: "Excerpt", vector: Any = None, **value: Any) -> Reply:
    return Reply(
        kind=kind,
        model_name=name_of(kind),
        model_version=model.version,
        value={**value, "is_truncated": excerpt.is_cut},
        vector=vector,
    )


_READERS: dict[str, Callable[[str, "Excerpt", Any], Reply]] = {
    SPAM: _classify_by_threshold,
    ADS: _classify_by_threshold,
    SENTIMENT: _classify,
    HATE: _classify,
    ENTITIES: _tag,
    SENTENCE: _embed,
}


def _load(kind: str) -> Any:
    name = name_of(kind)
    if kind == ENTITIES:
        return load_tagger(name)
    if kind == SENTENCE:
        return load_embedder(name)
    classifier = load_classifier(name)
    _check_labels(kind, name, classifier)
    return classifier


def _check_labels(kind: str, name: str, classifier: "Classifier") -> None:
    found, known, nothing = set(classifier.labels), LABELS[kind], MAY_HAVE_SOME.get(kind)
    if nothing is None:
        needed = "one a text of"
        is_right = found == known and not classifier.is_multi_label
    elif classifier.is_multi_label:
        needed, known = "any number a text of some of", known - {nothing}
        is_right = bool(found) and found <= known
    else:
        needed = f"one a text of {nothing!r} and some others of"
        is_right = {nothing} < found <= known
    if not is_right:
        raise ValueError(
            f"MADANG_{kind.upper()}_MODEL={name} has the labels {tuple(classifier.labels)}; the "
            f"site needs {needed} {tuple(sorted(known))}: name such a model."
        )


def _make_breakers() -> dict[str, CircuitBreaker[Any]]:
    return {
        kind: CircuitBreaker(
            partial(_load, kind),
            probe=partial(_read, kind, PROBE),
            describe=partial(name_of, kind),
        )
        for kind in KINDS
    }


_breakers = _make_breakers()
_recommenders: dict[str, CircuitBreaker[Any]] = {}
