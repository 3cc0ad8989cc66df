"""Reading a chain of layers from an ONNX file, with the ``onnx`` package (extra ``ann``).

Every node takes one computed value; everything else it takes must be stored in the file. What cannot become neurons
(branches, other operators, other ranks) is refused by name. Adding an operator: write its function and name it in
:data:`OPERATORS`. Meaning of attributes: https://onnx.ai/onnx/operators/.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from neurodeploy.ann.extra import needs
from neurodeploy.ann.layers import (
    NO_PADDING,
    Ann,
    AveragePool,
    BatchNormalization,
    Convolution,
    Dense,
    Flatten,
    Layer,
    MaxPool,
    Padding,
    Pair,
    ReLU,
    Shape,
    located,
)
from neurodeploy.errors import NeurodeployError
from neurodeploy.files import explain_os_error
from neurodeploy.network.arrays import Array

_EXPORT_AGAIN = "Export it again from its framework."


@dataclass
class _Node:
    """One operator: ``inputs`` are its stored arrays by position (None: the computed value, or absent)."""

    where: str
    name: str
    op: str
    attributes: dict[str, Any]
    inputs: list[Array | None]
    data_position: int
    shape: Shape

    def refuse(self, what: str, hint: str = "") -> NeurodeployError:
        """The error that names file, node and operator."""
        return NeurodeployError("ND141", f"'{self.where}': node '{self.name}' ({self.op}): {what}.", hint)

    def stored(self, position: int, what: str) -> Array:
        """A stored input that must be there."""
        values = self.inputs[position] if position < len(self.inputs) else None
        if values is None:
            raise self.refuse(f"its {what} are not stored in the file", "Export it with constants folded.")
        return values

    def optional(self, position: int) -> Array | None:
        """A stored input that may be absent."""
        return self.inputs[position] if position < len(self.inputs) else None

    def integers(self, attribute: str, default: Sequence[int]) -> tuple[int, ...]:
        """A list of integers among the attributes."""
        values = self.attributes.get(attribute, default)
        if not isinstance(values, list | tuple) or len(values) != len(default):
            raise self.refuse(f"its {attribute} are {values}", f"{len(default)} numbers are needed: images only.")
        return tuple(int(value) for value in values)


@dataclass
class _Reader:
    """State while walking along the chain."""

    where: str
    constants: dict[str, Array]
    input_shape: Shape
    shape: Shape
    layers: list[Layer] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    ended: str = ""

    def add(self, layer: Layer) -> None:
        """Append a layer and follow the shape."""
        self.shape = Ann((layer,), self.shape, self.where).shapes()[-1]
        self.layers.append(layer)


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
    constants = _stored_tensors(onnx, path, graph.initializer)
    value, shape = _input(path, graph, constants)
    reader = _Reader(str(path), constants, shape, shape)
    outputs = [entry.name for entry in graph.output]
    if len(outputs) != 1:
        raise _damaged(path, f"it has {len(outputs)} outputs", "A chain has one.", "ND141")
    _refuse_unknown(path, graph.node)
    nodes = _computed(onnx, reader, graph.node)
    while value != outputs[0] or _readers(nodes, value):
        value = _step(onnx, reader, nodes, value)
    _check(onnx, path, content)
    ann = Ann(tuple(reader.layers), reader.input_shape, str(path), tuple(reader.notes))
    ann.shapes()
    return ann


def _graph(onnx: Any, path: Path, content: bytes) -> Any:
    try:
        model = onnx.load_model_from_string(content)
    except Exception as error:  # protobuf raises a family of unrelated exceptions
        raise _damaged(path, f"it is not an ONNX model ({_first_line(error)})") from None
    if not model.graph.node or not model.opset_import:
        raise _damaged(path, "it is not an ONNX model, or one without operators")
    return model.graph


def _check(onnx: Any, path: Path, content: bytes) -> None:
    """ONNX's own check of the whole file."""
    try:
        onnx.checker.check_model(content)
    except Exception as error:  # its own and protobuf's exceptions
        raise _damaged(path, f"ONNX's check refuses it: {_first_line(error)}") from None


def _stored_tensors(onnx: Any, path: Path, tensors: Any) -> dict[str, Array]:
    return {tensor.name: _array(onnx, path, tensor, f"the tensor '{tensor.name}'") for tensor in tensors}


def _array(onnx: Any, path: Path, tensor: Any, what: str) -> Array:
    """A stored tensor as an array; nothing outside the file is ever opened."""
    if tensor.data_location == onnx.TensorProto.EXTERNAL or len(tensor.external_data):
        raise _damaged(
            path, f"{what} is kept in another file",
            "Save the model as one file: onnx.save_model(model, path, save_as_external_data=False).",
        )  # fmt: skip
    try:
        return np.asarray(onnx.numpy_helper.to_array(tensor))
    except Exception as error:  # wrong sizes, unknown types
        raise _damaged(path, f"{what} cannot be read ({_first_line(error)})") from None


def _input(path: Path, graph: Any, constants: dict[str, Array]) -> tuple[str, Shape]:
    """Name and shape (without the batch) of the one input."""
    inputs = [entry for entry in graph.input if entry.name not in constants]
    if len(inputs) != 1:
        raise _damaged(path, f"it has {len(inputs)} inputs", "A chain has one.", "ND141")
    dimensions = inputs[0].type.tensor_type.shape.dim
    extents = [int(dimension.dim_value) for dimension in dimensions]
    if len(extents) not in (2, 4) or min(extents[1:]) < 1:
        shown = [dimension.dim_param or int(dimension.dim_value) or "?" for dimension in dimensions]
        raise _damaged(
            path, f"its input '{inputs[0].name}' has the shape {shown}",
            "Export it with fixed extents behind the batch: (batch, features) or (batch, channels, height, width).", "ND141",
        )  # fmt: skip
    return inputs[0].name, tuple(extents[1:])


def _computed(onnx: Any, reader: _Reader, nodes: Sequence[Any]) -> list[Any]:
    """The nodes that compute; constants, and identities of stored tensors, become stored tensors."""
    result = []
    for node in nodes:
        if node.op_type == "Constant":
            reader.constants.update(_constant(onnx, reader.where, node))
        elif node.op_type == "Identity" and node.output and node.input and node.input[0] in reader.constants:
            reader.constants[node.output[0]] = reader.constants[node.input[0]]
        else:
            result.append(node)
    return result


def _refuse_unknown(path: Path, nodes: Sequence[Any]) -> None:
    for index, node in enumerate(nodes):
        if node.op_type not in (*OPERATORS, *_ENDS, "Constant") or node.domain not in ("", "ai.onnx"):
            raise NeurodeployError(
                "ND141",
                f"'{path}': node '{node.name or f'number {index}'}' is of the operator '{node.op_type}', which cannot be converted.",
                f"Allowed: {', '.join(sorted((*OPERATORS, 'Constant')))}; at the end {', '.join(_ENDS)}.",
            )


def _readers(nodes: list[Any], value: str) -> list[Any]:
    return [node for node in nodes if value in node.input]


def _step(onnx: Any, reader: _Reader, nodes: list[Any], value: str) -> str:
    """Read the node that takes ``value``; the name of its result."""
    found = _readers(nodes, value)
    if len(found) != 1 or list(found[0].input).count(value) > 1:
        names = ", ".join(f"'{node.name or node.op_type}'" for node in found) or "no node"
        raise NeurodeployError(
            "ND141",
            f"'{reader.where}': the value '{value}' goes to {names}: this is not a chain of layers.",
            "Branches and shortcuts cannot be converted.",
        )
    nodes[:] = [node for node in nodes if node is not found[0]]  # every node once: no endless loop
    node = _node(onnx, reader, found[0], value)
    if reader.ended and node.op not in ("Identity", "Dropout", "Flatten"):
        raise node.refuse(f"it follows {reader.ended}", "Softmax is possible at the end only.")
    if node.op in _ENDS:
        if len(reader.shape) != 1 and (prod(reader.shape[1:]) != 1 or node.attributes.get("axis") != 1):
            raise node.refuse(f"it gets {reader.shape}", "It must run over the classes: flatten before it.")
        reader.ended = node.op
        reader.notes.append(f"{node.op} '{node.name}' at the end left out: the largest output stays the largest")
    else:
        try:
            OPERATORS[node.op](reader, node)
        except NeurodeployError as error:
            raise located(error, reader.where) from None
    if not found[0].output:
        raise node.refuse("it has no output")
    return str(found[0].output[0])


def _node(onnx: Any, reader: _Reader, proto: Any, value: str) -> _Node:
    name = proto.name or f"{proto.op_type}_{len(reader.layers)}"
    inputs = [reader.constants.get(entry) if entry and entry != value else None for entry in proto.input]
    for entry in proto.input:
        if entry and entry != value and entry not in reader.constants:
            raise NeurodeployError(
                "ND141", f"'{reader.where}': node '{name}' ({proto.op_type}): its input '{entry}' is computed, too.",
                "Branches cannot be converted; weights must be stored in the file.",
            )  # fmt: skip
    return _Node(
        reader.where, name, proto.op_type, _attributes(onnx, reader.where, proto), inputs,
        list(proto.input).index(value), reader.shape,
    )  # fmt: skip


def _attributes(onnx: Any, where: str, proto: Any) -> dict[str, Any]:
    try:
        return {entry.name: onnx.helper.get_attribute_value(entry) for entry in proto.attribute}
    except Exception as error:
        raise _damaged(where, f"an attribute of node '{proto.name}' cannot be read ({_first_line(error)})") from None


def _constant(onnx: Any, where: str, proto: Any) -> dict[str, Array]:
    attributes = _attributes(onnx, where, proto)
    if not proto.output or len(attributes) != 1:
        raise _damaged(where, f"the constant '{proto.name}' is malformed")
    ((kind, value),) = attributes.items()
    if kind == "value":
        return {proto.output[0]: _array(onnx, Path(where), value, f"the constant '{proto.output[0]}'")}
    if kind in ("value_int", "value_ints", "value_float", "value_floats"):
        return {proto.output[0]: np.asarray(value)}
    raise _damaged(where, f"the constant '{proto.output[0]}' holds {kind}", "Numbers are needed.", "ND141")


def _gemm(reader: _Reader, node: _Node) -> None:
    if node.data_position != 0 or node.attributes.get("transA", 0):
        raise node.refuse("the computed value must be its first input, not transposed")
    if len(reader.shape) != 1:
        raise node.refuse(f"it gets {reader.shape}", "Flatten before it.")
    weights = _numbers(node, node.stored(1, "weights"), 2) * node.attributes.get("alpha", 1.0)
    weights = weights if node.attributes.get("transB", 0) else weights.T
    bias = node.optional(2)
    scaled = np.zeros(1) if bias is None else _numbers(node, bias) * node.attributes.get("beta", 1.0)
    reader.add(Dense(node.name, weights, _vector(node, scaled, len(weights))))


def _matmul(reader: _Reader, node: _Node) -> None:
    if node.data_position != 0:
        raise node.refuse("the computed value must be its first input")
    if len(reader.shape) != 1:
        raise node.refuse(f"it gets {reader.shape}", "Flatten before it.")
    weights = _numbers(node, node.stored(1, "weights"), 2).T
    reader.add(Dense(node.name, weights, np.zeros(len(weights))))


def _convolution(reader: _Reader, node: _Node) -> None:
    weights = _numbers(node, node.stored(1, "weights"))
    if weights.ndim != 4 or len(reader.shape) != 3 or node.data_position != 0:
        raise node.refuse(f"its weights are {weights.shape}, its input {reader.shape}", "2-D convolutions only.")
    kernel = _pair(node.integers("kernel_shape", weights.shape[2:]))
    if kernel != weights.shape[2:]:
        raise node.refuse(f"its kernel_shape is {kernel}, its weights are {weights.shape}")
    stride, dilation = _pair(node.integers("strides", (1, 1))), _pair(node.integers("dilations", (1, 1)))
    bias = node.optional(2)
    vector = _vector(node, np.zeros(1) if bias is None else _numbers(node, bias), len(weights))
    groups = int(node.attributes.get("group", 1))
    padding = _padding(node, kernel, stride, dilation)
    reader.add(Convolution(node.name, weights, vector, stride, padding, dilation, groups))


def _batch_normalization(reader: _Reader, node: _Node) -> None:
    if node.attributes.get("training_mode", 0) or not node.attributes.get("spatial", 1):
        raise node.refuse("it is in training mode, or of each pixel", "Export the model for inference: model.eval().")
    gamma, beta, mean, variance = (_numbers(node, node.stored(place, "statistics"), 1) for place in range(1, 5))
    if len({len(values) for values in (gamma, beta, mean, variance)}) != 1:
        raise node.refuse("its statistics have different lengths")
    epsilon = float(node.attributes.get("epsilon", 1e-5))
    reader.add(BatchNormalization.from_statistics(node.name, gamma, beta, mean, variance, epsilon))


def _arithmetic(reader: _Reader, node: _Node) -> None:
    """Add, Sub, Mul, Div with a stored number, or one per channel: a bias or the input's normalisation."""
    number = _channels(reader, node)
    first = node.data_position == 0
    if (node.op == "Div" and (not first or (number == 0).any())) or not np.isfinite(number).all():
        raise node.refuse("it divides by a computed value or by zero", "Use finite numbers.")
    scale = {"Mul": number, "Div": 1 / np.where(number == 0, 1, number)}.get(node.op, np.ones_like(number))
    shift = {"Add": number, "Sub": -number if first else number}.get(node.op, np.zeros_like(number))
    scale = -scale if node.op == "Sub" and not first else scale
    reader.add(BatchNormalization(node.name, scale, shift))


def _channels(reader: _Reader, node: _Node) -> Array:
    """A stored operand, broadcast as ONNX does against ``(batch, *shape)``, as one number per channel."""
    stored = _numbers(node, node.stored(1 - node.data_position, "operands"))
    dimensions = len(reader.shape) + 1
    if stored.ndim <= dimensions:
        wide = stored.reshape((1,) * (dimensions - stored.ndim) + stored.shape)
        channels = reader.shape[0]
        if wide.shape[1] in (1, channels) and wide.size == wide.shape[1]:
            return np.broadcast_to(wide.reshape(-1), (channels,)).astype(np.float64)
    raise node.refuse(
        f"its operand has shape {stored.shape}", "One number, or one per channel or feature, is possible."
    )


def _relu(reader: _Reader, node: _Node) -> None:
    reader.add(ReLU(node.name))


def _window(node: _Node) -> tuple[Pair, Pair, Padding]:
    """Kernel, stride and padding of a pooling; rounding up only where it changes nothing."""
    if len(node.shape) != 3 or "kernel_shape" not in node.attributes:
        raise node.refuse(f"it gets {node.shape} and pools 2-D images only")
    kernel, stride = _pair(node.integers("kernel_shape", (1, 1))), _pair(node.integers("strides", (1, 1)))
    if node.integers("dilations", (1, 1)) != (1, 1) or node.attributes.get("storage_order", 0):
        raise node.refuse("dilated or column-major pooling is not supported", "Use dilation 1 and row-major order.")
    padding = _padding(node, kernel, stride, (1, 1))
    if node.attributes.get("ceil_mode", 0):
        rooms = [n + sum(p) - k for n, p, k in zip(node.shape[1:], padding, kernel, strict=True)]
        if any(room % step for room, step in zip(rooms, stride, strict=True)):
            raise node.refuse(
                f"ceil_mode adds windows beyond its input {node.shape}", "Export it with ceil_mode=False."
            )
    return kernel, stride, padding


def _average_pool(reader: _Reader, node: _Node) -> None:
    kernel, stride, padding = _window(node)
    if padding != NO_PADDING and not node.attributes.get("count_include_pad", 0):
        raise node.refuse(
            "it leaves the padding out of the mean, so that windows differ", "Use count_include_pad=1 or no padding."
        )
    reader.add(AveragePool(node.name, kernel, stride, padding))


def _max_pool(reader: _Reader, node: _Node) -> None:
    reader.add(MaxPool(node.name, *_window(node)))


def _global_average_pool(reader: _Reader, node: _Node) -> None:
    if len(reader.shape) != 3:
        raise node.refuse(f"it gets {reader.shape}", "It needs images.")
    kernel = _pair(reader.shape[1:])
    reader.add(AveragePool(node.name, kernel, kernel))


def _reduce_mean(reader: _Reader, node: _Node) -> None:
    """Over rows and columns only: a global average pooling (what torch's newer exporter writes)."""
    axes = node.attributes.get("axes", [])
    if not len(axes) and node.optional(1) is not None:
        axes = np.ravel(node.stored(1, "axes"))
    if len(reader.shape) != 3 or sorted(int(axis) % 4 for axis in axes) != [2, 3]:
        raise node.refuse(
            f"it averages {reader.shape} over the axes {list(axes)}", "Only rows and columns are possible."
        )
    _global_average_pool(reader, node)
    if not node.attributes.get("keepdims", 1):
        reader.add(Flatten(node.name))


def _flatten(reader: _Reader, node: _Node) -> None:
    axis = int(node.attributes.get("axis", 1))
    if axis not in (1, -len(reader.shape)):
        raise node.refuse(f"its axis is {axis}", "Use 1: everything behind the batch.")
    reader.add(Flatten(node.name))


def _reshape(reader: _Reader, node: _Node) -> None:
    """To flat images, to the shape that is already there, or of the input, which then has that shape."""
    target = [int(extent) for extent in np.ravel(node.stored(1, "extents"))]
    known, size = (0, *reader.shape), prod(reader.shape)
    if not node.attributes.get("allowzero", 0):  # 0 keeps the extent
        target = [known[i] if not extent and i < len(known) else extent for i, extent in enumerate(target)]
    behind = target[1:]
    if behind.count(-1) == 1 and target[0] != -1 and size % (rest := -prod(behind)) == 0:
        behind[behind.index(-1)] = size // rest
    if behind == [size] and len(reader.shape) > 1:
        reader.add(Flatten(node.name))
    elif not reader.layers and len(behind) == 3 and prod(behind) == size and min(behind) > 0:
        reader.input_shape = reader.shape = tuple(behind)
    elif behind != list(reader.shape):
        raise node.refuse(
            f"it reshapes {reader.shape} (behind the batch) to {target}", f"Only [-1, {size}] is possible."
        )


def _transpose(reader: _Reader, node: _Node) -> None:
    """A transposition that moves no value: the identity, or of an input whose moved extents are 1 (one grey channel)."""
    extents = len(reader.shape) + 1
    order = [int(axis) for axis in node.attributes.get("perm", range(extents)[::-1])]
    if sorted(order) != list(range(extents)) or order[0] != 0:
        raise node.refuse(f"its order is {order}", "The batch must stay first.")
    wide = [axis for axis in order[1:] if reader.shape[axis - 1] > 1]
    if wide != sorted(wide) or (reader.layers and order != sorted(order)):
        raise node.refuse(f"its order {order} moves values", "Export the model with channels before rows and columns.")
    reader.shape = tuple(reader.shape[axis - 1] for axis in order[1:])
    if not reader.layers:
        reader.input_shape = reader.shape


def _nothing(reader: _Reader, node: _Node) -> None:
    """Dropout and Identity do nothing at inference."""
    if node.op == "Dropout" and (mode := node.optional(2)) is not None and np.any(mode):
        raise node.refuse("it is in training mode", "Export the model for inference: model.eval().")


OPERATORS: dict[str, Callable[[_Reader, _Node], None]] = {
    "Add": _arithmetic,
    "AveragePool": _average_pool,
    "BatchNormalization": _batch_normalization,
    "Conv": _convolution,
    "Div": _arithmetic,
    "Dropout": _nothing,
    "Flatten": _flatten,
    "Gemm": _gemm,
    "GlobalAveragePool": _global_average_pool,
    "Identity": _nothing,
    "MatMul": _matmul,
    "MaxPool": _max_pool,
    "Mul": _arithmetic,
    "ReduceMean": _reduce_mean,
    "Relu": _relu,
    "Reshape": _reshape,
    "Sub": _arithmetic,
    "Transpose": _transpose,
}
_ENDS = ("LogSoftmax", "Softmax")


def _padding(node: _Node, kernel: Pair, stride: Pair, dilation: Pair) -> Padding:
    """``pads``, or what ``auto_pad`` says: SAME makes ceil(input / stride) outputs."""
    mode = node.attributes.get("auto_pad", b"NOTSET")
    mode = mode.decode("utf-8", "replace") if isinstance(mode, bytes) else str(mode)
    if mode in ("NOTSET", "VALID"):
        top, left, bottom, right = node.integers("pads", (0, 0, 0, 0)) if mode == "NOTSET" else (0, 0, 0, 0)
        return ((top, bottom), (left, right))
    if mode not in ("SAME_UPPER", "SAME_LOWER") or min(*stride, *kernel, *dilation) < 1:
        raise node.refuse(f"its auto_pad is '{mode}'", "Use NOTSET, VALID, SAME_UPPER or SAME_LOWER.")
    sides = []
    for extent, window, step, apart in zip(node.shape[1:], kernel, stride, dilation, strict=True):
        total = max((-(-extent // step) - 1) * step + (window - 1) * apart + 1 - extent, 0)
        less, more = total // 2, total - total // 2
        sides.append((less, more) if mode == "SAME_UPPER" else (more, less))
    return sides[0], sides[1]


def _numbers(node: _Node, stored: Array, dimensions: int | None = None) -> Array:
    """A stored tensor of floats in float64."""
    if stored.dtype.kind not in "fiu" or (dimensions is not None and stored.ndim != dimensions):
        raise node.refuse(f"a tensor of it is {stored.dtype} {stored.shape}", "Numbers of the right rank are needed.")
    return stored.astype(np.float64)


def _vector(node: _Node, values: Array, length: int) -> Array:
    last = values.shape[-1] if values.ndim else 1
    if last not in (1, length) or values.size != last:
        raise node.refuse(f"its bias has shape {values.shape}", f"({length},) is needed.")
    return np.broadcast_to(values.reshape(-1), (length,))


def _pair(values: Sequence[int]) -> Pair:
    return int(values[0]), int(values[1])


def _damaged(path: Path | str, why: str, hint: str = _EXPORT_AGAIN, code: str = "ND140") -> NeurodeployError:
    return NeurodeployError(code, f"'{path}': {why}.", hint)


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__)[:200]
