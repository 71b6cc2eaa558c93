"""A checkpoint that finds entities: what a tagger does, with PyTorch in place of an ONNX file."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from madang.decoding.entity import FoundEntity, find_entities, join_parts
from madang.errors import CheckpointError
from madang.models.bert.heads.tagging import BertForCharacterTagging
from madang.models.checkpoint import load_checkpoint
from madang.text.character import OVERLAP, Characters, Part, read_parts
from madang.text.tokenizer import Tokenizer
from madang.training.loop.batching import sorted_batches
from madang.training.objective import attention_mask, pad

BATCH_SIZE, BATCH_TOKENS = 64, 8192


class CheckpointTagger:
    """Find the entities of texts with the model of a training checkpoint."""

    def __init__(self, folder: Path) -> None:
        """Open the folder; raises ``CheckpointError`` where it holds another kind of model."""
        checkpoint = load_checkpoint(folder)
        if not isinstance(checkpoint.model, BertForCharacterTagging):
            raise CheckpointError(
                f"{folder} holds a {type(checkpoint.model).__name__}, which tags no characters. "
                f"Give a checkpoint of the task 'tagging'."
            )
        self.manifest = checkpoint.manifest
        self._model = checkpoint.model
        self._tokenizer = Tokenizer.load(folder)

    def tag(self, texts: Sequence[str]) -> list[tuple[FoundEntity, ...]]:
        """Return the entities of each text, in order."""
        length = self.manifest.max_length
        read = [
            read_parts(self._tokenizer, text, max_length=length, overlap=length // OVERLAP)
            for text in texts
        ]
        jobs = [(characters, part) for characters, parts in read for part in parts]
        emissions = iter(self._emissions(jobs))
        transition_CC = self._transitions()
        return [
            find_entities(
                characters,
                join_parts(parts, [next(emissions) for _ in parts]),
                transition_CC,
                self.manifest.labels,
            )
            for characters, parts in read
        ]

    def _emissions(self, jobs: Sequence[tuple[Characters, Part]]) -> list[NDArray[np.float32]]:
        """Return the emissions (U, C) of every part, scored in batches of like length."""
        lengths = [len(part.ids) for _, part in jobs]
        num_tags = len(self.manifest.labels)
        emissions = [np.zeros((0, num_tags), np.float32)] * len(jobs)
        for batch in sorted_batches(lengths, batch_size=BATCH_SIZE, batch_tokens=BATCH_TOKENS):
            chosen = [jobs[index] for index in batch.tolist()]
            if not any(part.tokens for _, part in chosen):
                continue
            rows = [part.ids for _, part in chosen]
            inside = [(each, slice(part.first, part.last)) for each, part in chosen]
            with torch.inference_mode():
                emission_BUC, _ = self._model(
                    pad(rows, value=self._tokenizer.pad_id or 0),
                    attention_mask(rows),
                    pad([each.ids[span] for each, span in inside], value=0),
                    pad([part.tokens for _, part in chosen], value=0),
                    pad([each.places[span] for each, span in inside], value=-1),
                )
            for index, (_, part), scores_UC in zip(
                batch.tolist(), chosen, emission_BUC.numpy(), strict=True
            ):
                emissions[index] = scores_UC[: len(part.tokens)]
        return emissions

    def _transitions(self) -> NDArray[np.float32]:
        with torch.inference_mode():
            return self._model.transitions().numpy()
