"""A network's activations in numpy: the accuracy before conversion, and what thresholds are balanced with."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from functools import singledispatch
from math import prod

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from neurodeploy.ann.layers import (
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
)
from neurodeploy.datasets import Dataset
from neurodeploy.errors import NeurodeployError
from neurodeploy.network.arrays import Array, IntArray

_CHUNK_BYTES = 64 << 20


def forward(ann: Ann, images: Array) -> list[Array]:
    """Activations of every layer, ``(samples, *shape)`` each; the first is the input itself.

    ``images``: ``(samples, ...)`` of any shape with the right number of values.
    """
    activations = [np.asarray(images, np.float32).reshape(len(images), *ann.input_shape)]
    for layer in ann.layers:
        activations.append(apply(layer, activations[-1]))
    return activations


def layer_by_layer(ann: Ann, images: Array) -> Iterator[Array]:
    """As :func:`forward`, one after the other, holding no more than two layers of all samples."""
    values = np.asarray(images, np.float32).reshape(len(images), *ann.input_shape)
    yield values
    for layer in ann.layers:
        chunk = _chunk(layer, values)
        parts = [apply(layer, values[start : start + chunk]) for start in range(0, len(values), chunk)]
        values = np.concatenate(parts) if parts else np.zeros((0, *layer.output_shape(values.shape[1:])), np.float32)
        del parts
        yield values


def predict(ann: Ann, images: Array) -> IntArray:
    """Class of each sample: the largest output, the lowest class among equals."""
    (outputs,) = deque(layer_by_layer(ann, images), maxlen=1)
    return np.asarray(outputs.reshape(len(images), prod(outputs.shape[1:])).argmax(axis=1), np.int64)


def pixels(ann: Ann, dataset: Dataset) -> Array:
    """Images of a data set from 0 to 1, in the shape of the network's input.

    Raises:
        NeurodeployError: ND305 when their sizes differ.
    """
    if dataset.images.shape[1] != prod(ann.input_shape):
        raise NeurodeployError(
            "ND305",
            f"The images of '{dataset.name}' have {dataset.images.shape[1]} values; the network of '{ann.origin}' takes "
            f"{prod(ann.input_shape)} ({'x'.join(map(str, ann.input_shape))}).",
            "Use the data set it was trained on.",
        )
    return (dataset.images.astype(np.float32) / np.float32(dataset.maximum)).reshape(len(dataset), *ann.input_shape)


@singledispatch
def apply(layer: Layer, values: Array) -> Array:
    """Output of a layer for a batch, ``(samples, *shape)``."""
    raise TypeError(f"no arithmetic for {type(layer).__name__}")


@apply.register
def _(layer: Dense, values: Array) -> Array:
    return np.asarray(values @ layer.weights.T + layer.bias)


@apply.register
def _(layer: Convolution, values: Array) -> Array:
    """Matrix product of the windows (``im2col``), one per group."""
    windows = _windows(_padded(values, layer.padding), layer.kernel, layer.stride, layer.dilation)
    samples, channels, height, width = windows.shape[:4]
    groups, outputs = layer.groups, len(layer.weights)
    columns = windows.reshape(samples, groups, channels // groups, height, width, *layer.kernel)
    columns = columns.transpose(1, 0, 3, 4, 2, 5, 6).reshape(groups, samples * height * width, -1)
    kernels = layer.weights.reshape(groups, outputs // groups, -1)
    result = (columns @ kernels.transpose(0, 2, 1)).reshape(groups, samples, height, width, outputs // groups)
    result = result.transpose(1, 0, 4, 2, 3).reshape(samples, outputs, height, width)
    return np.asarray(result + layer.bias.reshape(outputs, *layer.bias.shape[1:] or (1, 1)))


@apply.register
def _(layer: BatchNormalization, values: Array) -> Array:
    extents = (-1,) + (1,) * (values.ndim - 2)
    return np.asarray(values * layer.scale.reshape(extents) + layer.shift.reshape(extents))


@apply.register
def _(layer: ReLU, values: Array) -> Array:
    return np.clip(values, np.float32(0), None if layer.ceiling is None else np.float32(layer.ceiling))


@apply.register
def _(layer: AveragePool, values: Array) -> Array:
    windows = _windows(_padded(values, layer.padding), layer.kernel, layer.stride, (1, 1))
    return np.asarray(windows.mean(axis=(-2, -1), dtype=np.float32))


@apply.register
def _(layer: MaxPool, values: Array) -> Array:
    windows = _windows(_padded(values, layer.padding, -np.inf), layer.kernel, layer.stride, (1, 1))
    return np.asarray(windows.max(axis=(-2, -1)))


@apply.register
def _(layer: Flatten, values: Array) -> Array:
    return values.reshape(len(values), prod(values.shape[1:]))


def _padded(values: Array, padding: Padding, fill: float = 0.0) -> Array:
    if not any(map(any, padding)):
        return values
    return np.pad(values, ((0, 0), (0, 0), *padding), constant_values=np.float32(fill))


def _windows(values: Array, kernel: Pair, stride: Pair, dilation: Pair) -> Array:
    """Windows ``(samples, channels, rows, columns, kernel rows, kernel columns)``, a view."""
    extent = tuple((size - 1) * apart + 1 for size, apart in zip(kernel, dilation, strict=True))
    windows = sliding_window_view(values, extent, axis=(2, 3))
    return np.asarray(windows[:, :, :: stride[0], :: stride[1], :: dilation[0], :: dilation[1]])


def _chunk(layer: Layer, values: Array) -> int:
    """Samples at a time, so that the windows of a convolution stay small."""
    outputs = prod(layer.output_shape(values.shape[1:]))
    copies = layer.weights[0].size * layer.groups / len(layer.weights) if isinstance(layer, Convolution) else 1
    return max(1, int(_CHUNK_BYTES / (4 * max(outputs * copies, 1))))
