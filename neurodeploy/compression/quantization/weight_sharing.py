"""Weight sharing (rathi2019, section III-B): surviving weights are split by rank and each part shares its mean.

2 levels are {0, w} with w the mean of the survivors; 3 levels {0, w1, w2} split them at the median. N levels continue
the pattern: N - 1 parts of equal number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.network.arrays import Array, BoolArray, FloatArray


@dataclass(frozen=True)
class WeightSharing:
    """Share ``levels`` values (2 to 256, zero included), one codebook per target ``neuron`` or per ``projection``.

    Per neuron keeps the sum of each neuron's weights, which the training normalises: on MNIST the difference is many
    points (docs/results/two_layer.md). Per projection is rathi2019's, for arrays that have one set of states.
    """

    name: ClassVar[str] = "weight_sharing"
    levels: int = 3
    per: Literal["neuron", "projection"] = "neuron"

    def __post_init__(self) -> None:
        if not 2 <= self.levels <= 256:
            raise NeurodeployError(
                "ND204", f"{self.levels} levels were asked for.", "Use 2 to 256; zero is one of them."
            )

    def share(self, weights: FloatArray, present: BoolArray) -> tuple[Array, FloatArray]:
        """Codes uint8 in the weights' shape and levels, ``(levels,)`` or ``(targets, levels)``.

        Raises:
            NeurodeployError: ND205 when no synapse is present.
        """
        if not present.any():
            raise NeurodeployError("ND205", "A projection without synapses cannot be quantized.")
        codes = np.zeros(weights.shape, np.uint8)
        if self.per == "projection" or weights.ndim != 2:
            codes[present], levels = _share(weights[present], self.levels)
            return codes, levels
        books = np.zeros((weights.shape[1], self.levels))
        for neuron in range(weights.shape[1]):
            there = present[:, neuron]
            codes[there, neuron], books[neuron] = _share(weights[there, neuron], self.levels)
        return codes, books


def _share(values: FloatArray, levels: int) -> tuple[Array, FloatArray]:
    book = np.zeros(levels)
    distinct, nearest = np.unique(values, return_inverse=True)
    if len(distinct) < levels:  # shared already, by training: nothing is lost
        book[1 : 1 + len(distinct)] = distinct
        return (1 + nearest).astype(np.uint8), book
    rank = np.empty(len(values), np.int64)
    rank[np.argsort(values, kind="stable")] = np.arange(len(values))
    codes = 1 + rank * (levels - 1) // max(len(values), 1)
    totals = np.bincount(codes, values, minlength=levels)
    numbers = np.bincount(codes, minlength=levels)
    book[1:] = totals[1:] / np.maximum(numbers[1:], 1)
    return codes.astype(np.uint8), book
