"""From interactions to a recommender: read, hold out, train, guess vectors of new items, save.

A user's last item is the test target and is never read here. The last-but-one item is the
validation target: the epoch is chosen by its NDCG at 10 among all items. With ``split_at`` both
targets come from after a moment instead, and with ``held_out = "moment"`` all items of a moment are
held out together. The run's folder keeps what was trained, so an interrupted
run goes on.
"""

import dataclasses
import logging
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from madang.datasets.interactions.history import Interactions
from madang.datasets.interactions.holdout import Holdout, Unit, ValidationUsers, hold_out
from madang.datasets.interactions.notice import sentences
from madang.datasets.interactions.reading import Reading
from madang.datasets.interactions.record import reading_record
from madang.formats.item_list import ItemList, record_of, write_items
from madang.models.bert4rec import Bert4Rec, Bert4RecConfig, SasRec, SasRecConfig
from madang.models.bert4rec.huggingface import special_tokens_json
from madang.models.checkpoint import save_checkpoint
from madang.recipes.recipe import Recipe, Run
from madang.tasks.recommendation.cloze import Cloze
from madang.tasks.recommendation.description import (
    Description,
    Descriptions,
    check_enough,
    fit_map,
    read_descriptions,
)
from madang.tasks.recommendation.example import (
    Histories,
    HistoryExample,
    cut_histories,
    held_out_targets,
)
from madang.tasks.recommendation.item_loss import ItemLoss, LossName, item_loss
from madang.tasks.recommendation.objective import NextItem, Recommendation
from madang.tasks.recommendation.task import RECOMMENDATION
from madang.training.device.device import training_device
from madang.training.device.distributed import joined_world
from madang.training.loop.loop import train
from madang.training.reporting.result import RunState
from madang.training.settings import TrainingSettings
from madang.validation import Count, Portion, Probability

LOGGER = logging.getLogger("madang.training")
ObjectiveName = Literal["cloze", "next_item"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class RecommendationRecipe(Recipe):
    """How a recommender is made.

    ``interactions``: a data set by name, or a table of one's own, read by ``reading``.
    ``split_at``: two moments in seconds since 1970; what came from the first on is not learned
    from. Without them the last two items of each person are held out. ``held_out``: an ``item`` of
    each person, or all items of a ``moment``, whose order is only that of the file.
    ``objective``: ``next_item`` looks back (SASRec), ``cloze`` both ways (BERT4Rec); ``share`` and
    ``last_share`` belong to the latter. ``loss``: a name in ``item_loss.py``, with
    ``num_drawn`` items and gBCE's ``confidence``. ``stride``: learn from all of a history longer
    than the model has positions, in stretches so many items apart. ``model``: the fields of
    ``config.json``; the number of items is the data's. ``description``: what is known of items, so
    that new ones can be recommended. ``num_validation_users``: so many users, drawn by the seed,
    choose the epoch; the last-but-one item of all others is trained on, except with ``split_at``.
    """

    hints: ClassVar[tuple[str, ...]] = (
        *Recipe.hints,
        "Make it serve: madang export --model {checkpoint} --output {export}",
    )

    interactions: str
    reading: Reading = dataclasses.field(default_factory=Reading)
    split_at: tuple[int, ...] = ()
    held_out: Unit = "item"
    objective: ObjectiveName = "next_item"
    share: Portion = 0.2
    last_share: Probability = 0.1
    loss: LossName = "softmax"
    num_drawn: Count = 4096
    confidence: Probability = 0.75
    stride: Count | None = None
    model: Bert4RecConfig = dataclasses.field(default_factory=Bert4RecConfig)
    description: Description | None = None
    num_validation_users: Count = 10_000
    training: TrainingSettings = dataclasses.field(default_factory=TrainingSettings)

    def run(self, folder: Path, *, resume: bool = True) -> list[Path]:
        """Train a recommender; see ``Recipe.run``.

        Raises ``DataError`` for interactions that are missing, malformed or too few,
        ``SettingError`` where the run in ``folder`` began otherwise.
        """
        device = training_device()
        with joined_world(device) as world:
            run = RecommendationRun(recipe=self, folder=Path(folder), resume=resume, device=device)
            model, result = run.train()
            if world.is_first:
                run.save(model, result)
                run.track_model("run", self.training)
            world.wait()
            return [run.checkpoint]


@dataclasses.dataclass(kw_only=True)
class RecommendationRun(Run):
    """The parts of one run of such a recipe."""

    recipe: RecommendationRecipe
    device: torch.device = dataclasses.field(default_factory=lambda: torch.device("cpu"))

    @cached_property
    def interactions(self) -> Interactions:
        """Who met what, in order."""
        found = self.recipe.reading.read(self.recipe.interactions)
        for line in sentences(found.dropped, found.noticed):
            LOGGER.info(line)
        return found

    @cached_property
    def holdout(self) -> Holdout:
        """What is learned from, and what is held out for each person."""
        return hold_out(
            self.interactions,
            self.recipe.split_at,
            self.validation_users,
            unit=self.recipe.held_out,
        )

    @property
    def validation_users(self) -> ValidationUsers:
        """By whom the epoch is chosen."""
        return ValidationUsers(self.recipe.num_validation_users, self.recipe.training.seed)

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """How often each item is met in what is learned from."""
        return self.holdout.train.counts()

    @cached_property
    def descriptions(self) -> Descriptions | None:
        """What is known of the items, if the recipe says where."""
        if self.recipe.description is None:
            return None
        return read_descriptions(self.recipe.description, self.interactions.item_ids.to_list())

    @cached_property
    def histories(self) -> Histories:
        """The stretches of histories that are learned from."""
        # What is asked after the last position is an item more than the model reads.
        further = 0 if self.recipe.objective == "cloze" else 1
        return cut_histories(
            self.holdout.train,
            max_length=self.recipe.model.max_position_embeddings + further,
            stride=self.recipe.stride,
        )

    def new_model(self) -> Bert4Rec:
        """Return the model of the recipe's objective with drawn weights."""
        torch.manual_seed(self.recipe.training.seed)
        config = self.recipe.model.of_items(self.interactions.num_items)
        if self.recipe.objective == "cloze":
            return Bert4Rec(config)
        return SasRec(SasRecConfig(**dataclasses.asdict(config)))

    def objective(self) -> Recommendation:
        """Return how histories are learned and measured."""
        recipe = self.recipe
        loss: ItemLoss = item_loss(
            recipe.loss,
            counts=self.counts,
            num_drawn=recipe.num_drawn,
            confidence=recipe.confidence,
        )
        if recipe.objective == "next_item":
            return NextItem(item_loss=loss)
        return Cloze(
            item_loss=loss,
            num_items=self.interactions.num_items,
            share=recipe.share,
            last_share=recipe.last_share,
        )

    def train(self) -> tuple[Bert4Rec, RunState]:
        """Train the model; return it with how it went."""
        found, model = self.interactions, self.new_model()
        # Before the training, that a wrong file costs no night.
        if self.descriptions is not None:
            check_enough(self.descriptions, self.counts)
        LOGGER.info(
            "%d people, %d items, %d interactions", found.num_users, found.num_items, len(found)
        )
        train_data: Sequence[HistoryExample] = self.histories
        result = train(
            model=model.to(self.device),
            objective=self.objective(),
            train_data=train_data,
            validation_data=held_out_targets(self.holdout, most_items=model.most_items),
            settings=self.recipe.training,
            folder=self.folder / "run",
            resume=self.resume,
            description=self.description,
        )
        return model, result

    def save(self, model: Bert4Rec, result: RunState) -> Path:
        """Write the checkpoint with its catalogue and what it cost; return its folder."""
        model = model.cpu()
        arrays = self._describe_unmet(model)
        recipe, found = self.recipe, self.descriptions
        has_text = recipe.description is not None and bool(recipe.description.vectors)
        items = ItemList(
            items=tuple(self.interactions.item_ids.to_list()),
            counts=tuple(self.counts.tolist()),
            describer=recipe.description.describer if recipe.description and has_text else "",
            attributes=found.attributes if found else (),
        )
        write_items(self.checkpoint, items=items, arrays=arrays, texts={})
        save_checkpoint(
            self.checkpoint,
            model,
            tokenizer_json=special_tokens_json(len(items.items)),
            task=RECOMMENDATION.name,
            max_length=model.config.max_position_embeddings,
            record={
                "recipe": recipe.name,
                "data": [recipe.interactions],
                **reading_record(
                    recipe.reading,
                    recipe.split_at,
                    self.validation_users,
                    unit=recipe.held_out,
                ),
                **record_of(items),
                "objective": recipe.objective,
                "loss": recipe.loss,
                "seconds": round(result.seconds),
                "energy_kwh_estimate": result.energy_kwh,
                "steps": result.step,
                "still_improving": result.still_improving,
                "validation": {result.metric: result.best_metric},
            },
        )
        return self.checkpoint

    def _describe_unmet(self, model: Bert4Rec) -> dict[str, NDArray[np.float32]]:
        """Give described items that were never met the vectors that their descriptions say."""
        found = self.descriptions
        if found is None:
            return {}
        items = slice(1, model.config.mask_token_id)
        vectors, offsets = model.encoder.token.weight.detach(), model.head.bias.detach()
        targets = np.concatenate([vectors[items].numpy(), offsets[items, None].numpy()], axis=1)
        matrix = fit_map(found, targets, self.counts)
        is_new = found.is_known & (self.counts == 0)
        guessed = torch.from_numpy(found.features[is_new] @ matrix[:-1] + matrix[-1])
        ids = torch.from_numpy(np.flatnonzero(is_new) + 1)
        with torch.no_grad():
            vectors[ids], offsets[ids] = guessed[:, :-1], guessed[:, -1]
        return {"description_map": matrix}
