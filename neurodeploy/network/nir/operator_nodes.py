"""From projections to NIR's linear operators."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from math import prod
from typing import Any

import numpy as np

from neurodeploy.network.arrays import Array, FloatArray
from neurodeploy.network.connectivity import (
    Convolution1d,
    Convolution2d,
    Dense,
    LateralInhibition,
    OneToOne,
    Pooling2d,
    Sparse,
)
from neurodeploy.network.connectivity.windows import Pair
from neurodeploy.network.network import Network, Projection
from neurodeploy.network.nir.graph import Misfit

EXPANSIONS = {
    "lateral_inhibition": "as a matrix with a zero diagonal",
    "sparse": "as a matrix, however large (up to 2^26 entries it is done without asking)",
}
"""Structures that NIR lacks and that can be written out, on request."""
_LARGEST_MATRIX = 1 << 26


def operator_problems(network: Network, projection: Projection, expand: Collection[str]) -> Iterator[Misfit]:
    """Why NIR has no operator for a projection."""
    kind, where = projection.connectivity, f"projection '{projection.name}'"
    if isinstance(kind, Pooling2d) and kind.function == "max":
        yield Misfit(where, "NIR has no max pooling", "train with average or sum pooling")
    if isinstance(kind, Pooling2d) and any(before != after for before, after in kind.padding):
        yield Misfit(where, f"NIR pads both sides alike, not {kind.padding}", "pad evenly")
    if isinstance(kind, Convolution1d | Convolution2d) and padding_value(kind) is None:
        yield Misfit(where, f"NIR pads both sides alike, not {kind.padding}", "pad evenly")
    if isinstance(kind, LateralInhibition) and "lateral_inhibition" not in expand:
        yield Misfit(where, "NIR has no lateral inhibition", "write it out: --expand lateral_inhibition")
    if isinstance(kind, Sparse) and "sparse" not in expand:
        source, target = network.shapes(projection)
        if prod(source) * prod(target) > _LARGEST_MATRIX:
            yield Misfit(where, f"as a matrix it has {prod(source) * prod(target)} entries", "--expand sparse")
    if np.ndim(projection.delay) and source_delays(network, projection) is None:
        yield Misfit(where, "its delays differ by target, NIR's Delay delays a source", "use one delay per source")


def padding_value(kind: Convolution1d | Convolution2d) -> Any:
    """NIR's padding: numbers, ``same``, or None where it cannot say it."""
    if all(before == after for before, after in kind.padding):
        return tuple(before for before, _ in kind.padding)
    totals = [d * (k - 1) for d, k in zip(kind.dilation, kind.kernel, strict=True)]
    same: list[Pair] = [(total // 2, total - total // 2) for total in totals]
    return "same" if list(kind.padding) == same and max(kind.stride) == 1 else None


def source_delays(network: Network, projection: Projection) -> Array | None:
    """Steps by source neuron, int64 ``(sources,)``; None where one neuron's synapses differ."""
    source, _ = network.shapes(projection)
    size = prod(source)
    if not np.ndim(projection.delay):
        return np.full(size, int(projection.delay), np.int64)
    delays = np.asarray(projection.delay)
    rows = network.expand(projection)
    owner = np.repeat(np.arange(size), np.diff(rows.indptr))
    per_synapse = delays.ravel()[rows.stored]
    low, high = np.full(size, np.iinfo(np.int64).max), np.full(size, -1, np.int64)
    np.minimum.at(low, owner, per_synapse)
    np.maximum.at(high, owner, per_synapse)
    return np.maximum(high, 0) if ((low == high) | (high < 0)).all() else None


def takes_bias(network: Network, projection: Projection, bias: FloatArray) -> bool:
    """Whether the projection's operator can add ``bias`` (one value per target)."""
    kind = projection.connectivity
    if isinstance(kind, Convolution1d | Convolution2d):
        channels = bias.reshape(network.shapes(projection)[1][0], -1)
        return bool((channels == channels[:, :1]).all())
    return isinstance(kind, Dense | Sparse | LateralInhibition)


def operator_values(
    network: Network, projection: Projection, bias: FloatArray | None, dtype: Any
) -> tuple[str, dict[str, Any]]:
    """NIR's type and parameters of a projection's operator."""
    kind = projection.connectivity
    source, _ = network.shapes(projection)
    if isinstance(kind, Pooling2d):
        y, x = kind.padding
        values = {"kernel_size": kind.kernel, "stride": kind.stride, "padding": (y[0], x[0])}
        return ("SumPool2d" if kind.function == "sum" else "AvgPool2d"), {k: np.array(v) for k, v in values.items()}
    if isinstance(kind, OneToOne):
        return "Scale", {"scale": projection.weights.decoded().astype(dtype)}
    if isinstance(kind, Convolution1d | Convolution2d):
        return _convolution(kind, projection, source, bias, dtype)
    weight = np.ascontiguousarray(_matrix(network, projection).T, dtype)
    return (
        ("Linear", {"weight": weight}) if bias is None else ("Affine", {"weight": weight, "bias": bias.astype(dtype)})
    )


def _convolution(
    kind: Convolution1d | Convolution2d,
    projection: Projection,
    source: tuple[int, ...],
    bias: FloatArray | None,
    dtype: Any,
) -> tuple[str, dict[str, Any]]:
    weight = projection.weights.decoded().astype(dtype)
    channels = len(weight)
    per_channel = np.zeros(channels) if bias is None else bias.reshape(channels, -1)[:, 0]
    padding = padding_value(kind)
    values: dict[str, Any] = {
        "input_shape": source[1:], "weight": weight, "stride": kind.stride, "padding": padding,
        "dilation": kind.dilation, "groups": kind.groups, "bias": per_channel.astype(dtype),
    }  # fmt: skip
    if isinstance(kind, Convolution2d):
        return "Conv2d", values
    plain = {key: values[key][0] for key in ("input_shape", "stride", "dilation")}
    return "Conv1d", {**values, **plain, "padding": padding if isinstance(padding, str) else padding[0]}


def _matrix(network: Network, projection: Projection) -> FloatArray:
    if isinstance(projection.connectivity, Dense):
        return projection.weights.decoded()
    source, target = network.shapes(projection)
    matrix, rows = np.zeros((prod(source), prod(target))), network.expand(projection)
    np.add.at(matrix, (np.repeat(np.arange(prod(source)), np.diff(rows.indptr)), rows.targets), rows.values)
    return matrix
