"""A recipe: one TOML file that names everything a published model was made of.

``madang train recipes/ads_instagram.toml`` reads it, and any part can be said otherwise behind it:
``--fine_tuning.training.num_epochs 2``. A key that no part knows stops the run.
"""

import dataclasses
import difflib
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

from madang.errors import SettingError
from madang.models.bert.config import BertConfig
from madang.training.settings import TrainingSettings


@dataclasses.dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """The tokenizer that is trained on the texts of the recipe.

    ``hides_giveaways``: read hashtags that tell the label, and every bare ``#``, as white space.
    """

    vocab_size: int = 8000
    hides_giveaways: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Encoder:
    """The trained encoder that a model begins with, its tokenizer and its size.

    ``folder``: any checkpoint of a BERT, of whatever task, or a plain Hugging Face folder of one.
    ``fresh``: the same size and tokenizer, but weights drawn anew: what the network would be
    without its training. ``hides_giveaways``: as in ``Vocabulary``; the pieces stay the same.
    ``dropout``: in place of what the folder's ``config.json`` says of hidden layers.
    """

    folder: str
    fresh: bool = False
    hides_giveaways: bool = False
    dropout: float | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cooccurrence:
    """Token embeddings that begin as co-occurrence vectors; ``window`` in tokens to each side."""

    window: int = 5


@dataclasses.dataclass(frozen=True, kw_only=True)
class WarmUp:
    """Masked-token training on the texts of the recipe, before their labels are seen.

    ``share`` of the tokens is hidden. ``dropout`` takes the place of the model's: a network that
    sees its texts a few times has nothing to forget.
    """

    share: float = 0.15
    dropout: float = 0.0
    whole_words: bool = False
    training: TrainingSettings = dataclasses.field(default_factory=TrainingSettings)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Teacher:
    """A linear model on character n-grams whose doubt softens the labels.

    ``weight`` of its out-of-fold probability, the rest is the given label's. Each text is judged
    by a teacher that has not seen it, one of ``num_folds``.
    """

    weight: float = 0.5
    num_folds: int = 5
    shortest: int = 2
    longest: int = 4
    strength: float = 3.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tagging:
    """Options of the task ``tagging``; ``crf``: tags are a chain, or each stands by itself."""

    crf: bool = True


@dataclasses.dataclass(frozen=True, kw_only=True)
class Embedding:
    """Options of the task ``embedding``.

    ``temperature`` divides the cosines of texts that belong together, ``score_temperature`` those
    of scored pairs; lower is stricter. A scored pair counts ``score_weight`` times as much as
    another. ``num_documents``: the first so many of a data set of documents are learned from.
    """

    temperature: float = 0.05
    score_temperature: float = 0.05
    score_weight: float = 1.0
    num_documents: int = 8000


@dataclasses.dataclass(frozen=True, kw_only=True)
class FineTuning:
    """Training with labels, once for each of ``seeds``; the weights that agree are averaged."""

    seeds: tuple[int, ...] = (1,)
    label_smoothing: float = 0.0
    training: TrainingSettings = dataclasses.field(default_factory=TrainingSettings)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recipe:
    """How one model is made, from the name of its data to its weights.

    ``name``: under which results are reported. ``data``: data sets that ``madang data list``
    shows and paths of CSV or JSON-lines files, together. ``task``: what the model is to do, a name
    in ``madang.training.tasks``. ``encoder``: what it begins with; without one, a tokenizer is
    trained (``vocabulary``), a network of the size ``model`` drawn, and ``cooccurrence`` may give
    it its first embeddings. ``max_length``: tokens a text is cut to in training.
    ``reading_length``: tokens it is cut to afterwards; ``None`` is the same.
    ``threshold``: the calibrated probability from which the last of two labels is given.
    ``model``: the fields of BERT's ``config.json``; the size of the vocabulary is the tokenizer's.
    """

    name: str
    data: tuple[str, ...]
    task: str = "classification"
    max_length: int = 128
    reading_length: int | None = None
    threshold: float = 0.5
    encoder: Encoder | None = None
    vocabulary: Vocabulary | None = None
    model: BertConfig | None = None
    cooccurrence: Cooccurrence | None = None
    warm_up: WarmUp | None = None
    teacher: Teacher | None = None
    fine_tuning: FineTuning = FineTuning()
    tagging: Tagging = Tagging()
    embedding: Embedding = Embedding()

    def __post_init__(self) -> None:
        """Refuse what an encoder already settles with ``SettingError``."""
        settled = ("vocabulary", "model", "cooccurrence")
        given = [name for name in settled if getattr(self, name) is not None]
        if self.encoder is not None and given:
            raise SettingError(
                f"{', '.join(given)} and encoder are given; an encoder brings its tokenizer, its "
                f"size and its embeddings. Leave out the one or the other."
            )


def load_recipe(path: Path, overrides: Sequence[str] = ()) -> Recipe:
    """Read a recipe; ``overrides`` are options such as ``--max_length 64``.

    Raises ``SettingError`` for a missing file, broken TOML, an unknown key or a value of another
    type, with the nearest key that there is.
    """
    from jsonargparse import ArgumentError, ArgumentParser

    path = Path(path)
    if not path.is_file():
        raise SettingError(f"There is no recipe {path}. Those that ship lie in recipes/.")
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(f"{path} is not TOML: {error}. Mend that place.") from error
    parser = ArgumentParser(exit_on_error=False)
    parser.add_class_arguments(Recipe)
    try:
        settings = parser.parse_object(content)
        settings = parser.parse_args(list(overrides), namespace=settings)
        fields = parser.instantiate(settings).as_dict()
    except (ArgumentError, TypeError, ValueError) as error:
        raise SettingError(f"{path}: {_explain(str(error))}") from error
    return Recipe(**fields)


def _explain(message: str) -> str:
    """Add the nearest known key to what the parser says of an unknown one."""
    unknown = re.search(r"(?:[Oo]ption '|unrecognized arguments: --)(?:[\w.]*\.)?(\w+)", message)
    if unknown is None:
        return message
    near = difflib.get_close_matches(unknown[1], _known_keys(), n=1)
    hint = f"Did you mean {near[0]!r}?" if near else "See madang/training/recipe.py for all keys."
    return f"unknown key {unknown[1]!r}. {hint}"


def _known_keys() -> list[str]:
    parts = (
        Recipe,
        Encoder,
        Vocabulary,
        Cooccurrence,
        WarmUp,
        Teacher,
        FineTuning,
        Tagging,
        Embedding,
        TrainingSettings,
    )
    return [field.name for part in (*parts, BertConfig) for field in dataclasses.fields(part)]
