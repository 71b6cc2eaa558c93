"""A text has its own answer, whatever runs the model; a step goes on from the steps before it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper
from torch import nn

from madang.models.bert import BertConfig, BertEncoder
from madang.models.bert.heads.classification import BertForEvidenceClassification
from madang.models.bert.heads.tagging import BertForCharacterTagging
from madang.models.llama import Llama, LlamaConfig
from madang.runtime.onnx import OnnxRunner
from madang.runtime.runner import Runner
from madang.runtime.signature import TOKENS, Input, Signature
from madang.runtime.torch import TorchRunner
from madang.tasks.classifier import SIGNATURE
from madang.tasks.tagging.task import TAGGING

VOCABULARY = 40
LENGTHS = (7, 2, 19, 3, 3, 11, 2, 30)


@pytest.fixture(scope="module")
def encoder_config() -> BertConfig:
    return BertConfig(
        vocab_size=VOCABULARY,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=32,
        initializer_range=0.3,
    )


@pytest.fixture(scope="module")
def classifier(encoder_config: BertConfig) -> nn.Module:
    torch.manual_seed(0)
    return BertForEvidenceClassification(BertEncoder(encoder_config), num_labels=3)


def texts() -> list[dict[str, list[int]]]:
    random = np.random.default_rng(0)
    return [{"input_ids": random.integers(5, VOCABULARY, size).tolist()} for size in LENGTHS]


def tagged_texts() -> list[dict[str, Sequence[int]]]:
    """Return texts with twice as many characters as tokens, in an order of their own."""
    random = np.random.default_rng(1)
    return [
        {
            **text,
            "character_ids": random.integers(5, VOCABULARY, 2 * len(text["input_ids"])).tolist(),
            "character_tokens": np.repeat(np.arange(len(text["input_ids"])), 2).tolist(),
            "character_places": [0, 1] * len(text["input_ids"]),
        }
        for text in texts()
    ]


def assert_alone_as_together(
    runner: Runner, feeds: Sequence[Mapping[str, Sequence[int]]], *, within: float
) -> None:
    together = list(runner.run(feeds))
    assert len(together) == len(feeds)
    for feed, found in zip(feeds, together, strict=True):
        (alone,) = runner.run([feed])
        for one, other in zip(found, alone, strict=True):
            assert one.shape == other.shape
            np.testing.assert_allclose(one, other, atol=within)


def test_over_pytorch_a_text_is_answered_as_if_it_were_alone(classifier: nn.Module) -> None:
    runner = TorchRunner(classifier, SIGNATURE)
    assert_alone_as_together(runner, texts(), within=1e-5)
    for (logits_C, evidence_TC), length in zip(runner.run(texts()), LENGTHS, strict=True):
        assert evidence_TC.shape == (length, 3)
        np.testing.assert_allclose(evidence_TC.mean(axis=0), logits_C, atol=1e-5)


def test_what_follows_another_axis_than_tokens_is_cut_by_that_axis(
    encoder_config: BertConfig,
) -> None:
    torch.manual_seed(1)
    tags = ("O", "B-PER", "I-PER")
    model = BertForCharacterTagging(BertEncoder(encoder_config), tags=tags, crf=True)
    assert TAGGING.signature is not None
    runner = TorchRunner(model, TAGGING.signature)
    assert_alone_as_together(runner, tagged_texts(), within=1e-5)
    for (emission_UC, transition_CC), length in zip(
        runner.run(tagged_texts()), LENGTHS, strict=True
    ):
        assert emission_UC.shape == (2 * length, 3)
        assert transition_CC.shape == (3, 3)


def test_a_module_in_training_answers_without_dropout_and_stays_in_training(
    classifier: nn.Module,
) -> None:
    classifier.train()
    first, second = (list(TorchRunner(classifier, SIGNATURE).run(texts())) for _ in range(2))
    assert classifier.training
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one[0], other[0])


def test_no_texts_have_no_answers(classifier: nn.Module) -> None:
    assert list(TorchRunner(classifier, SIGNATURE).run([])) == []


@pytest.fixture(scope="module")
def summing(tmp_path_factory: pytest.TempPathFactory) -> OnnxRunner:
    """A graph that adds up the numbers of a text; its state is all that it was given so far."""
    before = helper.make_tensor_value_info("before", TensorProto.FLOAT, ["batch", "past"])
    ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "length"])
    total = helper.make_tensor_value_info("total", TensorProto.FLOAT, ["batch"])
    after = helper.make_tensor_value_info("after", TensorProto.FLOAT, ["batch", "all"])
    nodes = [
        helper.make_node("Cast", ["input_ids"], ["new"], to=TensorProto.FLOAT),
        helper.make_node("Concat", ["before", "new"], ["after"], axis=1),
        helper.make_node("ReduceSum", ["after", "last"], ["total"], keepdims=0),
    ]
    last = helper.make_tensor("last", TensorProto.INT64, [1], [1])
    graph = helper.make_graph(nodes, "sum", [ids, before], [total, after], [last])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    path: Path = tmp_path_factory.mktemp("sum") / "model.onnx"
    onnx.save(model, path)
    signature = Signature("a sum", {"input_ids": Input()}, {"total": ""}, state={"before": "after"})
    return OnnxRunner(path, signature=signature, num_threads=2)


def test_over_onnx_runtime_a_step_goes_on_from_the_state_before(summing: OnnxRunner) -> None:
    state = None
    for step in range(1, 5):
        feed = {"input_ids": np.array([[step], [10 * step]])}
        (total_B,), state = summing.step(feed, state)
        assert total_B.tolist() == [step * (step + 1) / 2, 10 * step * (step + 1) / 2]
    assert state["before"].tolist() == [[1, 2, 3, 4], [10, 20, 30, 40]]


@pytest.fixture(scope="module")
def language_model() -> Llama:
    torch.manual_seed(2)
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        intermediate_size=32,
        max_position_embeddings=32,
    )
    return Llama(config).eval()


def test_over_pytorch_step_by_step_gives_what_one_pass_gives(language_model: Llama) -> None:
    ids_BT = np.random.default_rng(3).integers(0, VOCABULARY, (2, 9))
    signature = Signature("a language model", {"input_ids": TOKENS["input_ids"]}, {"logits": "T"})
    runner = TorchRunner(language_model, signature)
    (whole_BTV,) = runner.run_batch({"input_ids": ids_BT})
    # The beginning at once, then one token after the other.
    (first_BTV,), state = runner.step({"input_ids": ids_BT[:, :4]})
    found = [first_BTV]
    for place in range(4, 9):
        (next_B1V,), state = runner.step({"input_ids": ids_BT[:, place : place + 1]}, state)
        found.append(next_B1V)
    np.testing.assert_allclose(np.concatenate(found, axis=1), whole_BTV, atol=1e-5)
