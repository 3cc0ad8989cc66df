"""Listed synapses."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar

import numpy as np

from neurodeploy.network.arrays import BoolArray, Int32Array, IntArray, whole_numbers
from neurodeploy.network.connectivity.rows import Misfit, Shape, SparseRows
from neurodeploy.network.weights import Weights


@dataclass(frozen=True, eq=False)
class Sparse:
    """Compressed sparse rows: ``indptr`` (sources + 1), ``indices`` of targets; weights ``(synapses,)``."""

    indptr: IntArray
    indices: Int32Array
    kind: ClassVar[str] = "sparse"
    codebook_axis: ClassVar[int | None] = None
    delay_per_synapse: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "indptr", whole_numbers(self.indptr, np.int64, "Row pointers"))
        object.__setattr__(self, "indices", whole_numbers(self.indices, np.int32, "Target indices"))

    def misfit(self, source: Shape, target: Shape) -> Misfit | None:
        """Rows must be well formed."""
        sources, targets = prod(source), prod(target)
        if self.indptr.ndim != 1 or self.indices.ndim != 1:
            return Misfit("its row pointers or targets are not one-dimensional", "give flat arrays")
        if len(self.indptr) != sources + 1 or self.indptr[0] != 0 or (np.diff(self.indptr) < 0).any():
            return Misfit("its row pointers are malformed", f"give {sources + 1} non-decreasing numbers from 0")
        if self.indptr[-1] != len(self.indices):
            return Misfit(f"row pointers end at {self.indptr[-1]}", f"{len(self.indices)} targets are stored")
        if len(self.indices) and (self.indices.min() < 0 or self.indices.max() >= targets):
            return Misfit("a target index is out of range", f"use 0 to {targets - 1}")
        return None

    def weights_shape(self, source: Shape, target: Shape) -> Shape:
        """Shape the stored weights must have."""
        return (len(self.indices),)

    def fan_out(self, source: Shape, target: Shape, chosen: BoolArray) -> IntArray:
        """Number of chosen synapses (bool, in the stored shape) on each source, int64 ``(sources,)``."""
        running = np.concatenate([[0], np.cumsum(chosen)])
        return np.diff(running[self.indptr]).astype(np.int64)

    def expand(self, source: Shape, target: Shape, weights: Weights) -> SparseRows:
        """Present synapses as sparse rows."""
        present = weights.present()
        kept = np.concatenate([[0], np.cumsum(present)])
        return SparseRows(
            kept[self.indptr].astype(np.int64), self.indices[present], weights.decoded()[present],
            np.flatnonzero(present).astype(np.int64),
        )  # fmt: skip
