"""From NIR's linear operators to connectivity and stored weights."""

from __future__ import annotations

from math import prod
from typing import NamedTuple

import numpy as np

from neurodeploy.network.arrays import Array, FloatArray, Int32Array, frozen
from neurodeploy.network.connectivity import Connectivity, Dense, OneToOne
from neurodeploy.network.nir.graph import Node
from neurodeploy.network.nir.membranes import MS, flat
from neurodeploy.network.nir.parameters import Shape, Unfit, convolution_of, matrix_of, number_array, pooling_of
from neurodeploy.network.weights import Weights

OPERATORS = ("Affine", "Linear", "Conv1d", "Conv2d", "Scale", "SumPool2d", "AvgPool2d", "Delay")
_WHOLE = 1e-3
"""How far from a whole number of steps a delay may lie: float32 seconds divided by dt."""


class Operator(NamedTuple):
    """A linear operator: connectivity, weights, what it adds to its target each step, delay of its input."""

    connectivity: Connectivity
    weights: Weights
    bias: FloatArray | None = None
    delay: int | Int32Array = 0


def identity(size: int) -> Operator:
    """What an edge without an operator is."""
    return Operator(OneToOne(), Weights(values=np.ones(size, np.float32)))


def operator_of(node: Node, into: Shape, out: Shape, dt: float, round_delays: bool) -> Operator:
    """The operator of a node from shape ``into`` to ``out``; ``dt`` in ms."""
    if node.type == "Delay":
        size = prod(into)
        return Operator(OneToOne(), identity(size).weights, None, delay_steps(node, into, dt, round_delays))
    if node.type == "Scale":
        return Operator(OneToOne(), _weights(flat(_floating(number_array(node, "scale")), into)))
    if node.type in ("SumPool2d", "AvgPool2d"):
        return Operator(pooling_of(node), Weights(values=np.ones(1, np.float32)))
    if node.type in ("Linear", "Affine"):
        return Operator(Dense(), _weights(_floating(matrix_of(node)).T), _bias(node, out, channels=False))
    return Operator(
        convolution_of(node), _weights(_floating(number_array(node, "weight"))), _bias(node, out, channels=True)
    )


def delay_steps(node: Node, shape: Shape, dt: float, round_delays: bool) -> int | Int32Array:
    """Delays in whole steps: one number where all are equal, else int32 (neurons,)."""
    delay = number_array(node, "delay").astype(float) * MS
    if not np.isfinite(delay).all() or delay.min(initial=0.0) < 0 or delay.max(initial=0.0) / dt > 2**30:
        raise Unfit(
            f"its delays run from {delay.min() / MS:g} to {delay.max() / MS:g} s", "use finite values of 0 or more"
        )
    steps = delay / dt
    off = np.abs(steps - np.round(steps)).max(initial=0.0)
    if off > _WHOLE and not round_delays:
        raise Unfit(
            f"a delay lies {off:g} steps of {dt:g} ms beside a whole number of steps",
            "choose another dt, or round them (--round-delays, round_delays=True)",
        )
    whole = np.round(steps).astype(np.int32)
    return int(whole.flat[0]) if (whole == whole.flat[0]).all() else flat(whole, shape).astype(np.int32)  # type: ignore[arg-type]


def _bias(node: Node, out: Shape, *, channels: bool) -> FloatArray | None:
    """One value per target; None where there is nothing to add."""
    if "bias" not in node.values:
        if node.type == "Affine":
            raise Unfit("it has no bias", "an Affine needs it; use Linear")
        return None
    bias = number_array(node, "bias").astype(float)
    while bias.ndim > 1 and bias.shape[0] == 1:
        bias = bias[0]
    if not np.isfinite(bias).all():
        raise Unfit("its bias is infinite", "repair it")
    if bias.size not in (1, out[0] if channels else prod(out)) or bias.ndim > 1:
        raise Unfit(f"its bias has the shape {bias.shape}", f"give {out[0] if channels else prod(out)} values")
    if not bias.any():
        return None
    return np.repeat(np.broadcast_to(bias.ravel(), (out[0],)), prod(out[1:])) if channels else flat(bias, out)


def _floating(array: Array) -> Array:
    """Weights in float32 or float64 as they are, other number types as float32."""
    if not np.isfinite(array).all():
        raise Unfit(f"{int((~np.isfinite(array)).sum())} of its weights are infinite", "repair them")
    kept = array.dtype in (np.dtype(np.float32), np.dtype(np.float64))
    return array if kept else array.astype(np.float32)


def _weights(values: Array) -> Weights:
    native = np.ascontiguousarray(values).astype(values.dtype.newbyteorder("="), copy=False)
    return Weights(values=frozen(native))
