"""What a run asked of the arrays, counted from its spikes: the events that costs are made of.

Under ``reads:NAME`` the steps in which at least one row of the array of projection NAME was on, under ``row activations:NAME`` the rows
driven (one in each tile that holds the row), under ``siemens read:NAME`` the conductances of all cells that carried current, summed: a chip's own, or those aimed at.
Where several arrays end at one population, under ``updates:POPULATION`` the steps in which at least one of them gives it something.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from neurodeploy.network import Projection, SpikeBatch
from neurodeploy.network.arrays import FloatArray, IntArray
from neurodeploy.targets.crossbar.chip import Chip
from neurodeploy.targets.crossbar.mapping import ArrayMapping, CrossbarMapping

READS, ROWS, SIEMENS, UPDATES = "reads", "row activations", "siemens read", "updates"


def device_events(
    mapping: CrossbarMapping, spikes: Mapping[str, SpikeBatch], chip: Chip | None = None
) -> dict[str, FloatArray]:
    """Counts of each sample, float64 ``(samples,)``; ``chip``: whose cells were read (None: cells that hold what they should)."""
    result: dict[str, FloatArray] = {}
    for array in mapping.arrays:
        batch = spikes[mapping.lowered.projection(array.projection).source]
        result[f"{READS}:{array.projection}"] = _active(batch).sum(axis=1).astype(float)
        result[f"{ROWS}:{array.projection}"] = _weighted(batch, tiles_of_rows(array).astype(float))
        result[f"{SIEMENS}:{array.projection}"] = _weighted(batch, conductance_of_rows(array, chip))
    for population in {mapping.lowered.projection(array.projection).target: None for array in mapping.arrays}:
        together = [mapping.lowered.projection(array.projection) for array in mapping.arrays_into(population)]
        if len(together) > 1:
            result[f"{UPDATES}:{population}"] = _updates(together, spikes)
    return result


def _updates(projections: Sequence[Projection], spikes: Mapping[str, SpikeBatch]) -> FloatArray:
    """Steps in which at least one projection arrives, those after the last step, too."""
    batches = [spikes[p.source] for p in projections]
    longest = max(p.shortest_delay for p in projections)
    arrived = np.zeros((batches[0].samples, batches[0].steps + longest), bool)
    for projection, batch in zip(projections, batches, strict=True):
        late = projection.shortest_delay
        arrived[:, late : late + batch.steps] |= _active(batch)
    counts: FloatArray = arrived.sum(axis=1).astype(np.float64)
    return counts


def _active(batch: SpikeBatch) -> NDArray[np.bool_]:
    """Whether a row is on, ``(samples, steps)``."""
    return (np.diff(batch.indptr) > 0).reshape(batch.samples, batch.steps)


def tiles_of_rows(array: ArrayMapping) -> IntArray:
    """How many tiles hold each row, ``(rows,)``."""
    times = np.zeros(array.tiling.shape[0], np.int64)
    for tile in array.tiling.tiles:
        times[tile.rows] += 1
    return times


def conductance_of_rows(array: ArrayMapping, chip: Chip | None = None) -> FloatArray:
    """All cells of each row on all its tiles, reference columns included, in S, ``(rows,)``: on ``chip``, or as aimed at."""
    tiling = array.tiling
    held = array.mapped if chip is None else chip.arrays[array.projection].array
    cells, reference = held.conductances, held.reference
    if reference is not None and reference.ndim == 1:  # the same one in every tile
        reference = np.broadcast_to(reference[:, None], (len(reference), array.tiles))
    total = np.zeros(tiling.shape[0])
    for number, tile in enumerate(tiling.tiles):
        total[tile.rows] += cells[np.ix_(tile.rows, tiling.columns(tile))].sum(axis=1)
        if reference is not None:
            total[tile.rows] += reference[tile.rows, number]
    return total


def _weighted(batch: SpikeBatch, weights: FloatArray) -> FloatArray:
    """Weights of the rows that spiked, summed for each sample alone: the same bits whatever the batch."""
    ends = batch.indptr[:: batch.steps] if batch.steps else np.zeros(batch.samples + 1, np.int64)
    return np.array([weights[batch.neurons[first:end]].sum() for first, end in pairwise(ends)], np.float64)
