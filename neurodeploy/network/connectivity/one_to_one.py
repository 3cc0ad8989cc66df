"""Neuron i to neuron i."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar

import numpy as np

from neurodeploy.network.arrays import BoolArray, IntArray
from neurodeploy.network.connectivity.rows import Misfit, Shape, SparseRows, row_pointers
from neurodeploy.network.weights import Weights


@dataclass(frozen=True)
class OneToOne:
    """Source i to target i; weights ``(size,)``."""

    kind: ClassVar[str] = "one_to_one"
    codebook_axis: ClassVar[int | None] = None
    delay_per_synapse: ClassVar[bool] = True

    def misfit(self, source: Shape, target: Shape) -> Misfit | None:
        """Both populations must have the same size."""
        if prod(source) != prod(target):
            return Misfit(f"one-to-one between {prod(source)} and {prod(target)} neurons", "make them equal")
        return None

    def weights_shape(self, source: Shape, target: Shape) -> Shape:
        """Shape the stored weights must have."""
        return (min(prod(source), prod(target)),)

    def fan_out(self, source: Shape, target: Shape, chosen: BoolArray) -> IntArray:
        """Number of chosen synapses (bool, in the stored shape) on each source, int64 ``(sources,)``."""
        return chosen.astype(np.int64)

    def expand(self, source: Shape, target: Shape, weights: Weights) -> SparseRows:
        """Present synapses as sparse rows."""
        present = weights.present()
        which = np.flatnonzero(present).astype(np.int64)
        return SparseRows(row_pointers(present), which.astype(np.int32), weights.decoded()[present], which)
