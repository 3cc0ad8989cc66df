"""A trained dense network: its layers, which synapses are left, and what the training did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from neurodeploy.ann.layers import Ann, Dense, Flatten, Layer, ReLU
from neurodeploy.datasets import Dataset
from neurodeploy.network.arrays import Array, BoolArray
from neurodeploy.training.backpropagation.dense_layers import DenseLayer, activations

_CHUNK = 10_000


@dataclass(frozen=True, eq=False)
class TrainedDense:
    """``masks`` bool ``(inputs, neurons)``: False where a synapse was removed; a weight of 0 may still be a synapse.

    ``clipped``: hidden activations end at 1. ``record``: the training's options and what it did, as plain values.
    """

    layers: tuple[DenseLayer, ...]
    masks: tuple[BoolArray, ...]
    image_shape: tuple[int, int]
    clipped: bool
    record: Mapping[str, Any]

    def outputs(self, data: Dataset) -> Array:
        """The last layer's values, float32 ``(samples, classes)``; images are scaled to 0 to 1."""
        with threadpool_limits(1):
            parts = [
                activations(self.layers, unit_pixels(data, slice(start, start + _CHUNK)), self.clipped)[-1]
                for start in range(0, len(data), _CHUNK)
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
        result: list[Layer] = [Flatten("flatten")]
        ceiling = 1.0 if self.clipped else None
        for index, (weights, bias) in enumerate(self.layers, start=1):
            none = np.zeros(weights.shape[1], np.float32)
            result += [
                Dense(f"dense {index}", weights.T, none if bias is None else bias),
                ReLU(f"relu {index}", ceiling),
            ]
        return Ann(tuple(result[:-1]), (1, *self.image_shape), "back-propagation")


def unit_pixels(data: Dataset, chosen: slice | Array) -> Array:
    """Images from 0 to 1, float32 ``(samples, pixels)``, as the conversion has them."""
    return data.images[chosen].astype(np.float32) / np.float32(data.maximum)
