"""What a run asked of the arrays, counted from its spikes: the events that costs are made of.

Under ``reads:NAME`` the steps in which at least one row of the array of projection NAME was on, under ``row activations:NAME`` the rows
driven (one in each tile that holds the row), under ``siemens read:NAME`` the conductances of all cells that carried current, summed.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from neurodeploy.network import SpikeBatch
from neurodeploy.network.arrays import FloatArray, IntArray
from neurodeploy.targets.crossbar.mapping import ArrayMapping, CrossbarMapping

READS, ROWS, SIEMENS = "reads", "row activations", "siemens read"


def device_events(mapping: CrossbarMapping, spikes: Mapping[str, SpikeBatch]) -> dict[str, FloatArray]:
    """Counts of each sample, float64 ``(samples,)``."""
    result: dict[str, FloatArray] = {}
    for array in mapping.arrays:
        batch = spikes[mapping.lowered.projection(array.projection).source]
        active = (np.diff(batch.indptr) > 0).reshape(batch.samples, batch.steps)
        result[f"{READS}:{array.projection}"] = active.sum(axis=1).astype(float)
        result[f"{ROWS}:{array.projection}"] = _weighted(batch, tiles_of_rows(array).astype(float))
        result[f"{SIEMENS}:{array.projection}"] = _weighted(batch, conductance_of_rows(array))
    return result


def tiles_of_rows(array: ArrayMapping) -> IntArray:
    """How many tiles hold each row, ``(rows,)``."""
    times = np.zeros(array.tiling.shape[0], np.int64)
    for tile in array.tiling.tiles:
        times[tile.rows] += 1
    return times


def conductance_of_rows(array: ArrayMapping) -> FloatArray:
    """All cells of each row on all its tiles, reference columns included, in S, ``(rows,)``."""
    mapped, tiling = array.mapped, array.tiling
    total = np.zeros(tiling.shape[0])
    for tile in tiling.tiles:
        total[tile.rows] += mapped.conductances[np.ix_(tile.rows, tiling.columns(tile))].sum(axis=1)
        if mapped.reference is not None:
            total[tile.rows] += mapped.reference[tile.rows]
    return total


def _weighted(batch: SpikeBatch, weights: FloatArray) -> FloatArray:
    """Weights of the rows that spiked, summed for each sample alone: the same bits whatever the batch."""
    ends = batch.indptr[:: batch.steps] if batch.steps else np.zeros(batch.samples + 1, np.int64)
    return np.array([weights[batch.neurons[first:end]].sum() for first, end in pairwise(ends)], np.float64)
