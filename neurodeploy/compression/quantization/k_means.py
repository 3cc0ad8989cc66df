"""The levels of least squared error, wherever they lie: one-dimensional k-means with one centre held at 0.

Solved exactly by dynamic programming over the sorted weights (Wang & Song 2011, "Ckmeans.1d.dp"), with the divide and
conquer of Grønlund et al. 2017 ("Fast exact k-means, k-medians and Bregman divergence clustering in 1D"), and so without
random starts. Han et al. 2016 ("Deep compression", section 3) share weights by k-means.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar

import numpy as np

from neurodeploy.compression.quantization.codebooks import PER_HELP, Per, nearest, share_nearest
from neurodeploy.compression.quantization.k_means_kernel import clusters
from neurodeploy.errors import NeurodeployError
from neurodeploy.network.arrays import Array, BoolArray, FloatArray

_POINTS = 8192
"""More distinct weights than this are first gathered in as many bins of equal width."""
_TURNS = 50


@dataclass(frozen=True)
class KMeans:
    """The levels (2 to 1024 of them, zero included) that minimise ``sum a (w - q(w))^2``; a as for ``uniform``.

    Exact up to 8192 distinct weights in a group; more are gathered in 8192 bins, and the levels found are refined on all
    of them until they stay (Lloyd 1982).
    """

    name: ClassVar[str] = "k_means"
    levels: int = field(default=16, metadata={"help": "Number of levels, zero included."})
    per: Per = field(default="projection", metadata={"help": PER_HELP})

    def __post_init__(self) -> None:
        if not 2 <= self.levels <= 1024:
            raise NeurodeployError("ND204", f"The number of levels is {self.levels}.", "Use 2 to 1024, zero included.")

    def share(
        self, weights: FloatArray, present: BoolArray, axis: int | None = None, importance: FloatArray | None = None
    ) -> tuple[Array, FloatArray]:
        """Codes and codebooks, 0 first, then ascending.

        Raises:
            NeurodeployError: ND205 without synapses.
        """
        axis = axis if self.per == "neuron" else None
        return share_nearest(weights, present, axis, importance, self.levels, partial(centres, count=self.levels))


def centres(values: FloatArray, importance: FloatArray, count: int) -> FloatArray:
    """At most ``count`` levels of least weighted squared error, 0 first, then ascending."""
    distinct, member = np.unique(values, return_inverse=True)
    weight = np.bincount(member, importance).astype(np.float64)
    if len(distinct[distinct != 0]) < count:
        return np.concatenate([[0.0], distinct[distinct != 0]])
    if len(distinct) <= _POINTS:
        return np.concatenate([[0.0], clusters(distinct, weight, count - 1)[::-1]])
    levels = np.concatenate([[0.0], clusters(*_binned(distinct, weight), count - 1)[::-1]])
    return _refined(distinct, weight, levels)


def _binned(values: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Weighted means and total weights of the values in bins of equal width; empty bins are left out."""
    span = values[-1] - values[0]
    owner = np.minimum((values - values[0]) / span * _POINTS, _POINTS - 1).astype(np.int64)
    mass = np.bincount(owner, weight, _POINTS).astype(np.float64)
    there = mass > 0
    return np.bincount(owner, weight * values, _POINTS)[there] / mass[there], mass[there]


def _refined(values: FloatArray, weight: FloatArray, levels: FloatArray) -> FloatArray:
    """Lloyd's iteration: each level but 0 becomes the weighted mean of the values nearest to it, until none moves."""
    for _ in range(_TURNS):
        owner = nearest(values, levels)
        mass = np.bincount(owner, weight, len(levels))
        means = np.bincount(owner, weight * values, len(levels)) / np.where(mass > 0, mass, 1)
        moved = np.where(mass > 0, means, levels)
        moved[0] = 0.0
        if np.array_equal(moved, levels):
            break
        levels = moved
    return levels
