"""All to all but oneself, with one weight."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar

import numpy as np

from neurodeploy.network.arrays import BoolArray, IntArray
from neurodeploy.network.connectivity.rows import Misfit, Shape, SparseRows
from neurodeploy.network.weights import Weights


@dataclass(frozen=True)
class LateralInhibition:
    """Every neuron to every *other* neuron of a population of the same size, with one weight of shape ``(1,)``.

    Within one population this is structured lateral inhibition. From a population of inhibitory neurons, driven one to
    one by the excitatory ones, it is the explicit form of Diehl & Cook 2015 (fig. 1).
    """

    kind: ClassVar[str] = "lateral_inhibition"
    codebook_axis: ClassVar[int | None] = None
    delay_per_synapse: ClassVar[bool] = False

    def misfit(self, source: Shape, target: Shape) -> Misfit | None:
        """Both populations must have the same size."""
        if prod(source) != prod(target):
            return Misfit(
                f"lateral inhibition between {prod(source)} and {prod(target)} neurons",
                "use one population, or an inhibitory population of the same size",
            )
        return None

    def weights_shape(self, source: Shape, target: Shape) -> Shape:
        """Shape the stored weights must have."""
        return (1,)

    def fan_out(self, source: Shape, target: Shape, chosen: BoolArray) -> IntArray:
        """Number of chosen synapses (bool, in the stored shape) on each source, int64 ``(sources,)``."""
        return np.full(prod(source), (prod(target) - 1) * int(chosen[0]), np.int64)

    def expand(self, source: Shape, target: Shape, weights: Weights) -> SparseRows:
        """Present synapses as sparse rows."""
        sources, targets = prod(source), prod(target)
        if not weights.present()[0]:
            nothing = np.zeros(0, np.int64)
            return SparseRows(np.zeros(sources + 1, np.int64), nothing.astype(np.int32), np.zeros(0), nothing)
        others = np.tile(np.arange(targets, dtype=np.int32), (sources, 1))[~np.eye(sources, targets, dtype=bool)]
        pointers = np.arange(sources + 1, dtype=np.int64) * (targets - 1)
        return SparseRows(pointers, others, np.full(len(others), weights.decoded()[0]), np.zeros(len(others), np.int64))
