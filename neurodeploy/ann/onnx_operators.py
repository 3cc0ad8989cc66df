"""What each ONNX operator adds to the chain of layers.

Adding an operator: write its function and name it in :data:`OPERATORS`. Meaning of attributes: https://onnx.ai/onnx/operators/.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod

import numpy as np

from neurodeploy.ann.layers import BatchNormalization, Dense, Flatten, ReLU
from neurodeploy.ann.onnx_chain import Chain, OnnxNode, numbers, vector
from neurodeploy.ann.onnx_windows import average_pool, convolution, global_average_pool, max_pool, reduce_mean
from neurodeploy.network.arrays import Array


def _gemm(chain: Chain, node: OnnxNode) -> None:
    if node.data_position != 0 or node.attributes.get("transA", 0):
        raise node.refuse("the computed value must be its first input, not transposed")
    if len(chain.shape) != 1:
        raise node.refuse(f"it gets {chain.shape}", "Flatten before it.")
    weights = numbers(node, node.stored(1, "weights"), 2) * node.attributes.get("alpha", 1.0)
    weights = weights if node.attributes.get("transB", 0) else weights.T
    bias = node.optional(2)
    scaled = np.zeros(1) if bias is None else numbers(node, bias) * node.attributes.get("beta", 1.0)
    chain.add(Dense(node.name, weights, vector(node, scaled, len(weights))))


def _matmul(chain: Chain, node: OnnxNode) -> None:
    if node.data_position != 0:
        raise node.refuse("the computed value must be its first input")
    if len(chain.shape) != 1:
        raise node.refuse(f"it gets {chain.shape}", "Flatten before it.")
    weights = numbers(node, node.stored(1, "weights"), 2).T
    chain.add(Dense(node.name, weights, np.zeros(len(weights))))


def _batch_normalization(chain: Chain, node: OnnxNode) -> None:
    if node.attributes.get("training_mode", 0) or not node.attributes.get("spatial", 1):
        raise node.refuse("it is in training mode, or of each pixel", "Export the model for inference: model.eval().")
    gamma, beta, mean, variance = (numbers(node, node.stored(place, "statistics"), 1) for place in range(1, 5))
    if len({len(values) for values in (gamma, beta, mean, variance)}) != 1:
        raise node.refuse("its statistics have different lengths")
    epsilon = float(node.attributes.get("epsilon", 1e-5))
    chain.add(BatchNormalization.from_statistics(node.name, gamma, beta, mean, variance, epsilon))


def _arithmetic(chain: Chain, node: OnnxNode) -> None:
    """Add, Sub, Mul, Div with a stored number, or one per channel: a bias or the input's normalisation."""
    number = _channels(chain, node)
    first = node.data_position == 0
    if (node.op == "Div" and (not first or (number == 0).any())) or not np.isfinite(number).all():
        raise node.refuse("it divides by a computed value or by zero", "Use finite numbers.")
    scale = {"Mul": number, "Div": 1 / np.where(number == 0, 1, number)}.get(node.op, np.ones_like(number))
    shift = {"Add": number, "Sub": -number if first else number}.get(node.op, np.zeros_like(number))
    scale = -scale if node.op == "Sub" and not first else scale
    chain.add(BatchNormalization(node.name, scale, shift))


def _channels(chain: Chain, node: OnnxNode) -> Array:
    """A stored operand, broadcast as ONNX does against ``(batch, *shape)``, as one number per channel."""
    stored = numbers(node, node.stored(1 - node.data_position, "operands"))
    dimensions = len(chain.shape) + 1
    if stored.ndim <= dimensions:
        wide = stored.reshape((1,) * (dimensions - stored.ndim) + stored.shape)
        channels = chain.shape[0]
        if wide.shape[1] in (1, channels) and wide.size == wide.shape[1]:
            return np.broadcast_to(wide.reshape(-1), (channels,)).astype(np.float64)
    raise node.refuse(
        f"its operand has shape {stored.shape}", "One number, or one per channel or feature, is possible."
    )


def _relu(chain: Chain, node: OnnxNode) -> None:
    chain.add(ReLU(node.name))


def _flatten(chain: Chain, node: OnnxNode) -> None:
    axis = int(node.attributes.get("axis", 1))
    if axis not in (1, -len(chain.shape)):
        raise node.refuse(f"its axis is {axis}", "Use 1: everything behind the batch.")
    chain.add(Flatten(node.name))


def _reshape(chain: Chain, node: OnnxNode) -> None:
    """To flat images, to the shape that is already there, or of the input, which then has that shape."""
    target = [int(extent) for extent in np.ravel(node.stored(1, "extents"))]
    known, size = (0, *chain.shape), prod(chain.shape)
    if not node.attributes.get("allowzero", 0):  # 0 keeps the extent
        target = [known[i] if not extent and i < len(known) else extent for i, extent in enumerate(target)]
    behind = target[1:]
    if behind.count(-1) == 1 and target[0] != -1 and size % (rest := -prod(behind)) == 0:
        behind[behind.index(-1)] = size // rest
    if behind == [size] and len(chain.shape) > 1:
        chain.add(Flatten(node.name))
    elif not chain.layers and len(behind) == 3 and prod(behind) == size and min(behind) > 0:
        chain.input_shape = chain.shape = tuple(behind)
    elif behind != list(chain.shape):
        raise node.refuse(
            f"it reshapes {chain.shape} (behind the batch) to {target}", f"Only [-1, {size}] is possible."
        )


def _transpose(chain: Chain, node: OnnxNode) -> None:
    """A transposition that moves no value: the identity, or of an input whose moved extents are 1 (one grey channel)."""
    extents = len(chain.shape) + 1
    order = [int(axis) for axis in node.attributes.get("perm", range(extents)[::-1])]
    if sorted(order) != list(range(extents)) or order[0] != 0:
        raise node.refuse(f"its order is {order}", "The batch must stay first.")
    wide = [axis for axis in order[1:] if chain.shape[axis - 1] > 1]
    if wide != sorted(wide) or (chain.layers and order != sorted(order)):
        raise node.refuse(f"its order {order} moves values", "Export the model with channels before rows and columns.")
    chain.shape = tuple(chain.shape[axis - 1] for axis in order[1:])
    if not chain.layers:
        chain.input_shape = chain.shape


def _nothing(chain: Chain, node: OnnxNode) -> None:
    """Dropout and Identity do nothing at inference."""
    if node.op == "Dropout" and (mode := node.optional(2)) is not None and np.any(mode):
        raise node.refuse("it is in training mode", "Export the model for inference: model.eval().")


OPERATORS: dict[str, Callable[[Chain, OnnxNode], None]] = {
    "Add": _arithmetic,
    "AveragePool": average_pool,
    "BatchNormalization": _batch_normalization,
    "Conv": convolution,
    "Div": _arithmetic,
    "Dropout": _nothing,
    "Flatten": _flatten,
    "Gemm": _gemm,
    "GlobalAveragePool": global_average_pool,
    "Identity": _nothing,
    "MatMul": _matmul,
    "MaxPool": max_pool,
    "Mul": _arithmetic,
    "ReduceMean": reduce_mean,
    "Relu": _relu,
    "Reshape": _reshape,
    "Sub": _arithmetic,
    "Transpose": _transpose,
}
ENDS = ("LogSoftmax", "Softmax")
