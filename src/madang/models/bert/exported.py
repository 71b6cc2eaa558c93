"""The encoder of an exported model, read back so that training can go on from what ships.

An exported folder has no safetensors: its weights are in the ONNX graph, mostly as int8. There a
bias keeps its name and a matrix loses it, so a matrix is found by the bias that is added to its
product. (Equal biases, as before any training, are stored once and can not be distinguished.) The
weights differ from the trained ones by the rounding to int8, at most half a step of a row's or
column's scale; the second token type, which no exported graph of single texts has, begins as the
first.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from madang import validation
from madang.errors import CheckpointError
from madang.formats.manifest import FILE_NAME, GRAPH_NAME, read_manifest
from madang.formats.trunk import find_graph
from madang.models.bert.config import BertConfig
from madang.models.bert.model import BertEncoder
from madang.models.weights import said

if TYPE_CHECKING:
    from onnx import GraphProto

TOKEN_TABLE = "token.weight"
# What the quantiser puts between a product and the addition of its bias.
SCALING = ("Cast", "Mul")
# Where a model above a trunk keeps its layers.
UPPER = "encoder."

Array = NDArray[Any]


def read_encoder(folder: Path) -> BertEncoder:
    """Return the BERT encoder in a folder that ``madang export`` wrote, without head and pooler.

    Positions that the export left out, because no text reached them, repeat those that it kept. Of
    a model on a trunk the lower layers are read there.

    Raises ``CheckpointError`` when the graph is missing, cut off or holds no whole BERT.
    """
    folder = Path(folder)
    graph = _read_graph(folder / GRAPH_NAME)
    has_manifest = (folder / FILE_NAME).is_file()
    path = find_graph(folder, read_manifest(folder)) if has_manifest else None
    lower = None if path is None else _read_graph(path)
    try:
        encoder = BertEncoder(BertConfig.from_fields(validation.read_json(folder / "config.json")))
        wanted = encoder.state_dict()
        if lower is None:
            weights = _weights(graph, wanted)
        else:
            upper = _upper_weights(graph, wanted)
            rest = {name: weight for name, weight in wanted.items() if name not in upper}
            weights = {**upper, **_weights(lower, rest)}
        encoder.load_state_dict(weights)
    except CheckpointError:
        raise
    except Exception as error:  # fields of the wrong type make it raise whatever comes
        raise CheckpointError(
            f"{folder / GRAPH_NAME} holds no whole BERT encoder ({said(error)}). Give a folder "
            f"that `madang export` wrote from a BERT, or a checkpoint of `madang train`."
        ) from error
    return encoder.eval()


def _read_graph(path: Path) -> "GraphProto":
    import onnx

    if not path.is_file():
        raise CheckpointError(f"{path.parent} holds no {path.name}. Check the path.")
    try:
        return onnx.load(path).graph
    except Exception as error:  # the parser raises plain exceptions of its own
        raise CheckpointError.damaged(path, error) from error


def _weights(graph: "GraphProto", wanted: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the encoder's weights under their own names, in the shapes of ``wanted``."""
    from onnx import numpy_helper

    tables = {table.name: numpy_helper.to_array(table) for table in graph.initializer}
    lookup = next(node for node in graph.node if list(node.input[1:2]) == ["input_ids"])
    token_table = lookup.input[0].removesuffix("_int8").removesuffix("_scale")
    prefix = token_table.removesuffix(TOKEN_TABLE)
    arrays = {**tables, **dict(_matrices(graph, tables)), token_table: _table(tables, token_table)}
    if f"{prefix}token_type.weight" not in arrays:
        type_D = _added_to(graph, tables, lookup.output[0])
        arrays[f"{prefix}token_type.weight"] = np.resize(type_D, wanted["token_type.weight"].shape)
    position = arrays[f"{prefix}position.weight"]
    arrays[f"{prefix}position.weight"] = np.resize(position, wanted["position.weight"].shape)
    return {name: torch.from_numpy(arrays[prefix + name].copy()) for name in wanted}


def _upper_weights(graph: "GraphProto", wanted: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights of the layers that a graph above a trunk has, under their own names."""
    from onnx import numpy_helper

    tables = {table.name: numpy_helper.to_array(table) for table in graph.initializer}
    arrays = {**tables, **dict(_matrices(graph, tables))}
    found = {name: arrays.get(f"{UPPER}{name}") for name in wanted if name.startswith("blocks.")}
    return {
        name: torch.from_numpy(array.copy()) for name, array in found.items() if array is not None
    }


def _added_to(graph: "GraphProto", tables: Mapping[str, Array], name: str) -> Array:
    """Return the constant that is added to the token vectors: the first token type, folded in."""
    vectors = name.removesuffix("_rounded").removesuffix("_row_scale")
    added = next(node for node in graph.node if node.op_type == "Add" and vectors in node.input)
    return next(tables[name] for name in added.input if name in tables)


def _table(tables: Mapping[str, Array], name: str) -> Array:
    if name in tables:
        return tables[name]
    table: Array = tables[f"{name}_int8"].astype(np.float32) * tables[f"{name}_scale"]
    return table


def _matrices(graph: "GraphProto", tables: Mapping[str, Array]) -> Iterator[tuple[str, Array]]:
    """Yield the name and the value of every matrix to whose product a named bias is added."""
    users = {name: node for node in graph.node for name in node.input}
    for product in graph.node:
        if product.op_type not in ("MatMul", "MatMulInteger") or product.input[1] not in tables:
            continue
        node = users.get(product.output[0])
        while node is not None and node.op_type in SCALING:
            node = users.get(node.output[0])
        if node is None or node.op_type != "Add":
            continue
        for name in node.input:
            if name.endswith(".bias"):
                # A linear map keeps its matrix the other way round: outputs before inputs.
                matrix = _matrix(tables, product.input[1])
                yield f"{name.removesuffix('bias')}weight", matrix.T


def _matrix(tables: Mapping[str, Array], name: str) -> Array:
    values = tables[name]
    if not name.endswith("_quantized"):
        return values
    part = name.removesuffix("_quantized")
    centred = values.astype(np.float32) - tables[f"{part}_zero_point"].astype(np.float32)
    matrix: Array = centred * tables[f"{part}_scale"]
    return matrix
