"""What a run begins with: a trained encoder, or a drawn network with a vocabulary of its own."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from madang import storage
from madang.baselines.cooccurrence import cooccurrence_vectors
from madang.errors import SettingError
from madang.models.bert.config import BertConfig
from madang.models.bert.heads.masked_tokens import BertForMaskedTokens
from madang.models.bert.model import BertEncoder, Pooler
from madang.recipes.recipe import Recipe
from madang.tasks.trained_encoder import TrainedEncoder
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


@dataclasses.dataclass(frozen=True, kw_only=True)
class EncoderRecipe(Recipe):
    """A recipe that begins with a trained ``encoder``, or with what stands in its place.

    Without one a tokenizer is trained (``vocabulary``), a network of the size ``model`` drawn (the
    fields of BERT's ``config.json``; the size of the vocabulary is the tokenizer's), and
    ``cooccurrence`` may give it its first embeddings.
    """

    encoder: Encoder | None = None
    vocabulary: Vocabulary | None = None
    model: BertConfig | None = None
    cooccurrence: Cooccurrence | None = None

    def __post_init__(self) -> None:
        """Raise ``SettingError`` where an encoder is named and what one brings is given."""
        settled = ("vocabulary", "model", "cooccurrence")
        given = [name for name in settled if getattr(self, name) is not None]
        if self.encoder is not None and given:
            raise SettingError(
                f"{', '.join(given)} and encoder are given; an encoder brings its tokenizer, its "
                f"size and its embeddings. Leave out the one or the other."
            )

    @property
    def encoder_record(self) -> dict[str, object] | None:
        """What a model's record says of the encoder that it began with."""
        return dataclasses.asdict(self.encoder) if self.encoder else None


def kept_tokenizer(path: Path, train: Callable[[], Tokenizer], *, resume: bool) -> Tokenizer:
    """Return the tokenizer that a run has kept, or train one and keep it."""
    if resume and path.is_file():
        return Tokenizer.load(path)
    tokenizer = train()
    storage.write_text(path, tokenizer.to_json())
    return tokenizer


def new_encoder(config: BertConfig, trained: TrainedEncoder | None, *, seed: int) -> BertEncoder:
    """Return an encoder with trained weights, or where there are none with drawn ones.

    The weights are drawn in both cases: what is drawn after them is then the same.
    """
    weights: Mapping[str, Tensor] = trained.weights if trained else {}
    torch.manual_seed(seed)
    pooler = Pooler(config.hidden_size) if "pooler.dense.weight" in weights else None
    encoder = BertEncoder(config, pooler=pooler)
    if weights:
        encoder.load_state_dict(dict(weights))
    return encoder


def masked_token_model(encoder: BertEncoder, trained: TrainedEncoder | None) -> BertForMaskedTokens:
    """Put a masked-token head on an encoder: that with which it was trained, where it had one."""
    model = BertForMaskedTokens(encoder)
    if trained is not None and trained.head:
        model.head.load_state_dict(trained.head)
    return model


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
