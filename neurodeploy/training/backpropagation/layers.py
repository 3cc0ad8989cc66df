"""Weights of layers as matrices in one flat array, dense or convolutional, and their rectified units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from neurodeploy.network.arrays import Array, BoolArray

MatrixShape: TypeAlias = tuple[int, int]
"""Inputs and neurons of a dense layer; values of a window and output channels of a convolution."""


class WeightedLayer(NamedTuple):
    """Weights ``(inputs, neurons)`` and bias ``(neurons,)`` (None: has none); see :data:`MatrixShape` for convolutions."""

    weights: Array
    bias: Array | None


def layer_views(flat: Array, shapes: Sequence[MatrixShape], biases: bool) -> list[WeightedLayer]:
    """Views into a flat array that holds every layer's weights, then its bias."""
    layers, at = [], 0
    for inputs, neurons in shapes:
        weights = flat[at : at + inputs * neurons].reshape(inputs, neurons)
        at += inputs * neurons
        layers.append(WeightedLayer(weights, flat[at : at + neurons] if biases else None))
        at += neurons * biases
    return layers


def parameter_count(shapes: Sequence[MatrixShape], biases: bool) -> int:
    """Length of that array."""
    return sum((inputs + biases) * neurons for inputs, neurons in shapes)


def weighted_sums(inputs: Array, layer: WeightedLayer) -> Array:
    """``inputs W + b``, a new array ``(rows, neurons)``."""
    values = np.asarray(inputs @ layer.weights)
    if layer.bias is not None:
        values += layer.bias
    return values


def rectify(values: Array, clipped: bool) -> None:
    """``max(x, 0)`` in place, ``clipped`` at 1."""
    np.maximum(values, 0, out=values)
    if clipped:
        np.minimum(values, 1, out=values)


def slopes(rectified: Array, clipped: bool) -> BoolArray:
    """Derivative of the rectification, from what it gave."""
    return np.asarray((rectified > 0) & (rectified < 1) if clipped else rectified > 0)
