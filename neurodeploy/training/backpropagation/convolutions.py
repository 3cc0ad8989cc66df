"""Convolutions with rectified units and average pooling as matrix products of their windows (``im2col``).

Images are ``(samples, rows, columns, channels)``: the values of a window's row lie together, and a product of the windows
``(samples rows columns, kernel kernel channels)`` with the weights ``(kernel kernel channels, outputs)`` gives images
again. The gradient by the weights is the windows' transpose times the error; by the images, every window's error added
where the window was taken (LeCun et al. 1998, section II; im2col: Chellapilla, Puri & Simard 2006).
Everything follows the dtype of the weights.
"""

# numba's typing of these kernels is checked by running them; static checkers see only Any.
from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from neurodeploy.network.arrays import Array
from neurodeploy.training.backpropagation.layers import WeightedLayer, rectify, slopes, weighted_sums


class ConvolutionShape(NamedTuple):
    """Images of ``rows`` x ``columns`` with ``channels``; ``padding`` zeros on each side; means of ``pool`` x ``pool`` behind."""

    rows: int
    columns: int
    channels: int
    kernel: int
    padding: int
    outputs: int
    pool: int

    @property
    def window(self) -> int:
        """Values of a window."""
        return self.kernel * self.kernel * self.channels

    @property
    def places(self) -> tuple[int, int]:
        """Rows and columns of the convolution's result."""
        margin = 2 * self.padding - self.kernel + 1
        return self.rows + margin, self.columns + margin

    @property
    def pooled(self) -> tuple[int, int]:
        """Rows and columns behind the pooling."""
        rows, columns = self.places
        return rows // self.pool, columns // self.pool


class Kept(NamedTuple):
    """What the gradient needs of a convolution: its windows, and its rectified result ``(samples places, outputs)``."""

    windows: Array
    rectified: Array


def features(
    layers: Sequence[WeightedLayer], shapes: Sequence[ConvolutionShape], pixels: Array, clipped: bool
) -> tuple[Array, list[Kept]]:
    """What the convolutions make of ``pixels`` ``(samples, values)``: flat, channels first, as a dense layer takes it."""
    if not shapes:
        return pixels, []
    kept, values = [], pixels.reshape(len(pixels), shapes[0].rows, shapes[0].columns, shapes[0].channels)
    for layer, shape in zip(layers, shapes, strict=True):
        windows = windows_of(values, shape)
        rectified = weighted_sums(windows, layer)
        rectify(rectified, clipped)
        kept.append(Kept(windows, rectified))
        values = average_pool(rectified.reshape(len(pixels), *shape.places, shape.outputs), shape.pool)
    return values.transpose(0, 3, 1, 2).reshape(len(pixels), -1), kept


def kernel_gradients(
    layers: Sequence[WeightedLayer], into: Sequence[WeightedLayer], shapes: Sequence[ConvolutionShape],
    kept: Sequence[Kept], error: Array, clipped: bool,
) -> None:  # fmt: skip
    """Write the gradients of the convolutions ``into`` views like ``layers``; ``error``: the loss's by :func:`features`."""
    if not shapes:
        return
    samples, last = len(error), shapes[-1]
    images = error.reshape(samples, last.outputs, *last.pooled).transpose(0, 2, 3, 1)
    for index in range(len(shapes) - 1, -1, -1):
        shape, (windows, rectified) = shapes[index], kept[index]
        flat = spread_over_pool(images, shape.pool).reshape(rectified.shape)
        flat *= slopes(rectified, clipped)
        np.matmul(windows.T, flat, out=into[index].weights)
        bias = into[index].bias
        if bias is not None:
            flat.sum(axis=0, out=bias)
        if index:
            images = images_of(flat @ layers[index].weights.T, shape)


def windows_of(images: Array, shape: ConvolutionShape) -> Array:
    """Every window of ``images`` as a row, a new array ``(samples places, window)``."""
    pads = (shape.padding, shape.padding)
    padded = np.ascontiguousarray(np.pad(images, ((0, 0), pads, pads, (0, 0))) if shape.padding else images)
    rows, columns = shape.places
    windows = np.empty((len(images) * rows * columns, shape.window), images.dtype)
    _gather(padded.reshape(*padded.shape[:2], -1), windows, rows, columns, shape.kernel, shape.channels)
    return windows


def images_of(windows: Array, shape: ConvolutionShape) -> Array:
    """The transpose of :func:`windows_of`: values of windows added up where they were taken; padding is dropped."""
    rows, columns = shape.places
    samples, pad = len(windows) // (rows * columns), shape.padding
    padded = np.zeros((samples, shape.rows + 2 * pad, shape.columns + 2 * pad, shape.channels), windows.dtype)
    flat = padded.reshape(*padded.shape[:2], -1)
    _scatter(np.ascontiguousarray(windows), flat, rows, columns, shape.kernel, shape.channels)
    return padded[:, pad : pad + shape.rows, pad : pad + shape.columns]


@njit(cache=True)
def _gather(images: Any, windows: Any, rows: int, columns: int, kernel: int, channels: int) -> None:
    """``images`` ``(samples, rows, columns channels)``: a row of a window is one run of it."""
    run = kernel * channels
    for sample in range(images.shape[0]):
        for row in range(rows):
            for column in range(columns):
                window = windows[(sample * rows + row) * columns + column]
                for inner in range(kernel):
                    source = images[sample, row + inner]
                    for i in range(run):
                        window[inner * run + i] = source[column * channels + i]


@njit(cache=True)
def _scatter(windows: Any, images: Any, rows: int, columns: int, kernel: int, channels: int) -> None:
    run = kernel * channels
    for sample in range(images.shape[0]):
        for row in range(rows):
            for column in range(columns):
                window = windows[(sample * rows + row) * columns + column]
                for inner in range(kernel):
                    target = images[sample, row + inner]
                    for i in range(run):
                        target[column * channels + i] += window[inner * run + i]


def average_pool(images: Array, extent: int) -> Array:
    """Means over squares of ``extent``, beside each other; the images' extents are multiples of it."""
    if extent == 1:
        return images
    places = [(row, column) for row in range(extent) for column in range(extent)]
    total = images[:, ::extent, ::extent].copy()
    for row, column in places[1:]:
        total += images[:, row::extent, column::extent]
    total /= extent * extent
    return total


def spread_over_pool(errors: Array, extent: int) -> Array:
    """The transpose of :func:`average_pool`, a new array."""
    samples, rows, columns, channels = errors.shape
    wide = np.empty((samples, rows, extent, columns, extent, channels), errors.dtype)
    wide[:] = (errors / errors.dtype.type(extent * extent))[:, :, np.newaxis, :, np.newaxis]
    return wide.reshape(samples, rows * extent, columns * extent, channels)


def kernel_order(matrix: Array, shape: ConvolutionShape) -> Array:
    """Weights ``(window, outputs)`` as ``(outputs, channels, rows, columns)``, the order of networks and torch."""
    kernel = (shape.kernel, shape.kernel, shape.channels, shape.outputs)
    return np.ascontiguousarray(matrix.reshape(kernel).transpose(3, 2, 0, 1))
