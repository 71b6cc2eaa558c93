"""From raw text to a pre-trained encoder: tokenizer, shards, first embeddings, training.

What was built lies in the run's folder and is not built again; the training goes on where it was,
to the very batch, because a batch is a pure function of the seed and the step and the rows lie in
files that do not change.
"""

import dataclasses
import logging
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import torch

from madang.corpus.shard import TokenRows
from madang.datasets.split import is_taken
from madang.errors import SettingError
from madang.models.bert.config import BertConfig
from madang.models.bert.heads.masked_tokens import BertForMaskedTokens
from madang.models.bert.model import BertEncoder
from madang.models.checkpoint import save_checkpoint
from madang.recipes.corpus import CorpusRecipe, build_rows
from madang.recipes.encoder import EncoderRecipe, EncoderRun, Vocabulary
from madang.tasks.masked_tokens.objective import MaskedTokens
from madang.tasks.masked_tokens.objective import Vocabulary as MaskedVocabulary
from madang.text.bpe import train_bpe
from madang.text.tokenizer import Tokenizer
from madang.training.device.device import training_device
from madang.training.device.distributed import joined_world
from madang.training.loop.loop import train
from madang.training.reporting.result import RunState
from madang.training.settings import TrainingSettings
from madang.validation import Portion, Share

LOGGER = logging.getLogger("madang.training")
Trained = tuple[BertForMaskedTokens, RunState]
OBJECTIVE = "masked_tokens"
# Enough to count which tokens stand together; more changes no vector by much.
MOST_ROWS_COUNTED = 150_000


@dataclasses.dataclass(frozen=True, kw_only=True)
class PretrainingRecipe(CorpusRecipe, EncoderRecipe):
    """How an encoder is made from text without labels.

    ``vocabulary_share``: of the documents, from which the tokenizer is trained. ``objective``:
    "masked_tokens" is the only one. ``share`` of the tokens is hidden, ``whole_words`` at once or
    not.
    """

    hints: ClassVar[tuple[str, ...]] = (
        "Fine-tune it: madang train recipes/nsmc.toml --encoder.folder {checkpoint}",
    )

    vocabulary_share: Share = 1.0
    objective: str = OBJECTIVE
    share: Portion = MaskedTokens.share
    whole_words: bool = False
    training: TrainingSettings = dataclasses.field(default_factory=TrainingSettings)

    def __post_init__(self) -> None:
        """Raise ``SettingError`` for settings that no run can follow."""
        super().__post_init__()
        if self.objective != OBJECTIVE:
            raise SettingError(
                f"objective is {self.objective!r}; an encoder is pre-trained by {OBJECTIVE!r} "
                f"alone (docs/decisions/pretraining-objective.md says why). Leave it out."
            )
        positions = (self.model or BertConfig()).max_position_embeddings
        if self.encoder is None and self.row_length > positions:
            raise SettingError(
                f"row_length is {self.row_length}, but the model has only {positions} positions. "
                f"Give fewer or more."
            )

    def run(self, folder: Path, *, resume: bool = True) -> list[Path]:
        """Pre-train an encoder; see ``Recipe.run``.

        Raises ``DataError`` for sources that are missing or empty and for damaged shards.
        """
        device = training_device()
        with joined_world(device) as world:
            run = PretrainingRun(
                recipe=self,
                folder=Path(folder),
                # What the first process built anew, the others take as it is.
                resume=resume or not world.is_first,
                device=device,
            )
            if world.is_first:
                _ = run.rows  # what is not there yet is built here, the tokenizer too
            world.wait()
            trained = run.train()
            if world.is_first:
                run.save(trained)
                run.track_model("run", self.training)
            world.wait()
            return [run.checkpoint]


@dataclasses.dataclass(kw_only=True)
class PretrainingRun(EncoderRun):
    """The parts of one pre-training."""

    recipe: PretrainingRecipe
    device: torch.device = dataclasses.field(default_factory=lambda: torch.device("cpu"))

    def documents(self) -> Iterator[str]:
        """Yield the cleaned documents of all sources, each once."""
        return self.recipe.documents()

    @property
    def longest(self) -> int:
        """The number of tokens in a row."""
        return self.recipe.row_length

    def train_tokenizer(self) -> Tokenizer:
        """Train a tokenizer on a share of the documents."""
        share = self.recipe.vocabulary_share
        LOGGER.info("Training a tokenizer on a share of %s of the documents", share)
        return train_bpe(
            (text for text in self.documents() if is_taken("v" + text, share)),
            vocab_size=(self.recipe.vocabulary or Vocabulary()).vocab_size,
        )

    @cached_property
    def rows(self) -> tuple[TokenRows, TokenRows]:
        """The rows to train on, and held-out ones."""
        return build_rows(
            self.documents(),
            self.tokenizer,
            self.folder,
            row_length=self.recipe.row_length,
            resume=self.resume,
        )

    def new_encoder(self) -> BertEncoder:
        """Return the encoder to go on from, or one of drawn weights and counted embeddings."""
        seed = self.recipe.training.seed
        if self.encoder is not None:
            return self.draw_encoder(self.encoder.config, seed=seed)
        config = self.recipe.model or BertConfig()
        config = dataclasses.replace(config, vocab_size=self.tokenizer.vocab_size)
        encoder = self.draw_encoder(config, seed=seed)
        if self.recipe.cooccurrence is not None:
            rows = self.rows[0]
            step = max(1, len(rows) // MOST_ROWS_COUNTED)
            counted = [row.tolist() for row in rows[::step]]
            self.start_embeddings(encoder, counted, window=self.recipe.cooccurrence.window)
        return encoder

    def train(self) -> Trained:
        """Train the encoder; return what is kept of it, and how it went."""
        recipe = self.recipe
        vocabulary = MaskedVocabulary.of(self.tokenizer, whole_words=recipe.whole_words)
        encoder = self.new_encoder()
        model = self.masked_token_model(encoder)
        train_rows, held_out_rows = self.rows
        result = train(
            model=model.to(self.device),
            objective=MaskedTokens(vocabulary=vocabulary, share=recipe.share),
            train_data=train_rows,
            validation_data=held_out_rows,
            settings=recipe.training,
            folder=self.folder / "run",
            resume=self.resume,
            description=self.description,
        )
        if self.frozen_layers is None:
            repeat_positions(encoder, trained=recipe.row_length)
        return model, result

    def save(self, trained: Trained) -> Path:
        """Write the checkpoint with what it cost; return its folder."""
        model, result = trained
        save_checkpoint(
            self.checkpoint,
            model,
            tokenizer_json=self.tokenizer.to_json(),
            task=self.recipe.objective,
            max_length=model.config.max_position_embeddings,
            record={
                "recipe": self.recipe.name,
                "encoder": self.recipe.encoder_record,
                "data": [source.name for source in self.recipe.sources],
                "seconds": round(result.seconds),
                "energy_kwh_estimate": result.energy_kwh,
                "steps": result.step,
                "held_out": {result.metric: result.best_metric},
            },
        )
        return self.checkpoint


def repeat_positions(encoder: BertEncoder, *, trained: int) -> None:
    """Give positions that no row was long enough for the vectors of those that were trained.

    A drawn vector there would be noise to every text that is longer than a row. Source: the
    copied positions of Longformer, Beltagy 2020, section 5.
    """
    weight = encoder.position.weight
    with torch.no_grad():
        for start in range(trained, len(weight), trained):
            stop = min(start + trained, len(weight))
            weight[start:stop] = weight[: stop - start]
