"""A trained encoder to begin with: its tokenizer, its size, its weights.

Any folder serves that holds a BERT, whatever its task: a head's encoder is taken and the head left
behind. So one pre-training carries every later task. An exported folder serves too, and so does the
name of a model that ships: its int8 weights are near enough to go on from.
"""

import dataclasses
from pathlib import Path

from torch import Tensor

from madang import storage
from madang.errors import CheckpointError, SettingError
from madang.formats import manifest
from madang.formats.catalogue import find_model
from madang.models.bert.config import BertConfig
from madang.models.bert.heads.classification import BertForMaskedTokens
from madang.models.bert.model import BertEncoder
from madang.models.checkpoint import load_checkpoint, open_huggingface
from madang.models.exported import GRAPH_NAME, read_encoder
from madang.models.model import Model
from madang.models.weights import WEIGHTS_NAME
from madang.text.giveaway import GIVEAWAY
from madang.text.normalization import blank_first
from madang.text.tokenizer import Tokenizer


@dataclasses.dataclass(frozen=True, kw_only=True)
class TrainedEncoder:
    """An encoder's parts.

    ``weights`` are empty where they are to be drawn anew. ``head`` are those of its masked-token
    head, where it has one. ``sha256`` is that of the file they were read from, if it is one file.
    """

    config: BertConfig
    tokenizer: Tokenizer
    weights: dict[str, Tensor]
    head: dict[str, Tensor]
    sha256: str | None


def load_encoder(
    folder: str | Path,
    *,
    longest: int,
    fresh: bool = False,
    hides_giveaways: bool = False,
    dropout: float | None = None,
) -> TrainedEncoder:
    """Open a trained encoder by its folder or name, for texts of up to ``longest`` tokens.

    ``fresh`` leaves its weights out, ``hides_giveaways`` makes its tokenizer read telling hashtags
    as white space, ``dropout`` takes the place of that of its hidden layers.

    Raises ``CheckpointError`` when the folder holds no whole BERT or a tokenizer of another size,
    and ``SettingError`` when the encoder has fewer positions than ``longest``.
    """
    folder = find_model(folder)
    model, weights_file = _open(folder)
    encoder = getattr(model, "encoder", model)
    if not isinstance(encoder, BertEncoder):
        raise CheckpointError(
            f"{folder} holds a {type(model).__name__}, which has no BERT encoder. Give the folder "
            f"of a model that has: one that `madang train` wrote by a recipe of pre-training or of "
            f"fine-tuning."
        )
    config = encoder.config
    if longest > config.max_position_embeddings:
        raise SettingError(
            f"Texts of {longest} tokens were asked for, but the encoder in {folder} has "
            f"{config.max_position_embeddings} positions. Give a max_length and a reading_length "
            f"of at most {config.max_position_embeddings}."
        )
    if dropout is not None:
        config = dataclasses.replace(config, hidden_dropout_prob=dropout)
    tokenizer = _tokenizer(folder, config)
    if hides_giveaways:
        tokenizer = Tokenizer(blank_first(tokenizer.to_json(), GIVEAWAY))
    head: dict[str, Tensor] = {}
    if isinstance(model, BertForMaskedTokens) and not fresh:
        head = model.head.state_dict()
    return TrainedEncoder(
        config=config,
        tokenizer=tokenizer,
        weights={} if fresh else encoder.state_dict(),
        head=head,
        sha256=storage.sha256_of(weights_file) if weights_file.is_file() else None,
    )


def _open(folder: Path) -> tuple[Model, Path]:
    """Return the model in a folder, and the file that its weights were read from."""
    if (folder / GRAPH_NAME).is_file() and not (folder / WEIGHTS_NAME).is_file():
        manifest.read_manifest(folder)
        return read_encoder(folder), folder / GRAPH_NAME
    if (folder / manifest.FILE_NAME).is_file():
        return load_checkpoint(folder).model, folder / WEIGHTS_NAME
    return open_huggingface(folder), folder / WEIGHTS_NAME


def _tokenizer(folder: Path, config: BertConfig) -> Tokenizer:
    tokenizer = Tokenizer.load(folder)
    if tokenizer.vocab_size != config.vocab_size:
        raise CheckpointError(
            f"The tokenizer in {folder} has {tokenizer.vocab_size} tokens, the encoder "
            f"{config.vocab_size}. Put the tokenizer there that it was trained with."
        )
    return tokenizer
