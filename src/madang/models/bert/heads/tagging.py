"""Tags of single characters from the vectors of tokens.

A token may hold the end of a name and the particle behind it, so no tag of a whole token can be
right. Each character gets what its token knows of the text, which character it is, where in the
token it stands, and what its neighbours are.
"""

import copy
from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import LayerNorm, functional

from madang.core.dropout import Dropout
from madang.errors import SettingError
from madang.models.bert.config import BertConfig
from madang.models.bert.heads.crf import LinearChain
from madang.models.bert.model import BertEncoder, BertWithHead
from madang.models.model import initialize

NUM_PLACES = 16
# A character and two on either side: a particle and what it stands behind.
NUM_NEIGHBOURS = 5


class CharacterHead(nn.Module):
    """Score the tags of each character from its token, itself, its place and its neighbours.

    It is half as wide as the encoder: there are more characters than tokens, and they know less.
    """

    def __init__(self, config: BertConfig, *, num_labels: int) -> None:
        super().__init__()
        width = config.hidden_size // 2
        self.token = nn.Linear(config.hidden_size, width)
        self.character = nn.Linear(config.hidden_size, width, bias=False)
        self.place = nn.Embedding(NUM_PLACES, width)
        self.norm = LayerNorm(width, eps=config.layer_norm_eps)
        self.neighbours = nn.Linear(NUM_NEIGHBOURS * width, width)
        self.neighbours_norm = LayerNorm(width, eps=config.layer_norm_eps)
        self.dropout = Dropout(config.head_dropout)
        self.classifier = nn.Linear(width, num_labels)
        initialize(self, std=config.initializer_range)

    def forward(
        self,
        hidden_BTD: Tensor,
        embedding_VD: Tensor,
        character_ids: Tensor,
        character_tokens: Tensor,
        character_places: Tensor,
    ) -> Tensor:
        """Return the scores of the tags, (B, U, C); places of -1 are padding."""
        real_BU1 = (character_places >= 0)[:, :, None]
        token_BUD = _pick(self.token(hidden_BTD), character_tokens)
        character_BUD = self.character(functional.embedding(character_ids, embedding_VD))
        place_BUD = self.place(character_places.clamp(min=0))
        known_BUD = functional.gelu(self.norm(token_BUD + character_BUD + place_BUD))
        known_BUD = self.dropout(known_BUD) * real_BU1
        beside_BUD = functional.gelu(self.neighbours(_with_neighbours(known_BUD)))
        whole_BUD = self.dropout(self.neighbours_norm(known_BUD + beside_BUD))
        emission_BUC: Tensor = self.classifier(whole_BUD)
        return emission_BUC

    def folded(self, token: nn.Embedding) -> tuple["CharacterHead", nn.Embedding]:
        """Return the same head for a token table that already went through its map of characters.

        Such a table is half as wide, and needs no token table of an encoder beside it.
        """
        head = copy.copy(self)
        head._modules = {**self._modules, "character": nn.Identity()}
        with torch.no_grad():
            table_VD: Tensor = self.character(token.weight)
        return head, nn.Embedding(len(table_VD), table_VD.shape[1], _weight=table_VD)


def _pick(token_BTD: Tensor, tokens_BU: Tensor) -> Tensor:
    """Return the vector of each character's token, (B, U, D), by rows of the flattened batch."""
    num_texts, num_tokens, _ = token_BTD.shape
    first_B1 = torch.arange(num_texts, device=tokens_BU.device)[:, None] * num_tokens
    rows_N = (first_B1 + tokens_BU).flatten()
    token_ND = token_BTD.flatten(0, 1).index_select(0, rows_N)
    return token_ND.view(*tokens_BU.shape, -1)


def _with_neighbours(known_BUD: Tensor) -> Tensor:
    """Put the vectors of a character and its neighbours beside each other, zero past the ends."""
    reach = NUM_NEIGHBOURS // 2
    length = known_BUD.shape[1]
    padded = functional.pad(known_BUD, (0, 0, reach, reach))
    return torch.cat([padded[:, step : step + length] for step in range(NUM_NEIGHBOURS)], dim=-1)


class BertForCharacterTagging(BertWithHead):
    """Give each character of a text one of C tags, by themselves or as one chain.

    ``tags`` are those of entities (``O``, ``B-PER``, ``I-PER``, …), "outside" first. With ``crf``
    they are scored as a chain (``crf.py``), without it each by itself. The encoder's
    weights keep Hugging Face's names, so the folder opens as a ``BertModel`` elsewhere; the head
    is Madang's own.
    """

    architecture: ClassVar[str] = "BertForCharacterTagging"

    def __init__(self, encoder: BertEncoder, *, tags: Sequence[str], crf: bool) -> None:
        if not tags or tags[0] != "O":
            raise SettingError(f"The tags are {', '.join(tags)}; the first must be O, outside.")
        super().__init__(encoder)
        self.num_labels = len(tags)
        self.further_fields = {"crf": crf}
        self.head = CharacterHead(encoder.config, num_labels=len(tags))
        self.chain = LinearChain(tags) if crf else None

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        character_ids: Tensor,
        character_tokens: Tensor,
        character_places: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Return the emissions (B, U, C) and the transitions (1, C, C) of the tags.

        ``input_ids`` and ``attention_mask`` (B, T) are those of the tokens. Of the characters
        (B, U): the token that each is alone, the number of the token that it stands in, and its
        place there, -1 for padding (``madang.text.character``). Without a chain all transitions
        are 0.
        """
        hidden_BTD = self.encoder.encode(input_ids, attention_mask)
        emission_BUC = self.head(
            hidden_BTD, self.encoder.token.weight, character_ids, character_tokens, character_places
        ).float()
        # A batch of one, for every output of a graph begins with the batch.
        if self.chain is None:
            return emission_BUC, emission_BUC.new_zeros(1, self.num_labels, self.num_labels)
        return emission_BUC, self.chain()[None]
