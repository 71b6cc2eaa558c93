"""The data of a task as a recipe names it: rows, their labels, a tokenizer, rows as examples.

Each part is computed when the next one asks for it.
"""

import dataclasses
import logging
import tempfile
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from madang.datasets.card import LabelledText, MultiLabelText
from madang.datasets.measured import MeasuredRows
from madang.datasets.own.columns import COLUMNS
from madang.datasets.registry import find_card
from madang.datasets.rows import TRAIN, VALIDATION, Source, load_texts
from madang.datasets.table.reader import is_path
from madang.errors import SettingError
from madang.formats.manifest import Manifest
from madang.models.model import Model
from madang.recipes.encoder import EncoderRun, Vocabulary
from madang.recipes.teacher import CHUNK, OpenTeacher
from madang.tasks.checkpoint import open_trained
from madang.tasks.distillation import Answer, Distilled, Teachable
from madang.tasks.learning import Learning
from madang.tasks.predictor import in_batches
from madang.tasks.registry import find_learning
from madang.tasks.trained_encoder import TrainedEncoder
from madang.text.giveaway import GIVEAWAY
from madang.text.tokenizer import Tokenizer
from madang.text.unigram import train_unigram
from madang.training.objective import Objective
from madang.training.settings import warn_useless

if TYPE_CHECKING:
    from madang.recipes.fine_tuning import FineTuningRecipe

LOGGER = logging.getLogger("madang.training")


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
        self._check_teacher()
        if self.recipe.further is not None:
            self.further_texts  # noqa: B018  (it is read here, and kept)
        LOGGER.info(
            "%d rows to learn from, %d held out%s",
            *(len(self.train_rows), len(self.held_out_rows)),
            f"; labels: {', '.join(self.labels)}" if self.labels else "",
        )

    def _check_teacher(self) -> None:
        """Raise ``MadangError`` where no model can teach or label what the recipe asks for."""
        teacher, task = self.teacher, self.task
        if self.recipe.further is not None and type(task).labelled is Learning.labelled:
            given = "self_training" if teacher is None else "teacher.further"
            raise SettingError(
                f"{given} is given, but the task {self.recipe.task!r} has none. Leave it out."
            )
        if teacher is not None:
            task.asked(self.train_rows[:1])
            tokenizer = self.tokenizer if task.shares_tokenizer else None
            teacher.check(task=self.recipe.task, labels=self.labels, tokenizer=tokenizer)
            if teacher.settings.temperature != 1 and not task.has_temperature:
                warn_useless("teacher.temperature", f"{self.recipe.task!r} compares cosines")
        self.check_same("teacher", {} if teacher is None else teacher.facts)

    @cached_property
    def teacher(self) -> OpenTeacher | None:
        """The fine-tuned model that is learned from beside the labels, if the recipe names one."""
        settings = self.recipe.teacher
        if settings is None:
            return None
        return OpenTeacher(settings=settings, folder=self.folder / "answers")

    @property
    def objective(self) -> Objective[Any]:
        """How the examples are learned and measured."""
        own = self.task.objective(labels=self.labels)
        settings = self.recipe.teacher
        if settings is None:
            return own
        assert isinstance(own, Teachable)
        return Distilled(objective=own, weight=settings.weight, temperature=settings.temperature)

    @cached_property
    def further_texts(self) -> list[str]:
        """The texts without labels that a model labels."""
        settings = self.recipe.further
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
            self.check_same("encoder", given)
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
        """The examples to learn from, with what teachers add."""
        rows = self.train_rows
        if self.recipe.augmentation is not None:
            rows = self.recipe.augmentation.apply(rows)
        examples = self.examples(rows, max_length=self.recipe.max_length)
        taught = self.task.taught(rows, examples, labels=self.labels, folder=self.folder)
        if self.teacher is None:
            return taught
        answers = self.teacher.answers(self.task.asked(rows))
        found = self.task.answered(rows, taught, answers)
        if self.teacher.settings.further is not None:
            LOGGER.info("The teacher labels %d further texts", len(self.further_texts))
            answers = self.teacher.answers(self.further_texts)
            further = self._labelled_by(answers, reader=self.teacher.tokenizer)
            found += self.task.answered(*further, answers)
        return found

    @cached_property
    def held_out_examples(self) -> list[Any]:
        """The held-out examples, cut as in training."""
        return self.examples(self.held_out_rows, max_length=self.recipe.max_length)

    @cached_property
    def read_examples(self) -> list[Any]:
        """The held-out examples, as the finished model will read them."""
        return self.examples(self.held_out_rows, max_length=self.reading_length)

    def self_taught_examples(self, model: Model) -> Sequence[Any]:
        """Return further texts, without labels, as examples of what ``model`` says of them."""
        LOGGER.info("Labelling %d further texts", len(self.further_texts))
        manifest = Manifest(
            family=model.family,
            task=self.recipe.task,
            labels=self.labels,
            max_length=self.recipe.max_length,
            tokenizer_sha256=self.tokenizer.sha256,
        )
        predictor = open_trained(model, manifest, self.tokenizer, precision="auto")
        batches = in_batches(self.further_texts, CHUNK)
        answers = [answer for batch in batches for answer in predictor.outputs(batch)]
        return self._labelled_by(answers, reader=self.tokenizer)[1]

    def _labelled_by(
        self, answers: Sequence[Answer], *, reader: Tokenizer
    ) -> tuple[list[Any], Sequence[Any]]:
        """Return the further texts as rows and as examples, labelled by a model's answers."""
        texts = self.further_texts
        rows = self.task.labelled(texts, answers, labels=self.labels, reader=reader)
        examples = self.examples(rows, max_length=self.recipe.max_length)
        return rows, self.task.taught_by(examples, answers, texts, rows=self.train_rows)

    def text_ids(self, rows: Sequence[Any]) -> list[list[int]]:
        """Return every text of the rows as tokens, for what is learned without labels."""
        warm_up = self.recipe.warm_up
        max_length = (warm_up and warm_up.max_length) or self.recipe.max_length
        encodings = self.tokenizer.encode(self.task.texts(rows), max_length=max_length)
        return [encoding.ids for encoding in encodings]

    def examples(self, rows: Sequence[Any], *, max_length: int) -> list[Any]:
        """Return rows as tokens."""
        return self.task.examples(self.tokenizer, rows, labels=self.labels, max_length=max_length)


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
