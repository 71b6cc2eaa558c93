"""What a run begins with: a trained encoder, or a drawn network with a vocabulary of its own."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Protocol

import torch
from torch import Tensor

from madang.baselines.cooccurrence import cooccurrence_vectors
from madang.errors import SettingError
from madang.models.bert.config import BertConfig
from madang.models.bert.model import BertEncoder, Pooler
from madang.text.tokenizer import Tokenizer
from madang.validation import Count, Fraction


@dataclasses.dataclass(frozen=True, kw_only=True)
class Encoder:
    """The trained encoder that a model begins with, its tokenizer and its size.

    ``folder``: any checkpoint of a BERT, of whatever task, an exported one, a plain Hugging Face
    folder, or the name of a model that ships.
    ``fresh``: the same size and tokenizer, but weights drawn anew: what the network would be
    without its training. ``hides_giveaways``: as in ``Vocabulary``; the pieces stay the same.
    ``dropout``: in place of what the folder's ``config.json`` says of hidden layers.
    """

    folder: str
    fresh: bool = False
    hides_giveaways: bool = False
    dropout: Fraction | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """The tokenizer that is trained on the texts of the recipe.

    ``hides_giveaways``: read hashtags that tell the label, and every bare ``#``, as white space.
    """

    vocab_size: Count = 8000
    hides_giveaways: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cooccurrence:
    """Token embeddings that begin as co-occurrence vectors; ``window`` in tokens to each side."""

    window: Count = 5


class Beginning(Protocol):
    """What two kinds of recipes have in common: an encoder, or what stands in its place."""

    @property
    def encoder(self) -> Encoder | None:
        """The trained encoder to go on from."""
        ...

    @property
    def vocabulary(self) -> Vocabulary | None:
        """The tokenizer that is trained."""
        ...

    @property
    def model(self) -> BertConfig | None:
        """The size of the network that is drawn."""
        ...

    @property
    def cooccurrence(self) -> Cooccurrence | None:
        """How the first embeddings are counted."""
        ...


def refuse_settled(recipe: Beginning) -> None:
    """Raise ``SettingError`` for a recipe that names an encoder and gives what one brings."""
    settled = ("vocabulary", "model", "cooccurrence")
    given = [name for name in settled if getattr(recipe, name) is not None]
    if recipe.encoder is not None and given:
        raise SettingError(
            f"{', '.join(given)} and encoder are given; an encoder brings its tokenizer, its "
            f"size and its embeddings. Leave out the one or the other."
        )


def new_encoder(config: BertConfig, weights: Mapping[str, Tensor], *, seed: int) -> BertEncoder:
    """Return an encoder with ``weights``, or where there are none with weights drawn by ``seed``.

    The weights are drawn in both cases: what is drawn after them is then the same.
    """
    torch.manual_seed(seed)
    pooler = Pooler(config.hidden_size) if "pooler.dense.weight" in weights else None
    encoder = BertEncoder(config, pooler=pooler)
    if weights:
        encoder.load_state_dict(dict(weights))
    return encoder


def start_embeddings(
    encoder: BertEncoder, rows: Sequence[Sequence[int]], tokenizer: Tokenizer, *, window: int
) -> None:
    """Put co-occurrence vectors in place of the drawn embeddings of all tokens that occur."""
    specials = (
        tokenizer.pad_id,
        tokenizer.unk_id,
        tokenizer.cls_id,
        tokenizer.sep_id,
        tokenizer.mask_id,
    )
    vectors = cooccurrence_vectors(
        rows,
        vocab_size=tokenizer.vocab_size,
        hidden_size=encoder.config.hidden_size,
        window=window,
        special_ids=[index for index in specials if index is not None],
        std=2 * encoder.config.initializer_range,
        seed=0,
    )
    is_known = torch.from_numpy(vectors.any(axis=1))
    with torch.no_grad():
        encoder.token.weight[is_known] = torch.from_numpy(vectors)[is_known]
