"""Changes to a traced graph: it becomes faster, runs everywhere, and names nothing of its machine.

Each function changes an ``onnx.ModelProto`` in place. Whether the graph still computes what its
model does is checked afterwards by numbers.
"""

import numpy as np
import onnx
from onnx import helper, numpy_helper


def strip_debugging(model: onnx.ModelProto) -> None:
    """Remove what tracing noted for debugging: source lines and paths of the machine it ran on."""
    graph = model.graph
    del model.metadata_props[:]
    del graph.metadata_props[:]
    del graph.value_info[:]  # Shapes of the traced batch; the quantiser trips over them.
    model.doc_string = graph.doc_string = ""
    values = [*graph.input, *graph.output, *graph.initializer]
    for part in (*graph.node, *values, *model.functions):
        del part.metadata_props[:]
        part.doc_string = ""


def join_heads(model: onnx.ModelProto, *, num_heads: int) -> None:
    """Let attention split and join its heads by itself: (B, T, D) goes in and comes out.

    The trace reshapes and transposes four times around each attention; the operator takes the
    joined form too, and then these copies are saved (a twentieth of the time).
    """
    graph = model.graph
    maker = {name: node for node in graph.node for name in node.output}
    user = {name: node for node in graph.node for name in node.input}
    for node in [node for node in graph.node if node.op_type == "Attention"]:
        joined = [_before_split(name, maker) for name in node.input[:3]]
        transpose = user.get(node.output[0])
        reshape = user.get(transpose.output[0]) if transpose is not None else None
        is_plain = all(joined) and reshape is not None and reshape.op_type == "Reshape"
        if not is_plain or transpose is None or transpose.op_type != "Transpose":
            continue
        assert reshape is not None
        attention = helper.make_node(
            "Attention",
            [*(name or "" for name in joined), *node.input[3:]],
            [reshape.output[0]],
            name=node.name,
            q_num_heads=num_heads,
            kv_num_heads=num_heads,
        )
        attention.attribute.extend(node.attribute)
        node.CopyFrom(attention)
        graph.node.remove(transpose)
        graph.node.remove(reshape)
    _remove_unused(graph)


def widen_masks(model: onnx.ModelProto) -> None:
    """Repeat each attention mask (B, 1, 1, T) for every asking position, (B, 1, T, T).

    The operator allows a mask to broadcast; ONNX Runtime 1.31 refuses one whose asking axis is 1.
    """
    graph = model.graph
    users = [node for node in graph.node if node.op_type == "Attention" and len(node.input) > 3]
    for mask in {node.input[3] for node in users}:
        wide = f"{mask}_wide"
        first = next(i for i, node in enumerate(graph.node) if mask in node.output) + 1
        for node in users:
            if node.input[3] == mask:
                node.input[3] = wide
        for name, values in ((f"{wide}_before", [1, 1]), (f"{wide}_after", [1])):
            graph.initializer.append(numpy_helper.from_array(np.array(values), name))
        nodes = [
            helper.make_node("Shape", [graph.input[0].name], [f"{wide}_length"], start=1, end=2),
            helper.make_node(
                "Concat",
                [f"{wide}_before", f"{wide}_length", f"{wide}_after"],
                [f"{wide}_shape"],
                axis=0,
            ),
            helper.make_node("Expand", [mask, f"{wide}_shape"], [wide]),
        ]
        for offset, node in enumerate(nodes):
            graph.node.insert(first + offset, node)


def _before_split(name: str, maker: dict[str, onnx.NodeProto]) -> str | None:
    """Return what was reshaped and transposed into heads, or None where that is not so."""
    transpose = maker.get(name)
    if transpose is None or transpose.op_type != "Transpose":
        return None
    reshape = maker.get(transpose.input[0])
    if reshape is None or reshape.op_type != "Reshape":
        return None
    joined: str = reshape.input[0]
    return joined


def _remove_unused(graph: onnx.GraphProto) -> None:
    """Remove nodes and tables whose result nobody takes."""
    while True:
        used = {name for node in graph.node for name in node.input}
        used |= {value.name for value in graph.output}
        unused = [node for node in graph.node if used.isdisjoint(node.output)]
        for node in unused:
            graph.node.remove(node)
        if not unused:
            break
    for table in [table for table in graph.initializer if table.name not in used]:
        graph.initializer.remove(table)
