"""Reading a chain of layers from an ONNX file, with the ``onnx`` package (extra ``ann``).

Every node takes one computed value; everything else it takes must be stored in the file. What cannot become neurons
(branches, other operators, other ranks) is refused by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Any

from neurodeploy.ann.extra import needs
from neurodeploy.ann.layers import Ann, Shape, located
from neurodeploy.ann.onnx_chain import Chain, OnnxNode
from neurodeploy.ann.onnx_operators import ENDS, OPERATORS
from neurodeploy.ann.onnx_tensors import attributes_of, check, constant, damaged, first_line, stored_tensors
from neurodeploy.errors import NeurodeployError
from neurodeploy.files import explain_os_error
from neurodeploy.network.arrays import Array


def load_onnx(path: str | Path) -> Ann:
    """Read a network of dense, convolution, pooling, batch-normalisation and ReLU layers.

    Raises:
        NeurodeployError: ND601 without the extra, ND101–ND103 when the file cannot be read, ND140 when it is damaged,
            not ONNX or keeps weights in other files, ND141 for operators that cannot be converted, ND142 when layers do
            not fit each other.
    """
    path = Path(path)
    onnx = needs("onnx")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise explain_os_error(error, path, "read") from None
    graph = _graph(onnx, path, content)
    constants = stored_tensors(onnx, path, graph.initializer)
    value, shape = _input(path, graph, constants)
    chain = Chain(str(path), constants, shape, shape)
    outputs = [entry.name for entry in graph.output]
    if len(outputs) != 1:
        raise damaged(path, f"it has {len(outputs)} outputs", "A chain has one.", "ND141")
    _refuse_unknown(path, graph.node)
    nodes = _computed(onnx, chain, graph.node)
    while value != outputs[0] or _readers(nodes, value):
        value = _step(onnx, chain, nodes, value)
    check(onnx, path, content)
    ann = Ann(tuple(chain.layers), chain.input_shape, str(path), tuple(chain.notes))
    ann.shapes()
    return ann


def _graph(onnx: Any, path: Path, content: bytes) -> Any:
    try:
        model = onnx.load_model_from_string(content)
    except Exception as error:  # protobuf raises a family of unrelated exceptions
        raise damaged(path, f"it is not an ONNX model ({first_line(error)})") from None
    if not model.graph.node or not model.opset_import:
        raise damaged(path, "it is not an ONNX model, or one without operators")
    return model.graph


def _input(path: Path, graph: Any, constants: dict[str, Array]) -> tuple[str, Shape]:
    """Name and shape (without the batch) of the one input."""
    inputs = [entry for entry in graph.input if entry.name not in constants]
    if len(inputs) != 1:
        raise damaged(path, f"it has {len(inputs)} inputs", "A chain has one.", "ND141")
    dimensions = inputs[0].type.tensor_type.shape.dim
    extents = [int(dimension.dim_value) for dimension in dimensions]
    if len(extents) not in (2, 4) or min(extents[1:]) < 1:
        shown = [dimension.dim_param or int(dimension.dim_value) or "?" for dimension in dimensions]
        raise damaged(
            path, f"its input '{inputs[0].name}' has the shape {shown}",
            "Export it with fixed extents behind the batch: (batch, features) or (batch, channels, height, width).", "ND141",
        )  # fmt: skip
    return inputs[0].name, tuple(extents[1:])


def _computed(onnx: Any, chain: Chain, nodes: Sequence[Any]) -> list[Any]:
    """The nodes that compute; constants, and identities of stored tensors, become stored tensors."""
    result = []
    for node in nodes:
        if node.op_type == "Constant":
            chain.constants.update(constant(onnx, chain.where, node))
        elif node.op_type == "Identity" and node.output and node.input and node.input[0] in chain.constants:
            chain.constants[node.output[0]] = chain.constants[node.input[0]]
        else:
            result.append(node)
    return result


def _refuse_unknown(path: Path, nodes: Sequence[Any]) -> None:
    for index, node in enumerate(nodes):
        if node.op_type not in (*OPERATORS, *ENDS, "Constant") or node.domain not in ("", "ai.onnx"):
            raise NeurodeployError(
                "ND141",
                f"'{path}': node '{node.name or f'number {index}'}' is of the operator '{node.op_type}', which cannot be converted.",
                f"Allowed: {', '.join(sorted((*OPERATORS, 'Constant')))}; at the end {', '.join(ENDS)}.",
            )


def _readers(nodes: list[Any], value: str) -> list[Any]:
    return [node for node in nodes if value in node.input]


def _step(onnx: Any, chain: Chain, nodes: list[Any], value: str) -> str:
    """Read the node that takes ``value``; the name of its result."""
    found = _readers(nodes, value)
    if len(found) != 1 or list(found[0].input).count(value) > 1:
        names = ", ".join(f"'{node.name or node.op_type}'" for node in found) or "no node"
        raise NeurodeployError(
            "ND141",
            f"'{chain.where}': the value '{value}' goes to {names}: this is not a chain of layers.",
            "Branches and shortcuts cannot be converted.",
        )
    nodes[:] = [node for node in nodes if node is not found[0]]  # every node once: no endless loop
    node = _node(onnx, chain, found[0], value)
    if chain.ended and node.op not in ("Identity", "Dropout", "Flatten"):
        raise node.refuse(f"it follows {chain.ended}", "Softmax is possible at the end only.")
    if node.op in ENDS:
        if len(chain.shape) != 1 and (prod(chain.shape[1:]) != 1 or node.attributes.get("axis") != 1):
            raise node.refuse(f"it gets {chain.shape}", "It must run over the classes: flatten before it.")
        chain.ended = node.op
        chain.notes.append(f"{node.op} '{node.name}' at the end left out: the largest output stays the largest")
    else:
        try:
            OPERATORS[node.op](chain, node)
        except NeurodeployError as error:
            raise located(error, chain.where) from None
    if not found[0].output:
        raise node.refuse("it has no output")
    return str(found[0].output[0])


def _node(onnx: Any, chain: Chain, proto: Any, value: str) -> OnnxNode:
    name = proto.name or f"{proto.op_type}_{len(chain.layers)}"
    inputs = [chain.constants.get(entry) if entry and entry != value else None for entry in proto.input]
    for entry in proto.input:
        if entry and entry != value and entry not in chain.constants:
            raise NeurodeployError(
                "ND141", f"'{chain.where}': node '{name}' ({proto.op_type}): its input '{entry}' is computed, too.",
                "Branches cannot be converted; weights must be stored in the file.",
            )  # fmt: skip
    return OnnxNode(
        chain.where, name, proto.op_type, attributes_of(onnx, chain.where, proto), inputs,
        list(proto.input).index(value), chain.shape,
    )  # fmt: skip
