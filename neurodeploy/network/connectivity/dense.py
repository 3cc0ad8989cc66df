"""Every source to every target."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar

import numpy as np

from neurodeploy.network.arrays import BoolArray, IntArray
from neurodeploy.network.connectivity.rows import Misfit, Shape, SparseRows, row_pointers
from neurodeploy.network.weights import Weights


@dataclass(frozen=True)
class Dense:
    """Every source to every target; weights ``(sources, targets)``, in the flat (C) order of both populations."""

    kind: ClassVar[str] = "dense"
    codebook_axis: ClassVar[int | None] = -1
    delay_per_synapse: ClassVar[bool] = True

    def misfit(self, source: Shape, target: Shape) -> Misfit | None:
        """Any two populations can be joined."""
        return None

    def weights_shape(self, source: Shape, target: Shape) -> Shape:
        """Shape the stored weights must have."""
        return (prod(source), prod(target))

    def fan_out(self, source: Shape, target: Shape, chosen: BoolArray) -> IntArray:
        """Number of chosen synapses (bool, in the stored shape) on each source, int64 ``(sources,)``."""
        counts: IntArray = chosen.sum(axis=1, dtype=np.int64)
        return counts

    def expand(self, source: Shape, target: Shape, weights: Weights) -> SparseRows:
        """Present synapses as sparse rows."""
        present = weights.present()
        rows, columns = np.nonzero(present)
        pointers = row_pointers(np.bincount(rows, minlength=prod(source)))
        return SparseRows(
            pointers, columns.astype(np.int32), weights.decoded()[present], np.flatnonzero(present).astype(np.int64)
        )
