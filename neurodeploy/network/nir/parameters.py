"""Reading the parameters of NIR nodes: numbers of any type, scalars and sequences alike, texts where NIR allows them."""

from __future__ import annotations

import numpy as np

from neurodeploy.network.arrays import Array
from neurodeploy.network.connectivity import Convolution1d, Convolution2d, Pooling2d
from neurodeploy.network.connectivity.windows import Pair
from neurodeploy.network.nir.graph import Node

Shape = tuple[int, ...]

PARAMETERS: dict[str, tuple[str, ...]] = {
    "LIF": ("tau", "r", "v_leak", "v_threshold", "v_reset"),
    "IF": ("r", "v_threshold", "v_reset"),
    "CubaLIF": ("tau_syn", "tau_mem", "r", "v_leak", "v_threshold", "v_reset", "w_in"),
    "LI": ("tau", "r", "v_leak"),
    "CubaLI": ("tau_syn", "tau_mem", "r", "v_leak", "w_in"),
    "I": ("r",),
    "Threshold": ("threshold",),
}
"""Parameters of the nodes that are populations."""
OPTIONAL = {"v_reset": 0.0, "w_in": 1.0}


class Unfit(Exception):  # noqa: N818
    """Why a node cannot be used: what is wrong, what to do."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what, self.remedy = what, remedy


def number_array(node: Node, name: str) -> Array:
    """A parameter as an array of finite numbers; optional ones have their default."""
    if name not in node.values:
        if name in OPTIONAL:
            return np.asarray(OPTIONAL[name])
        raise Unfit(f"it has no {name}", f"a {node.type} needs it")
    array = np.asarray(node.values[name])
    if array.dtype.kind not in "biuf":
        raise Unfit(f"its {name} is not numeric", "give numbers")
    if array.dtype.kind == "f" and np.isnan(array).any():
        raise Unfit(f"{int(np.isnan(array).sum())} values of its {name} are NaN", "repair it")
    return array


def integer_tuple(node: Node, name: str, count: int, default: int | None = None) -> Shape:
    """``count`` whole numbers from a scalar (repeated), or a sequence of one or ``count``."""
    if name not in node.values and default is not None:
        return (default,) * count
    array = number_array(node, name).ravel()
    if array.size not in (1, count) or (array != np.round(array)).any() or np.abs(array).max() > 2**31:
        raise Unfit(f"its {name} is {array.tolist()}", f"give one or {count} whole numbers")
    return tuple(int(value) for value in np.broadcast_to(array, (count,)))


def padding_pairs(node: Node, kernel: Shape, dilation: Shape, stride: Shape) -> tuple[Pair, ...]:
    """Padding (before, after) of each axis; ``same`` puts the odd one after, as PyTorch does."""
    stored = node.values.get("padding", 0)
    if stored == "valid" if isinstance(stored, str) else False:
        return ((0, 0),) * len(kernel)
    if isinstance(stored, str):
        if stored != "same":
            raise Unfit(f"its padding is '{stored}'", "give 'same', 'valid' or whole numbers")
        if max(stride) > 1:
            raise Unfit(f"padding 'same' with stride {stride}", "give the padding in numbers")
        totals = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
        return tuple((total // 2, total - total // 2) for total in totals)
    return tuple((extent, extent) for extent in integer_tuple(node, "padding", len(kernel)))


def convolution_of(node: Node) -> Convolution1d | Convolution2d:
    """The connectivity of a Conv1d or Conv2d."""
    weight, axes = number_array(node, "weight"), 1 if node.type == "Conv1d" else 2
    if weight.ndim != axes + 2 or not weight.size:
        raise Unfit(f"its weight has the shape {weight.shape}", f"{axes + 2} axes are needed: (out, in, kernel)")
    kernel = weight.shape[2:]
    stride, dilation = integer_tuple(node, "stride", axes, 1), integer_tuple(node, "dilation", axes, 1)
    (groups,) = integer_tuple(node, "groups", 1, 1)
    kind = Convolution1d if axes == 1 else Convolution2d
    return kind(kernel, stride, padding_pairs(node, kernel, dilation, stride), dilation, groups)


def pooling_of(node: Node) -> Pooling2d:
    """The connectivity of a SumPool2d or AvgPool2d."""
    y, x = integer_tuple(node, "kernel_size", 2)
    stride = integer_tuple(node, "stride", 2) if "stride" in node.values else (y, x)
    function = "sum" if node.type == "SumPool2d" else "average"
    return Pooling2d((y, x), function, stride, padding_pairs(node, (y, x), (1, 1), stride))  # type: ignore[arg-type]


def matrix_of(node: Node) -> Array:
    """The weight ``(out, in)`` of a Linear or Affine; leading axes of 1 are dropped."""
    weight = number_array(node, "weight")
    while weight.ndim > 2 and weight.shape[0] == 1:
        weight = weight[0]
    if weight.ndim != 2 or not weight.size:
        raise Unfit(f"its weight has the shape {weight.shape}", "a matrix (out, in) is needed")
    return weight
