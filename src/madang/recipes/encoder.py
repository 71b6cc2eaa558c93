"""What a run begins with: a trained encoder, or a drawn network with a vocabulary of its own."""

import abc
import dataclasses
from collections.abc import Mapping, Sequence
from functools import cached_property

import torch
from torch import Tensor

from madang import storage
from madang.baselines.cooccurrence import cooccurrence_vectors
from madang.errors import SettingError
from madang.models.bert.config import BertConfig
from madang.models.bert.heads.masked_tokens import BertForMaskedTokens
from madang.models.bert.model import BertEncoder, Pooler
from madang.recipes.recipe import Recipe, Run
from madang.tasks.trained_encoder import TrainedEncoder, load_encoder
from madang.text.tokenizer import Tokenizer
from madang.validation import Count, Fraction, Natural


@dataclasses.dataclass(frozen=True, kw_only=True)
class Encoder:
    """The trained encoder that a model begins with, its tokenizer and its size.

    ``folder``: any checkpoint of a BERT, of whatever task, an exported one, a plain Hugging Face
    folder, or the name of a model that ships.
    ``fresh``: the same size and tokenizer, but weights drawn anew: what the network would be
    without its training. ``hides_giveaways``: as in ``Vocabulary``; the pieces stay the same.
    ``dropout``: in place of what the folder's ``config.json`` says of hidden layers.
    ``frozen_layers``: so many of the lower layers, and the embeddings, stay as they are, bit for
    bit; 0 is the embeddings alone. Models of the same frozen layers can share them as a trunk.
    """

    folder: str
    fresh: bool = False
    hides_giveaways: bool = False
    dropout: Fraction | None = None
    frozen_layers: Natural | None = None

    def __post_init__(self) -> None:
        """Raise ``SettingError`` where weights that nobody trained would stay as they are."""
        if self.fresh and self.frozen_layers is not None:
            raise SettingError(
                f"encoder.fresh draws the weights anew, and frozen_layers = {self.frozen_layers} "
                f"would keep some as drawn. Leave out the one or the other."
            )


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


@dataclasses.dataclass(kw_only=True)
class EncoderRun(Run):
    """A run of such a recipe: with the encoder that it names, or a tokenizer of its own."""

    recipe: EncoderRecipe

    @property
    @abc.abstractmethod
    def longest(self) -> int:
        """The number of tokens that the model must have positions for."""

    @abc.abstractmethod
    def train_tokenizer(self) -> Tokenizer:
        """Train a tokenizer on the recipe's texts."""

    @cached_property
    def encoder(self) -> TrainedEncoder | None:
        """The trained encoder that the recipe names, if it does."""
        if self.recipe.encoder is None:
            return None
        named = dataclasses.asdict(self.recipe.encoder)
        del named["frozen_layers"]  # which say what is trained, not what is loaded
        return load_encoder(longest=self.longest, **named)

    @property
    def frozen_layers(self) -> int | None:
        """How many layers stay as they are; ``None`` where the embeddings are trained too."""
        return self.recipe.encoder.frozen_layers if self.recipe.encoder else None

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The encoder's tokenizer, or one trained on the recipe's texts and kept."""
        if self.encoder is not None:
            return self.encoder.tokenizer
        path = self.folder / "tokenizer.json"
        if self.resume and path.is_file():
            return Tokenizer.load(path)
        tokenizer = self.train_tokenizer()
        storage.write_text(path, tokenizer.to_json())
        return tokenizer

    def draw_encoder(self, config: BertConfig, *, seed: int) -> BertEncoder:
        """Return the trained encoder, or where there is none one with drawn weights.

        The weights are drawn in both cases: what is drawn after them is then the same.
        """
        weights: Mapping[str, Tensor] = self.encoder.weights if self.encoder else {}
        torch.manual_seed(seed)
        pooler = Pooler(config.hidden_size) if "pooler.dense.weight" in weights else None
        encoder = BertEncoder(config, pooler=pooler)
        if weights:
            encoder.load_state_dict(dict(weights))
        if self.frozen_layers is not None:
            encoder.freeze(self.frozen_layers)
        return encoder

    def masked_token_model(self, encoder: BertEncoder) -> BertForMaskedTokens:
        """Put a masked-token head on an encoder: that with which it was trained, if it had one."""
        model = BertForMaskedTokens(encoder)
        if self.encoder is not None and self.encoder.head:
            model.head.load_state_dict(self.encoder.head)
        return model

    def start_embeddings(
        self, encoder: BertEncoder, rows: Sequence[Sequence[int]], *, window: int
    ) -> None:
        """Put co-occurrence vectors in place of the drawn embeddings of all tokens that occur."""
        vectors = cooccurrence_vectors(
            rows,
            vocab_size=self.tokenizer.vocab_size,
            hidden_size=encoder.config.hidden_size,
            window=window,
            special_ids=self.tokenizer.special_ids,
            std=2 * encoder.config.initializer_range,
            seed=0,
        )
        is_known = torch.from_numpy(vectors.any(axis=1))
        with torch.no_grad():
            encoder.token.weight[is_known] = torch.from_numpy(vectors)[is_known]
