"""The simulation kernel: event-driven over spikes, one sample at a time, samples over threads.

A projection with a delay of d steps reads the spikes its source emitted d steps ago from the recorded spikes, so there
are no ring buffers. Work per step: O(neurons) for the membranes, O(synapses touched) for the spikes.
"""

# numba's typing of these kernels is checked by running them; static checkers see only Any.
from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange


@njit(cache=True, parallel=True, error_model="numpy")
def run_samples(  # noqa: D103 (documented in simulate.py)
    samples: Any, steps: Any, input_pointers: Any, input_neurons: Any, populations: Any, projections: Any,
    coefficients: Any, refractory_steps: Any, weights: Any, row_pointers: Any, targets: Any,
    spikes: Any, spike_pointers: Any, voltages: Any,
) -> None:  # fmt: skip
    for sample in prange(samples):
        _run_sample(
            sample, steps, input_pointers, input_neurons, populations, projections, coefficients, refractory_steps,
            weights, row_pointers, targets, spikes[sample], spike_pointers[sample], voltages,
        )  # fmt: skip


@njit(cache=True, error_model="numpy")
def _run_sample(
    sample: Any, steps: Any, input_pointers: Any, input_neurons: Any, populations: Any, projections: Any,
    coefficients: Any, refractory_steps: Any, weights: Any, row_pointers: Any, targets: Any,
    spikes: Any, spike_pointers: Any, voltages: Any,
) -> None:  # fmt: skip
    neurons = coefficients.shape[1]
    v = coefficients[0].copy()
    excitatory = np.zeros(neurons, coefficients.dtype)
    inhibitory = np.zeros(neurons, coefficients.dtype)
    held = np.zeros(neurons, np.int32)
    spike_count = 0
    for step in range(steps):
        for j in range(neurons):
            excitatory[j] *= coefficients[8, j]
            inhibitory[j] *= coefficients[9, j]
        for p in range(projections.shape[0]):
            when = step - projections[p, 4]
            if when < 0:
                continue
            source = projections[p, 0]
            if source < 0:
                emitted, at = input_neurons, sample * steps + when
                begin, end = input_pointers[-1 - source, at], input_pointers[-1 - source, at + 1]
            else:
                emitted, begin, end = spikes, spike_pointers[source, when, 0], spike_pointers[source, when, 1]
            if begin < end:  # most steps have no spikes: an array costs more to slice than the test
                state = excitatory if projections[p, 3] == 0 else inhibitory
                _deliver(emitted[begin:end], state, projections[p], weights, row_pointers, targets)
        for p in range(populations.shape[0]):
            # Slices, so that loops start at 0: from an unknown start numba checks for negative indices, which kills SIMD.
            own = slice(populations[p, 0], populations[p, 1])
            own_v, own_held, own_coefficients = v[own], held[own], coefficients[:, own]
            fired = _membrane(populations[p, 2], own_coefficients, own_v, excitatory[own], inhibitory[own], own_held)
            spike_pointers[p, step, 0] = spike_count
            if fired:
                threshold, reset, pause = own_coefficients[2], own_coefficients[1], refractory_steps[own]
                for j in range(own_v.shape[0]):
                    if own_v[j] >= threshold[j] and own_held[j] == 0:
                        own_v[j] = reset[j]
                        own_held[j] = pause[j] + 1
                        if spike_count < spikes.shape[0]:
                            spikes[spike_count] = j
                        spike_count += 1
            spike_pointers[p, step, 1] = spike_count
        for j in range(neurons):
            held[j] = max(held[j] - 1, 0)
        if spike_count > spikes.shape[0]:  # the caller sees it in the last pointer and gives more room
            spike_pointers[-1, steps - 1, 1] = spike_count
            return
        if voltages.shape[0] > 0:
            voltages[sample, step] = v


@njit(cache=True, error_model="numpy")
def _deliver(emitted: Any, state: Any, projection: Any, weights: Any, row_pointers: Any, targets: Any) -> None:
    first, size, kind, weights_at, pointers_at = (
        projection[1], projection[2], projection[5], projection[6], projection[7],
    )  # fmt: skip
    receiving = state[first : first + size]
    if kind == 0:
        for i in emitted:
            row = weights[weights_at + i * size : weights_at + (i + 1) * size]
            for j in range(size):
                receiving[j] += row[j]
    elif kind == 1:
        for i in emitted:
            for s in range(row_pointers[pointers_at + i], row_pointers[pointers_at + i + 1]):
                receiving[targets[s]] += weights[weights_at + s]
    else:
        total = weights[weights_at] * emitted.shape[0]
        for j in range(size):
            receiving[j] += total
        for i in emitted:
            receiving[i] -= weights[weights_at]


@njit(cache=True, error_model="numpy")
def _membrane(form: Any, coefficients: Any, v: Any, excitatory: Any, inhibitory: Any, held: Any) -> Any:
    """Update the membranes of one population; whether any neuron reached its threshold."""
    reset, threshold, m, b, k = coefficients[1], coefficients[2], coefficients[3], coefficients[4], coefficients[5]
    reversal_e, reversal_i = coefficients[6], coefficients[7]
    fired = 0
    if form == 0:
        for j in range(v.shape[0]):
            moved = m[j] * v[j] + b[j] + k[j] * (excitatory[j] + inhibitory[j])
            v[j] = moved if held[j] == 0 else reset[j]
    elif form == 1:
        for j in range(v.shape[0]):
            current = excitatory[j] * (reversal_e[j] - v[j]) + inhibitory[j] * (reversal_i[j] - v[j])
            moved = m[j] * v[j] + b[j] + k[j] * current
            v[j] = moved if held[j] == 0 else reset[j]
    else:
        for j in range(v.shape[0]):
            drive = excitatory[j] * reversal_e[j] + inhibitory[j] * reversal_i[j]
            moved = (v[j] + b[j] + k[j] * drive) / (m[j] + k[j] * (excitatory[j] + inhibitory[j]))
            v[j] = moved if held[j] == 0 else reset[j]
    for j in range(v.shape[0]):
        fired |= v[j] >= threshold[j]
    return fired
