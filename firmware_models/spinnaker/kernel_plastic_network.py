"""Compiled simulation of one continuous run of a network some of whose synapses are plastic."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from neurodeploy.firmware_models.spinnaker.arrays import Int32Array, Int64Array, Scalar, UInt8Array, UInt16Array
from neurodeploy.firmware_models.spinnaker.kernel_network import send_static
from neurodeploy.firmware_models.spinnaker.kernel_plasticity import add_post_event, add_pre_event, updated_weight
from neurodeploy.firmware_models.spinnaker.kernel_populations import advance_populations
from neurodeploy.firmware_models.spinnaker.plasticity import EVENTS


@njit(cache=True, nogil=True)
def _send_plastic(
    step: int,
    source: Any,
    row: Int64Array,
    first: Any,
    shift: Any,
    slots: Any,
    indptr: Int64Array,
    indices: Int32Array,
    weights: UInt16Array,
    delays: UInt8Array,
    last_pre: Int64Array,
    pre_traces: Int64Array,
    times: Int64Array,
    traces: Int64Array,
    last: Int64Array,
    rule: Int64Array,
    tables: Int64Array,
    ring: Int32Array,
    used: UInt8Array,
) -> Scalar:
    """Process a plastic row: change its weights, then send them; returns its number of synapses."""
    target, receptor, mask = row[1], row[2], ring.shape[0] - 1
    low, high = row[7] + indptr[row[6] + source], row[7] + indptr[row[6] + source + 1]
    synapses: Scalar = high - low
    if synapses == 0:
        return synapses
    place = row[6] + source
    before, old = last_pre[place], pre_traces[place].copy()
    add_pre_event(step, before, pre_traces[place], tables)
    last_pre[place] = step
    for k in range(low, high):
        neuron = first + indices[k]
        delay = np.int64(delays[k]) & (slots - 1)
        weights[k] = updated_weight(
            weights[k], shift, step, before, old, pre_traces[place], delay, times[neuron], traces[neuron],
            last[neuron], rule, tables,
        )  # fmt: skip
        if delay:
            ring[(step + delay) & mask, receptor, neuron] += np.int32(weights[k])
            used[(step + delay) & mask, receptor, target] = 1
    return synapses


@njit(cache=True, nogil=True)
def run_plastic(
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
    plastic: UInt8Array,
    rule_of: Int64Array,
    rules: Int64Array,
    tables: Int64Array,
    delay_slots: Int64Array,
    raster: UInt8Array,
    voltages: Int32Array,
    saturations: Int64Array,
    events: Int64Array,
) -> None:
    """Simulate a run; ``weights`` are changed in place.

    Shapes: plastic (projections,); rule_of (populations,), -1 without a rule; rules (rules, 9); tables (rules, 4, steps);
    delay_slots (populations,); raster and voltages (steps, neurons); saturations (populations, 2); events (projections,).
    """
    neurons, populations = table.shape[1], model.size
    ring = np.zeros((slots, 2, neurons), np.int32)
    common = np.zeros((slots, 2, populations), np.int32)
    used = np.zeros((slots, 2, populations), np.uint8)
    voltage, refractory = table[18].copy(), np.zeros(neurons, np.int32)
    synapse = np.zeros((2, neurons), np.int32)
    spikes = np.zeros(populations, np.int64)
    times, last = np.zeros((neurons, EVENTS), np.int64), np.zeros((neurons, 1), np.int64)
    traces = np.zeros((neurons, EVENTS, 2), np.int64)
    last_pre, pre_traces = np.zeros(indptr.size, np.int64), np.zeros((indptr.size, 2), np.int64)  # per row
    for step in range(steps):
        voltages[step] = voltage
        advance_populations(
            step & (slots - 1), table, model, offset, shifts, ring, common, used, voltage, refractory, synapse, raster[step],
            spikes, saturations,
        )  # fmt: skip
        for p in range(populations):
            if rule_of[p] >= 0 and spikes[p]:
                for neuron in range(offset[p], offset[p + 1]):
                    if raster[step, neuron]:
                        add_post_event(step, times[neuron], traces[neuron], last[neuron], tables[rule_of[p]])
        for number in range(projection.shape[0]):
            row = projection[number]
            source, first = row[0], offset[row[1]]
            if model[source] < 0:
                spiking = source_neurons[source_indptr[step] : source_indptr[step + 1]].astype(np.int64)
            else:
                spiking = np.flatnonzero(raster[step, offset[source] : offset[source + 1]])
            for neuron in spiking:
                if plastic[number]:
                    rule = rule_of[row[1]]
                    events[number] += _send_plastic(
                        step, neuron, row, first, shifts[row[1], row[2]], delay_slots[row[1]], indptr, indices, weights, delays,
                        last_pre, pre_traces, times, traces, last[:, 0], rules[rule], tables[rule], ring, used,
                    )  # fmt: skip
                else:
                    sent = send_static(neuron, row, first, indptr, indices, weights, delays, step, ring, common, used)
                    events[number] += sent if sent >= 0 else offset[row[1] + 1] - first - 1
