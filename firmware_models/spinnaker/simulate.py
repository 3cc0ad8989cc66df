"""Entry point: run a network description on the firmware model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neurodeploy.firmware_models.spinnaker.arrays import Int32Array, Int64Array, UInt8Array
from neurodeploy.firmware_models.spinnaker.kernel_network import run_batch
from neurodeploy.firmware_models.spinnaker.network import (
    SOURCE_MODEL,
    AnyProjection,
    FirmwarePopulation,
    FirmwareResult,
    check_network,
)
from neurodeploy.firmware_models.spinnaker.prepare import Tables, prepare

_RASTER_BYTES = 16 << 20  # spikes are collected in blocks of samples of about this size


def run_firmware(
    populations: Sequence[FirmwarePopulation],
    projections: Sequence[AnyProjection],
    *,
    time_step_ms: float,
    steps: int,
    samples: int,
    source_indptr: Int64Array,
    source_neurons: Int32Array,
    record_voltages: tuple[int, ...] = (),
    reset_between_samples: bool = True,
) -> FirmwareResult:
    """Simulate ``samples`` presentations of ``steps`` time steps each.

    A spike of step t sent through a synapse with delay d reaches its target's membrane in the update of step t + d.

    Args:
        populations: exactly one of them a "SpikeSourceArray".
        projections: synapses as stored on the chip.
        time_step_ms: simulation time step; its s16.15 rounding is what the chip uses.
        steps: time steps per sample.
        samples: number of presentations.
        source_indptr: int64, shape (samples * steps + 1,): spikes of sample s, step t of the source population.
        source_neurons: int32 neuron index of each source spike.
        record_voltages: indices of populations whose potentials are returned.
        reset_between_samples: start every sample from the initial state; if false, all samples are one continuous run.

    Raises:
        ValueError: the description is inconsistent or a parameter cannot be represented on the chip.
    """
    populations, projections = tuple(populations), tuple(projections)
    check_network(populations, projections)
    source = next(i for i, p in enumerate(populations) if p.model == SOURCE_MODEL)
    indptr, neurons = check_sources(populations[source], steps, samples, source_indptr, source_neurons)
    if any(p < 0 or p >= len(populations) or p == source for p in record_voltages):
        raise ValueError("record_voltages may only name neuron populations")
    tables = prepare(populations, projections, time_step_ms)
    runs, run_steps = (samples, steps) if reset_between_samples else (min(samples, 1), samples * steps)
    pointers, found, voltages, saturations, events = _run_blocks(
        tables, runs, run_steps, indptr, neurons, record_voltages
    )
    pointers[source], found[source] = indptr, neurons
    spike_counts: list[Int64Array] = []
    for number, population in enumerate(populations):
        per_sample = np.diff(pointers[number][::steps]) if samples else np.zeros(0, np.int64)
        keys = np.repeat(np.arange(samples), per_sample) * population.size + found[number]
        spike_counts.append(np.bincount(keys, minlength=samples * population.size).reshape(samples, population.size))
    return FirmwareResult(
        tuple(c.astype(np.int64) for c in spike_counts), tuple(pointers), tuple(found),
        {p: v.reshape(samples, steps, -1) for p, v in voltages.items()}, saturations, events,
    )  # fmt: skip


def check_sources(
    source: FirmwarePopulation, steps: int, samples: int, source_indptr: Int64Array, source_neurons: Int32Array
) -> tuple[Int64Array, Int32Array]:
    """The spikes of the source population as contiguous arrays.

    Raises:
        ValueError: they do not fit the number of steps, of samples or of neurons.
    """
    indptr = np.ascontiguousarray(source_indptr, dtype=np.int64)
    neurons = np.ascontiguousarray(source_neurons, dtype=np.int32)
    if steps < 1 or samples < 0 or indptr.shape != (samples * steps + 1,):
        raise ValueError(
            f"source_indptr has shape {indptr.shape}, not (samples * steps + 1,) = ({samples * steps + 1},)"
        )
    if indptr[0] != 0 or indptr[-1] != neurons.size or np.any(np.diff(indptr) < 0):
        raise ValueError("source_indptr must rise from 0 to the number of source spikes")
    if neurons.size and not 0 <= neurons.min() <= neurons.max() < source.size:
        raise ValueError("source_neurons holds an index outside the SpikeSourceArray population")
    return indptr, neurons


def _run_blocks(
    tables: Tables, runs: int, steps: int, indptr: Int64Array, neurons: Int32Array, record_voltages: tuple[int, ...]
) -> tuple[list[Int64Array], list[Int32Array], dict[int, Int32Array], Int64Array, Int64Array]:
    """Run blocks of samples and turn each block's spike raster into sparse spikes."""
    total, populations = int(tables.offset[-1]), tables.model.size
    record: UInt8Array = np.zeros(populations, dtype=np.uint8)
    record[list(record_voltages)] = 1
    spans = [slice(int(tables.offset[p]), int(tables.offset[p + 1])) for p in range(populations)]
    voltages = {p: np.empty((runs, steps, spans[p].stop - spans[p].start), dtype=np.int32) for p in record_voltages}
    saturations = np.zeros((populations, 2), dtype=np.int64)
    events = np.zeros(len(tables.projection), dtype=np.int64)
    lengths: list[list[Int64Array]] = [[] for _ in range(populations)]
    found: list[list[Int32Array]] = [[] for _ in range(populations)]
    block = max(1, min(runs, _RASTER_BYTES // max(1, steps * total)))
    for first in range(0, runs, block):
        size = min(block, runs - first)
        raster = np.zeros((size, steps, total), dtype=np.uint8)
        potential = np.empty((size, steps if record_voltages else 0, total), dtype=np.int32)
        block_saturations = np.zeros((size, populations, 2), dtype=np.int64)
        block_events = np.zeros((size, len(tables.projection)), dtype=np.int64)
        run_batch(
            size, steps, tables.neuron_table, tables.model, tables.offset, tables.shifts, tables.projection,
            tables.indptr, tables.indices, tables.weights, tables.delays, tables.slots,
            indptr[first * steps : (first + size) * steps + 1], neurons, record, raster, potential,
            block_saturations, block_events,
        )  # fmt: skip
        saturations += block_saturations.sum(axis=0)
        events += block_events.sum(axis=0)
        rows, columns = np.divmod(np.flatnonzero(raster.reshape(-1).view(np.bool_)), max(1, total))
        for p, span in enumerate(spans):
            inside = (columns >= span.start) & (columns < span.stop)
            lengths[p].append(np.bincount(rows[inside], minlength=size * steps).astype(np.int64))
            found[p].append((columns[inside] - span.start).astype(np.int32))
            if p in voltages:
                voltages[p][first : first + size] = potential[:, :, span]
    empty = np.zeros(0, dtype=np.int64)
    pointers = [
        np.concatenate([np.zeros(1, np.int64), np.cumsum(np.concatenate([empty, *parts]))]) for parts in lengths
    ]
    sparse = [np.concatenate([np.zeros(0, np.int32), *parts]) for parts in found]
    return pointers, sparse, voltages, saturations, events
