"""Compiled simulation of a whole network, one sample per parallel iteration."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange

from neurodeploy.firmware_models.spinnaker.arrays import Int32Array, Int64Array, Scalar, UInt8Array, UInt16Array
from neurodeploy.firmware_models.spinnaker.kernel_local_only import send_local_only
from neurodeploy.firmware_models.spinnaker.kernel_populations import advance_populations


@njit(cache=True, nogil=True)
def send_static(
    neuron: Scalar,
    row: Int64Array,
    first: Any,
    indptr: Int64Array,
    indices: Int32Array,
    weights: UInt16Array,
    delays: UInt8Array,
    step: int,
    ring: Int32Array,
    common: Int32Array,
    used: UInt8Array,
) -> Scalar:
    """Process the synaptic row of one spike; returns its number of synapses."""
    target, receptor, kind, delay = row[1], row[2], row[3], row[4]
    mask = ring.shape[0] - 1
    if kind >= 3:
        sent: Scalar = send_local_only(neuron, row, first, indptr, weights, step, ring, used)
        return sent
    if kind == 2:
        slot = (step + delay) & mask
        common[slot, receptor, target] += np.int32(row[5])
        ring[slot, receptor, first + neuron] -= np.int32(row[5])
        used[slot, receptor, target] = 1
        return -1
    low = row[7] + indptr[row[6] + neuron]
    high = row[7] + indptr[row[6] + neuron + 1]
    if low == high:
        return 0
    if kind == 1:
        slot = (step + delay) & mask
        start = first + indices[low]
        line = ring[slot, receptor, start : start + (high - low)]
        added = weights[low:high]
        for k in range(line.size):
            line[k] = np.int32(line[k] + added[k])
        used[slot, receptor, target] = 1
    else:
        slots = ring[:, receptor]
        for k in range(low, high):
            slots[np.uint64((step + delays[k]) & mask), np.uint64(first + indices[k])] += np.int32(weights[k])
        for delay in range(1, mask + 1):
            if row[8 + (delay >> 5)] >> (delay & 31) & 1:
                used[(step + delay) & mask, receptor, target] = 1
    synapses: Scalar = high - low
    return synapses


@njit(cache=True, nogil=True)
def _run_sample(
    steps: int,
    table: Int32Array,
    model: Int64Array,
    offset: Int64Array,
    shifts: Int64Array,
    projection: Int64Array,
    indptr: Int64Array,
    indices: Int32Array,
    weights: UInt16Array,
    delays: UInt8Array,
    slots: int,
    source_indptr: Int64Array,
    source_neurons: Int32Array,
    record: UInt8Array,
    raster: UInt8Array,
    voltages: Int32Array,
    saturations: Int64Array,
    events: Int64Array,
) -> None:
    """Simulate one sample from the initial state.

    Shapes: raster (steps, neurons); voltages (steps, neurons) or (0, neurons); saturations (populations, 2);
    events (projections,); source_indptr (steps + 1,).
    """
    neurons, populations = table.shape[1], model.size
    ring = np.zeros((slots, 2, neurons), np.int32)
    common = np.zeros((slots, 2, populations), np.int32)
    used = np.zeros((slots, 2, populations), np.uint8)
    voltage, refractory = table[18].copy(), np.zeros(neurons, np.int32)
    synapse = np.zeros((2, neurons), np.int32)
    spikes = np.zeros(populations, np.int64)
    for step in range(steps):
        slot = step & (slots - 1)
        if voltages.shape[0]:
            for p in range(populations):
                if record[p]:
                    voltages[step, offset[p] : offset[p + 1]] = voltage[offset[p] : offset[p + 1]]
        advance_populations(
            slot, table, model, offset, shifts, ring, common, used, voltage, refractory, synapse, raster[step], spikes,
            saturations,
        )  # fmt: skip
        for number in range(projection.shape[0]):
            row = projection[number]
            source, first = row[0], offset[row[1]]
            others = offset[row[1] + 1] - first - 1
            if model[source] < 0:
                for k in range(source_indptr[step], source_indptr[step + 1]):
                    neuron = source_neurons[k]
                    sent = send_static(neuron, row, first, indptr, indices, weights, delays, step, ring, common, used)
                    events[number] += sent if sent >= 0 else others
            elif spikes[source]:
                a = offset[source]
                for neuron in range(offset[source + 1] - a):
                    if raster[step, a + neuron]:
                        sent = send_static(
                            neuron, row, first, indptr, indices, weights, delays, step, ring, common, used
                        )
                        events[number] += sent if sent >= 0 else others


@njit(cache=True, nogil=True, parallel=True)
def run_batch(
    samples: int,
    steps: int,
    table: Int32Array,
    model: Int64Array,
    offset: Int64Array,
    shifts: Int64Array,
    projection: Int64Array,
    indptr: Int64Array,
    indices: Int32Array,
    weights: UInt16Array,
    delays: UInt8Array,
    slots: int,
    source_indptr: Int64Array,
    source_neurons: Int32Array,
    record: UInt8Array,
    raster: UInt8Array,
    voltages: Int32Array,
    saturations: Int64Array,
    events: Int64Array,
) -> None:
    """Simulate independent samples.

    Shapes: raster (samples, steps, neurons), zero on entry; voltages (samples, steps or 0, neurons);
    saturations (samples, populations, 2) and events (samples, projections), zero on entry;
    source_indptr (samples * steps + 1,).
    """
    for sample in prange(samples):
        _run_sample(
            steps,
            table,
            model,
            offset,
            shifts,
            projection,
            indptr,
            indices,
            weights,
            delays,
            slots,
            source_indptr[sample * steps : (sample + 1) * steps + 1],
            source_neurons,
            record,
            raster[sample],
            voltages[sample],
            saturations[sample],
            events[sample],
        )
