"""The recipe of KoBERT's size is KoBERT's size, and fills what it says."""

import dataclasses
from pathlib import Path

from madang.models.bert import KOBERT
from madang.recipes.pretraining import PretrainingRecipe
from madang.recipes.recipe import read_recipe

RECIPE = Path(__file__).parents[2] / "recipes" / "pretrain_base.toml"
# What is no size: dropout, and the place of [PAD], which is the tokenizer's.
OWN = {"vocab_size", "pad_token_id", "hidden_dropout_prob", "attention_probs_dropout_prob"}


def test_the_base_recipe_has_koberts_size_and_full_rows():
    recipe = read_recipe(RECIPE)
    assert isinstance(recipe, PretrainingRecipe)
    found, expected = dataclasses.asdict(recipe.model), dataclasses.asdict(KOBERT)
    assert {name for name in found if found[name] != expected[name]} <= OWN
    assert recipe.vocabulary.vocab_size == KOBERT.vocab_size
    training = recipe.training
    assert recipe.row_length == KOBERT.max_position_embeddings
    assert training.batch_tokens == training.batch_size * recipe.row_length
    sharded = read_recipe(RECIPE, ["--training.sharding", "fsdp2"])
    assert isinstance(sharded, PretrainingRecipe)
    assert sharded.training.sharding == "fsdp2"
