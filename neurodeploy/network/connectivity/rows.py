"""Compressed sparse rows: what every connectivity can be expanded into."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np

from neurodeploy.network.arrays import Array, FloatArray, Int32Array, IntArray

Shape: TypeAlias = tuple[int, ...]


class SparseRows(NamedTuple):
    """Present synapses by source neuron.

    ``indptr`` int64 (sources + 1), ``targets`` int32 and ``values`` float64 (synapses,); ``stored`` int64 (synapses,):
    where in the flattened stored weights each synapse's weight (and delay) stands.
    """

    indptr: IntArray
    targets: Int32Array
    values: FloatArray
    stored: IntArray


class Misfit(NamedTuple):
    """Why a connectivity cannot join two shapes: what is wrong, what to do."""

    what: str
    remedy: str


def row_pointers(counts: Array) -> IntArray:
    """Row pointers from the number of synapses on each source."""
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def rows_from_synapses(sources: int, source: Array, target: Array, stored: Array, values: Array) -> SparseRows:
    """Rows from one entry per synapse in any order; within a row the targets ascend."""
    order = np.lexsort((target, source))
    return SparseRows(
        row_pointers(np.bincount(source, minlength=sources)),
        target[order].astype(np.int32), values[order].astype(np.float64), stored[order].astype(np.int64),
    )  # fmt: skip
