"""What a graph turns into what, said once for whoever exports it, runs it or checks it."""

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType

MASK = "attention_mask"
HIDDEN = "hidden"


@dataclasses.dataclass(frozen=True)
class Input:
    """What one input holds: a whole number a position, (B, T).

    Inputs of one ``axis`` are equally long in a text. The numbers are ``below`` a number, a field
    of the model's config, or the length of another axis, whose positions they name. ``padding``
    stands behind a text that is shorter than its neighbours. With ``width``, a field of the config,
    there is a vector of so many numbers a position instead, (B, T, D).
    """

    axis: str = "T"
    below: int | str = "vocab_size"
    padding: int = 0
    width: str = ""


@dataclasses.dataclass(frozen=True)
class Signature:
    """The inputs of a graph, and of each output the axis that it follows.

    ``model`` is what one of that kind is called. An output with an axis begins with (B, T), one
    with "" with (B) alone, or with (1) where it is the same for every text. ``state`` names, for
    each further input of a step, the output that holds it afterwards.
    """

    model: str
    inputs: Mapping[str, Input]
    outputs: Mapping[str, str]
    state: Mapping[str, str] = dataclasses.field(default_factory=dict)


# What most models read: the tokens of a text, and which of them may be seen.
TOKENS = MappingProxyType({"input_ids": Input(), MASK: Input(below=2)})
TOKEN_TYPES = MappingProxyType({**TOKENS, "token_type_ids": Input(below="type_vocab_size")})

# The embeddings and lower layers that models share: a vector a token.
TRUNK = Signature("a trunk", TOKENS, {HIDDEN: "T"})


def above_trunk(signature: Signature) -> Signature:
    """Return what the layers above a trunk turn into what: they read its vectors, and no ids.

    >>> list(above_trunk(Signature("a model", TOKENS, {"logits": ""})).inputs)
    ['hidden', 'attention_mask']
    """
    further = {name: each for name, each in signature.inputs.items() if name != "input_ids"}
    return dataclasses.replace(signature, inputs={HIDDEN: Input(width="hidden_size"), **further})
