"""A trained encoder to begin with: its tokenizer, its size, its weights.

Any folder serves that holds a BERT, whatever its task: a head's encoder is taken and the head left
behind. So one pre-training carries every later task. An exported folder serves too, and so does the
name of a model that ships: its int8 weights are near enough to go on from.
"""

import dataclasses
import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from torch import Tensor

from madang import storage
from madang.errors import CheckpointError, SettingError
from madang.formats import manifest
from madang.formats.catalogue import find_model
from madang.formats.manifest import GRAPH_NAME, WEIGHTS_NAME
from madang.models.bert.config import BertConfig
from madang.models.bert.exported import read_encoder
from madang.models.bert.heads.masked_tokens import BertForMaskedTokens
from madang.models.bert.heads.sentence import SentenceEncoder
from madang.models.bert.model import BertEncoder
from madang.models.checkpoint import load_checkpoint, open_huggingface
from madang.models.model import Model
from madang.runtime.runner import Array
from madang.runtime.torch import TorchRunner
from madang.tasks.vector import SIGNATURE, read_vectors
from madang.text.giveaway import GIVEAWAY
from madang.text.normalization import blank_first
from madang.text.tokenizer import Tokenizer

# Tokens that an encoder reads of a text at once, where it is only asked for a vector.
LONGEST_FOR_VECTORS = 128


@dataclasses.dataclass(frozen=True, kw_only=True)
class TrainedEncoder:
    """An encoder's parts.

    ``weights`` are empty where they are to be drawn anew. ``head`` are those of its masked-token
    head, where it has one. ``sha256`` is that of the file they were read from (of an export on a
    trunk, that of both graphs), or of what was read where it was no single file.
    """

    config: BertConfig
    tokenizer: Tokenizer
    weights: dict[str, Tensor]
    head: dict[str, Tensor]
    sha256: str


def load_encoder(
    folder: str | Path,
    *,
    longest: int,
    fresh: bool = False,
    hides_giveaways: bool = False,
    dropout: float | None = None,
) -> TrainedEncoder:
    """Open the encoder in a folder, or of a shipped model, for texts of up to ``longest`` tokens.

    ``fresh`` leaves its weights behind, ``hides_giveaways`` has its tokenizer read hashtags that
    tell the label as white space, ``dropout`` takes the place of what its config says.

    Raises ``CheckpointError`` when the folder holds no whole BERT or a tokenizer of another size,
    and ``SettingError`` when the encoder has fewer positions than ``longest``.
    """
    folder = find_model(folder)
    model, sha256 = _open(folder)
    encoder = getattr(model, "encoder", model)
    if not isinstance(encoder, BertEncoder):
        raise CheckpointError(
            f"{folder} holds a {type(model).__name__}, which has no BERT encoder. Give the folder "
            f"of a model that has: one that `madang train` wrote."
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
        sha256=sha256 or _sha256(encoder),
    )


def encoder_vectors(folder: str, texts: Sequence[str]) -> Array:
    """Return the vectors (N, D) of texts that a trained encoder gives, its tokens averaged.

    They have length 1; zeros where nothing can be read. Raises ``CheckpointError`` when the
    folder holds no whole BERT.
    """
    trained = load_encoder(folder, longest=1)
    encoder = BertEncoder(trained.config)
    encoder.load_state_dict(
        {name: weight for name, weight in trained.weights.items() if "pooler." not in name}
    )
    vectors = read_vectors(
        TorchRunner(SentenceEncoder(encoder), SIGNATURE),
        trained.tokenizer,
        texts,
        max_length=min(LONGEST_FOR_VECTORS, trained.config.max_position_embeddings),
    )
    nothing_D = np.zeros(trained.config.hidden_size, np.float32)
    return np.stack([nothing_D if each.vector is None else each.vector for each in vectors])


def _open(folder: Path) -> tuple[Model, str | None]:
    """Return the model in a folder, and the SHA-256 of its weights, where they are one file."""
    weights = folder / WEIGHTS_NAME
    if (folder / GRAPH_NAME).is_file() and not weights.is_file():
        manifest.read_manifest(folder)
        return read_encoder(folder), manifest.weights_sha256(folder)
    is_ours = (folder / manifest.FILE_NAME).is_file()
    model = load_checkpoint(folder).model if is_ours else open_huggingface(folder)
    return model, storage.sha256_of(weights) if weights.is_file() else None


def _sha256(encoder: BertEncoder) -> str:
    digest = hashlib.sha256()
    for name, weight in sorted(encoder.state_dict().items()):
        digest.update(name.encode() + weight.contiguous().numpy().tobytes())
    return digest.hexdigest()


def _tokenizer(folder: Path, config: BertConfig) -> Tokenizer:
    tokenizer = Tokenizer.load(folder)
    if tokenizer.vocab_size != config.vocab_size:
        raise CheckpointError(
            f"The tokenizer in {folder} has {tokenizer.vocab_size} tokens, the encoder "
            f"{config.vocab_size}. Put the tokenizer there that it was trained with."
        )
    return tokenizer
