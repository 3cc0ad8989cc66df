"""ONNX operators over windows of an image: convolution and pooling."""

from __future__ import annotations

import numpy as np

from neurodeploy.ann.layers import NO_PADDING, AveragePool, Convolution, Flatten, MaxPool, Padding, Pair
from neurodeploy.ann.onnx_chain import Chain, OnnxNode, numbers, pair, vector


def convolution(chain: Chain, node: OnnxNode) -> None:
    """Two spatial dimensions, any stride, padding, dilation and groups."""
    weights = numbers(node, node.stored(1, "weights"))
    if weights.ndim != 4 or len(chain.shape) != 3 or node.data_position != 0:
        raise node.refuse(f"its weights are {weights.shape}, its input {chain.shape}", "2-D convolutions only.")
    kernel = pair(node.integers("kernel_shape", weights.shape[2:]))
    if kernel != weights.shape[2:]:
        raise node.refuse(f"its kernel_shape is {kernel}, its weights are {weights.shape}")
    stride, dilation = pair(node.integers("strides", (1, 1))), pair(node.integers("dilations", (1, 1)))
    bias = node.optional(2)
    offsets = vector(node, np.zeros(1) if bias is None else numbers(node, bias), len(weights))
    groups = int(node.attributes.get("group", 1))
    padding = _padding(node, kernel, stride, dilation)
    chain.add(Convolution(node.name, weights, offsets, stride, padding, dilation, groups))


def _window(node: OnnxNode) -> tuple[Pair, Pair, Padding]:
    """Kernel, stride and padding of a pooling; rounding up only where it changes nothing."""
    if len(node.shape) != 3 or "kernel_shape" not in node.attributes:
        raise node.refuse(f"it gets {node.shape} and pools 2-D images only")
    kernel, stride = pair(node.integers("kernel_shape", (1, 1))), pair(node.integers("strides", (1, 1)))
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


def average_pool(chain: Chain, node: OnnxNode) -> None:
    """Every mean over the same number of values: zeros of the padding count."""
    kernel, stride, padding = _window(node)
    if padding != NO_PADDING and not node.attributes.get("count_include_pad", 0):
        raise node.refuse(
            "it leaves the padding out of the mean, so that windows differ", "Use count_include_pad=1 or no padding."
        )
    chain.add(AveragePool(node.name, kernel, stride, padding))


def max_pool(chain: Chain, node: OnnxNode) -> None:
    """The largest value of each window."""
    chain.add(MaxPool(node.name, *_window(node)))


def global_average_pool(chain: Chain, node: OnnxNode) -> None:
    """One window over the whole image."""
    if len(chain.shape) != 3:
        raise node.refuse(f"it gets {chain.shape}", "It needs images.")
    kernel = pair(chain.shape[1:])
    chain.add(AveragePool(node.name, kernel, kernel))


def reduce_mean(chain: Chain, node: OnnxNode) -> None:
    """Over rows and columns only: a global average pooling (what torch's newer exporter writes)."""
    axes = node.attributes.get("axes", [])
    if not len(axes) and node.optional(1) is not None:
        axes = np.ravel(node.stored(1, "axes"))
    if len(chain.shape) != 3 or sorted(int(axis) % 4 for axis in axes) != [2, 3]:
        raise node.refuse(
            f"it averages {chain.shape} over the axes {list(axes)}", "Only rows and columns are possible."
        )
    global_average_pool(chain, node)
    if not node.attributes.get("keepdims", 1):
        chain.add(Flatten(node.name))


def _padding(node: OnnxNode, kernel: Pair, stride: Pair, dilation: Pair) -> Padding:
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
