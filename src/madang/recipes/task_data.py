"""The data of a task as a recipe names it: rows, their labels, a tokenizer, rows as examples.

Each part is computed when the next one asks for it.
"""

import dataclasses
import json
import logging
import tempfile
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from madang import storage, validation
from madang.datasets.card import LabelledText, MultiLabelText
from madang.datasets.measured import MeasuredRows
from madang.datasets.own.columns import COLUMNS
from madang.datasets.registry import find_card
from madang.datasets.rows import TRAIN, VALIDATION, Source, load_texts
from madang.datasets.table.reader import is_path
from madang.errors import CheckpointError, SettingError
from madang.models.model import Model
from madang.recipes.encoder import EncoderRun, Vocabulary
from madang.tasks.learning import Learning
from madang.tasks.registry import find_learning
from madang.tasks.trained_encoder import TrainedEncoder
from madang.text.giveaway import GIVEAWAY
from madang.text.tokenizer import Tokenizer
from madang.text.unigram import train_unigram

if TYPE_CHECKING:
    from madang.recipes.fine_tuning import FineTuningRecipe

LOGGER = logging.getLogger("madang.training")
ENCODER_RECORD = "encoder.json"


@dataclasses.dataclass(kw_only=True)
class TaskData(EncoderRun):
    """What a fine-tuning learns from; its folder keeps the tokenizer and a teacher's work."""

    recipe: "FineTuningRecipe"

    @cached_property
    def task(self) -> Learning[Any, Any]:
        """What the model is to do, and how it learns that."""
        found: Learning[Any, Any] = find_learning(self.recipe.task)(self.recipe.options)
        return found

    @cached_property
    def source(self) -> Any:
        """The data that the recipe names, opened."""
        recipe = self.recipe
        columns = recipe.table or COLUMNS
        names, validation = self.licensed(recipe.data), self.licensed(recipe.validation)
        mixture = {name: recipe.mixture[name] for name in recipe.mixture if self.licensed((name,))}
        return self.task.open(names, columns=columns, validation=validation, mixture=mixture)

    def licensed(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return the data that may be learned from, own files included."""
        may_be_any = not self.recipe.licensed_only
        return tuple(
            name for name in names if may_be_any or is_path(name) or find_card(name).has_licence
        )

    @property
    def left_out(self) -> tuple[str, ...]:
        """The data that is left out, for its authors state no licence."""
        every = (*self.recipe.data, *self.recipe.validation)
        return tuple(name for name in every if not self.licensed((name,)))

    @property
    def num_learned(self) -> dict[str, int]:
        """How many different rows of each of the data are learned from."""
        if not isinstance(self.source, Source):
            return {}
        learned = set(map(id, self.train_rows))
        return {
            name: len(learned.intersection(map(id, self.source.rows_of(name, TRAIN))))
            for name in self.source.names
        }

    @cached_property
    def train_rows(self) -> list[Any]:
        """The rows to learn from."""
        measured = MeasuredRows.of(self.recipe.unseen)
        return measured.without(self.source.rows(TRAIN), what="to learn from")

    @cached_property
    def held_out_rows(self) -> list[Any]:
        """The rows by which epochs and averages are chosen and probabilities calibrated."""
        # A set whose hold-out is published too chooses by it all the same, and says so.
        measured = MeasuredRows.of(self.recipe.unseen, besides=(VALIDATION,))
        return measured.without(self.source.rows(VALIDATION), what="that are held out")

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The names of the labels, in the order of the logits."""
        return self.task.labels(self.source)

    def check(self) -> None:
        """Ask at the start for all that the end needs.

        Raises ``DataError`` for data with which the run could not be finished, ``SettingError`` for
        a folder that can not be written to and for options that do not fit the data.
        """
        check_writable(self.folder)
        if self.left_out:
            LOGGER.info("Left out, for no licence is stated: %s", ", ".join(self.left_out))
        if not self.licensed(self.recipe.data):
            raise SettingError(
                f"licensed_only leaves nothing to learn from: no licence is stated for "
                f"{', '.join(self.recipe.data)}. Give other data, or leave it out."
            )
        kind = getattr(self.task, "form", None) and self.task.form.kind
        if self.recipe.augmentation is not None and kind not in (LabelledText, MultiLabelText):
            raise SettingError(
                f"augmentation changes texts with labels, and the task {self.recipe.task!r} learns "
                f"from others. Leave it out."
            )
        self.task.check(self.train_rows, self.held_out_rows, labels=self.labels)
        self.task.objective(labels=self.labels)
        if self.recipe.self_training is not None:
            self.further_texts  # noqa: B018  (it is read here, and kept)
        LOGGER.info(
            "%d rows to learn from, %d held out%s",
            *(len(self.train_rows), len(self.held_out_rows)),
            f"; labels: {', '.join(self.labels)}" if self.labels else "",
        )

    @cached_property
    def further_texts(self) -> list[str]:
        """The texts without labels that a second round learns from."""
        settings = self.recipe.self_training
        assert settings is not None
        columns = self.recipe.table or COLUMNS
        texts = load_texts(settings.data, settings.split, limit=settings.num_texts, columns=columns)
        return MeasuredRows.of(self.recipe.unseen).without(texts, what="without labels")

    @property
    def reading_length(self) -> int:
        """The number of tokens that the finished model reads of a text."""
        return self.recipe.reading_length or self.recipe.max_length

    @property
    def longest(self) -> int:
        """The number of tokens that the model must have positions for."""
        return max(self.recipe.max_length, self.reading_length)

    @cached_property
    def encoder(self) -> TrainedEncoder | None:
        """The trained encoder that the recipe names; ``SettingError`` where it is another now."""
        encoder = super().encoder
        if encoder is not None:
            assert self.recipe.encoder is not None
            given: dict[str, Any] = {"fresh": self.recipe.encoder.fresh, "sha256": encoder.sha256}
            if self.frozen_layers is not None:
                given["frozen_layers"] = self.frozen_layers
            self._check_same_encoder(given)
        return encoder

    def train_tokenizer(self) -> Tokenizer:
        """Train a tokenizer on the texts to learn from."""
        texts = self.task.texts(self.train_rows)
        LOGGER.info("Training a tokenizer on %d texts", len(texts))
        vocabulary = self.recipe.vocabulary or Vocabulary()
        return train_unigram(
            texts,
            vocab_size=vocabulary.vocab_size,
            blank=GIVEAWAY if vocabulary.hides_giveaways else None,
        )

    @cached_property
    def train_examples(self) -> Sequence[Any]:
        """The examples to learn from, with what a teacher adds."""
        rows = self.train_rows
        if self.recipe.augmentation is not None:
            rows = self.recipe.augmentation.apply(rows)
        examples = self.examples(rows, max_length=self.recipe.max_length)
        return self.task.taught(rows, examples, labels=self.labels, folder=self.folder)

    @cached_property
    def held_out_examples(self) -> list[Any]:
        """The held-out examples, cut as in training."""
        return self.examples(self.held_out_rows, max_length=self.recipe.max_length)

    @cached_property
    def read_examples(self) -> list[Any]:
        """The held-out examples, as the finished model will read them."""
        return self.examples(self.held_out_rows, max_length=self.reading_length)

    def self_taught_examples(self, model: Model) -> list[Any]:
        """Return further texts, without labels, as examples of what ``model`` says of them."""
        LOGGER.info("Labelling %d further texts", len(self.further_texts))
        return self.task.taught_by(
            model,
            self.tokenizer,
            self.further_texts,
            rows=self.train_rows,
            max_length=self.recipe.max_length,
        )

    def text_ids(self, rows: Sequence[Any]) -> list[list[int]]:
        """Return every text of the rows as tokens, for what is learned without labels."""
        warm_up = self.recipe.warm_up
        max_length = (warm_up and warm_up.max_length) or self.recipe.max_length
        encodings = self.tokenizer.encode(self.task.texts(rows), max_length=max_length)
        return [encoding.ids for encoding in encodings]

    def examples(self, rows: Sequence[Any], *, max_length: int) -> list[Any]:
        """Return rows as tokens."""
        return self.task.examples(self.tokenizer, rows, labels=self.labels, max_length=max_length)

    def _check_same_encoder(self, given: dict[str, Any]) -> None:
        """Refuse to go on from another encoder than the run in the folder began with."""
        path = self.folder / ENCODER_RECORD
        found = _read_record(path) if self.resume and path.is_file() else given
        if found != given:
            raise SettingError(
                f"The run in {self.folder} began with another encoder ({found}) than the recipe "
                f"names now ({given}). Begin anew (--fresh, resume=False), or give another "
                f"folder (--output)."
            )
        storage.write_text(path, json.dumps(given) + "\n")


def check_writable(folder: Path) -> None:
    """Raise ``SettingError`` for a folder in which nothing can be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise SettingError(
            f"The run can not be written to {folder}: {error.strerror}. Give a folder of your own: "
            f"--output FOLDER."
        ) from error


def _read_record(path: Path) -> dict[str, Any]:
    try:
        return validation.parse_json(path.read_bytes())
    except SettingError as error:
        raise CheckpointError(
            f"{path} can not be read ({error}). It was cut off or edited: begin anew "
            f"(--fresh, resume=False)."
        ) from error
