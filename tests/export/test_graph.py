"""The graph is made quicker without a change of its answers."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from madang.export.graph import join_heads, strip_debugging


def attention_graph(*, is_split_by_transpose=True):
    """Two heads of width 3 over (1, 4, 6): reshape, transpose, attention and the way back."""
    nodes = []
    for name in ("query", "key", "value"):
        nodes.append(helper.make_node("Reshape", [name, "heads"], [f"{name}_heads"]))
        kind = {"perm": [0, 2, 1, 3]}
        nodes.append(helper.make_node("Transpose", [f"{name}_heads"], [f"{name}_split"], **kind))
    if not is_split_by_transpose:
        nodes[-1] = helper.make_node("Identity", ["value_heads"], ["value_split"])
    split = ["query_split", "key_split", "value_split"]
    nodes += [
        helper.make_node("Attention", split, ["gathered"]),
        helper.make_node("Transpose", ["gathered"], ["turned"], perm=[0, 2, 1, 3]),
        helper.make_node("Reshape", ["turned", "joined"], ["output"]),
    ]
    shape = [1, 4, 6]
    return helper.make_model(
        helper.make_graph(
            nodes,
            "attention",
            [
                helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
                for name in ("query", "key", "value")
            ],
            [helper.make_tensor_value_info("output", TensorProto.FLOAT, shape)],
            [
                numpy_helper.from_array(np.array([1, 4, 2, 3]), "heads"),
                numpy_helper.from_array(np.array(shape), "joined"),
            ],
        ),
        opset_imports=[helper.make_opsetid("", 23)],
    )


def test_joined_heads_answer_as_split_ones_and_need_one_operator():
    model = attention_graph()
    random = np.random.default_rng(0)
    feed = {
        name: random.normal(size=(1, 4, 6)).astype(np.float32) for name in ("query", "key", "value")
    }
    (expected,) = ReferenceEvaluator(model).run(None, feed)
    join_heads(model, num_heads=2)
    assert [node.op_type for node in model.graph.node] == ["Attention"]
    assert not model.graph.initializer
    (found,) = ReferenceEvaluator(model).run(None, feed)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_what_does_not_look_like_split_heads_stays():
    model = attention_graph(is_split_by_transpose=False)
    before = model.SerializeToString()
    join_heads(model, num_heads=2)
    assert model.SerializeToString() == before


@pytest.mark.parametrize("part", ["model", "graph", "node", "input", "initializer"])
def test_no_debugging_record_stays(part):
    model = attention_graph()
    parts = {
        "model": model,
        "graph": model.graph,
        "node": model.graph.node[0],
        "input": model.graph.input[0],
        "initializer": model.graph.initializer[0],
    }
    parts[part].doc_string = "secret.py"
    parts[part].metadata_props.append(onnx.StringStringEntryProto(key="trace", value="secret.py"))
    strip_debugging(model)
    assert b"secret" not in model.SerializeToString()
