"""Which neurons a projection connects; structured kinds stay structured until a target must expand them.

Every kind answers three questions: the shape its stored weights have, how many synapses that is, and its expansion into
compressed sparse rows. Adding a kind: write its dataclass here and name it in :data:`CONNECTIVITIES`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple, TypeAlias

import numpy as np

from neurodeploy.network.arrays import FloatArray, Int32Array, IntArray, frozen
from neurodeploy.network.weights import Weights


class SparseRows(NamedTuple):
    """Present synapses by source: ``indptr`` int64 (sources + 1), ``targets`` int32 and ``values`` float64 (synapses)."""

    indptr: IntArray
    targets: Int32Array
    values: FloatArray


@dataclass(frozen=True)
class Dense:
    """Every source to every target; weights ``(sources, targets)``."""

    kind: ClassVar[str] = "dense"

    def weights_shape(self, sources: int, targets: int) -> tuple[int, ...]:
        """Shape the stored weights must have."""
        return (sources, targets)

    def synapses(self, sources: int, targets: int, weights: Weights) -> int:
        """Number of synapses that exist."""
        return int(weights.present().sum())

    def expand(self, sources: int, targets: int, weights: Weights) -> SparseRows:
        """Present synapses as sparse rows."""
        present = weights.present()
        rows, columns = np.nonzero(present)
        return SparseRows(
            _row_pointers(np.bincount(rows, minlength=sources)), columns.astype(np.int32), weights.decoded()[present]
        )


@dataclass(frozen=True, eq=False)
class Sparse:
    """Compressed sparse rows: ``indptr`` (sources + 1), ``indices`` of targets; weights ``(synapses,)``."""

    indptr: IntArray
    indices: Int32Array
    kind: ClassVar[str] = "sparse"

    def __post_init__(self) -> None:
        object.__setattr__(self, "indptr", frozen(np.asarray(self.indptr, np.int64)))
        object.__setattr__(self, "indices", frozen(np.asarray(self.indices, np.int32)))

    def weights_shape(self, sources: int, targets: int) -> tuple[int, ...]:
        """Shape the stored weights must have."""
        return (len(self.indices),)

    def synapses(self, sources: int, targets: int, weights: Weights) -> int:
        """Number of synapses that exist."""
        return int(weights.present().sum())

    def expand(self, sources: int, targets: int, weights: Weights) -> SparseRows:
        """Present synapses as sparse rows."""
        present = weights.present()
        kept = np.concatenate([[0], np.cumsum(present)])
        return SparseRows(kept[self.indptr].astype(np.int64), self.indices[present], weights.decoded()[present])


@dataclass(frozen=True)
class OneToOne:
    """Source i to target i; weights ``(size,)``."""

    kind: ClassVar[str] = "one_to_one"

    def weights_shape(self, sources: int, targets: int) -> tuple[int, ...]:
        """Shape the stored weights must have."""
        return (min(sources, targets),)

    def synapses(self, sources: int, targets: int, weights: Weights) -> int:
        """Number of synapses that exist."""
        return int(weights.present().sum())

    def expand(self, sources: int, targets: int, weights: Weights) -> SparseRows:
        """Present synapses as sparse rows."""
        present = weights.present()
        return SparseRows(
            _row_pointers(present.astype(np.int64)),
            np.flatnonzero(present).astype(np.int32),
            weights.decoded()[present],
        )


@dataclass(frozen=True)
class LateralInhibition:
    """Every neuron to every *other* neuron of the population with one weight, stored with shape ``(1,)``."""

    kind: ClassVar[str] = "lateral_inhibition"

    def weights_shape(self, sources: int, targets: int) -> tuple[int, ...]:
        """Shape the stored weights must have."""
        return (1,)

    def synapses(self, sources: int, targets: int, weights: Weights) -> int:
        """Number of synapses that exist."""
        return sources * (targets - 1) if weights.present()[0] else 0

    def expand(self, sources: int, targets: int, weights: Weights) -> SparseRows:
        """Present synapses as sparse rows."""
        if not weights.present()[0]:
            return SparseRows(np.zeros(sources + 1, np.int64), np.zeros(0, np.int32), np.zeros(0))
        others = np.tile(np.arange(targets, dtype=np.int32), (sources, 1))[~np.eye(sources, targets, dtype=bool)]
        return SparseRows(
            np.arange(sources + 1, dtype=np.int64) * (targets - 1), others, np.full(len(others), weights.decoded()[0])
        )


def _row_pointers(counts: IntArray) -> IntArray:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


Connectivity: TypeAlias = Dense | Sparse | OneToOne | LateralInhibition
CONNECTIVITIES: dict[str, type[Connectivity]] = {
    kind.kind: kind for kind in (Dense, Sparse, OneToOne, LateralInhibition)
}
