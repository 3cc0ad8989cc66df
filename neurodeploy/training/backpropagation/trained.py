"""A trained network: its layers, which synapses are left, and what the training did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from neurodeploy.ann.layers import Ann, AveragePool, Convolution, Dense, Flatten, Layer, ReLU
from neurodeploy.datasets import Dataset
from neurodeploy.network.arrays import Array, BoolArray
from neurodeploy.training.backpropagation.convolutions import ConvolutionShape, kernel_order
from neurodeploy.training.backpropagation.dense_layers import outputs_of
from neurodeploy.training.backpropagation.layers import WeightedLayer

_CHUNK = 10_000
_WINDOW_VALUES = 1 << 24
"""Of a chunk's windows: 64 MiB."""


@dataclass(frozen=True, eq=False)
class TrainedNetwork:
    """``masks`` bool ``(inputs, neurons)``: False where a synapse was removed; a weight of 0 may still be a synapse.

    ``convolutions``: shapes of the first layers, whose weights and masks are ``(window, outputs)``. ``clipped``: hidden activations end at 1. ``record``: the training's options and what it did, as plain values.
    """

    layers: tuple[WeightedLayer, ...]
    masks: tuple[BoolArray, ...]
    image_shape: tuple[int, int]
    clipped: bool
    record: Mapping[str, Any]
    convolutions: tuple[ConvolutionShape, ...] = ()

    def outputs(self, data: Dataset) -> Array:
        """The last layer's values, float32 ``(samples, classes)``; images are scaled to 0 to 1."""
        largest = max((prod(shape.places) * shape.window for shape in self.convolutions), default=1)
        chunk = max(1, min(_CHUNK, _WINDOW_VALUES // largest))
        with threadpool_limits(1):
            parts = [
                outputs_of(self.layers, unit_pixels(data, slice(start, start + chunk)), self.clipped, self.convolutions)
                for start in range(0, len(data), chunk)
            ]
        return np.concatenate(parts)

    def accuracy(self, data: Dataset) -> float:
        """Share of samples whose class has the largest output."""
        return float(np.mean(self.outputs(data).argmax(axis=1) == data.labels))

    def connectivity(self) -> float:
        """Share of all synapses with a weight other than 0."""
        return float(sum(np.count_nonzero(w) for w, _ in self.layers) / sum(w.size for w, _ in self.layers))

    def ann(self) -> Ann:
        """As the layers that :func:`neurodeploy.ann.convert` takes."""
        result: list[Layer] = []
        ceiling, front = 1.0 if self.clipped else None, len(self.convolutions)
        biases = [np.zeros(w.shape[1], np.float32) if bias is None else bias for w, bias in self.layers]
        for index, shape in enumerate(self.convolutions):
            weights, pads = kernel_order(self.layers[index].weights, shape), (shape.padding, shape.padding)
            result.append(Convolution(f"convolution {index + 1}", weights, biases[index], padding=(pads, pads)))
            result.append(ReLU(f"relu {index + 1}", ceiling))
            if shape.pool > 1:
                extent = (shape.pool, shape.pool)
                result.append(AveragePool(f"average pool {index + 1}", extent, extent))
        result.append(Flatten("flatten"))
        for index in range(front, len(self.layers)):
            result.append(Dense(f"dense {index + 1}", self.layers[index].weights.T, biases[index]))
            result.append(ReLU(f"relu {index + 1}", ceiling))
        return Ann(tuple(result[:-1]), (1, *self.image_shape), "back-propagation")

    def network_masks(self) -> list[BoolArray]:
        """The masks in the order in which networks store weights: kernels ``(outputs, channels, rows, columns)``."""
        front = len(self.convolutions)
        kernels = [kernel_order(mask, shape) for mask, shape in zip(self.masks[:front], self.convolutions, strict=True)]
        return [*kernels, *self.masks[front:]]


def unit_pixels(data: Dataset, chosen: slice | Array) -> Array:
    """Images from 0 to 1, float32 ``(samples, pixels)``, as the conversion has them."""
    return data.images[chosen].astype(np.float32) / np.float32(data.maximum)
