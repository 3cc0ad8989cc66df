"""The layer kernel: membranes, thresholds and resets of one layer over a block of steps, samples over threads.

A layer is one population, or several that are joined by recurrent projections. Input from earlier layers was summed
before, into ``drive``. A recurrent projection with a delay of d steps reads the spikes its source emitted d steps ago
from the recorded spikes, so there are no ring buffers. Work per step: O(neurons) for the membranes, O(synapses touched)
for the recurrent spikes. Layout of the tables: see plan.py.
"""

# numba's typing of these kernels is checked by running them; static checkers see only Any.
from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange


@njit(cache=True, parallel=True, error_model="numpy")
def run_layer(  # noqa: D103 (documented above and in simulate.py)
    begin: Any, drive_e: Any, drive_i: Any, populations: Any, projections: Any, coefficients: Any,
    refractory_steps: Any, external: Any, weights: Any, row_pointers: Any, targets: Any,
    v: Any, state_e: Any, state_i: Any, held: Any, pending: Any,
    spikes: Any, values: Any, pointers: Any, recorded: Any, voltages: Any,
) -> None:  # fmt: skip
    for sample in prange(drive_e.shape[0]):
        _run_sample(
            begin, drive_e[sample], drive_i[sample], populations, projections, coefficients, refractory_steps, external,
            weights, row_pointers, targets, v[sample], state_e[sample], state_i[sample], held[sample], pending[sample],
            spikes[sample], values[sample], pointers[sample], recorded, voltages[sample],
        )  # fmt: skip


@njit(cache=True, error_model="numpy")
def _run_sample(
    begin: Any, drive_e: Any, drive_i: Any, populations: Any, projections: Any, coefficients: Any,
    refractory_steps: Any, external: Any, weights: Any, row_pointers: Any, targets: Any,
    v: Any, state_e: Any, state_i: Any, held: Any, pending: Any,
    spikes: Any, values: Any, pointers: Any, recorded: Any, voltages: Any,
) -> None:  # fmt: skip
    count = pointers[-1, begin - 1, 1] if begin > 0 else 0
    for block_step in range(drive_e.shape[0]):
        step = begin + block_step
        for p in range(populations.shape[0]):
            # Slices, so that loops start at 0: from an unknown start numba checks for negative indices, which kills SIMD.
            own = slice(populations[p, 0], populations[p, 1])
            own_v, own_e, own_i = v[own], state_e[own], state_i[own]
            own_held, own_pending, own_coefficients = held[own], pending[own], coefficients[:, own]
            two, emission = populations[p, 3], populations[p, 4]
            _decay_and_add(own_e, own_coefficients[9], drive_e[block_step, own])
            if two:
                _decay_and_add(own_i, own_coefficients[10], drive_i[block_step, own])
            for q in range(projections.shape[0]):
                when = step - projections[q, 4]
                if projections[q, 1] == p and when >= 0:
                    source = projections[q, 0]
                    first, end = pointers[source, when, 0], pointers[source, when, 1]
                    if first < end:
                        receiving = own_e if projections[q, 3] == 0 or not two else own_i
                        sent = spikes[first:end]
                        if populations[source, 4] == 1:
                            amounts = values[first:end]
                            _deliver_graded(sent, amounts, receiving, projections[q], weights, row_pointers, targets)
                        else:
                            _deliver(sent, receiving, projections[q], weights, row_pointers, targets)
            _move(populations[p, 2], two, own_coefficients, own_v, own_e, own_i, own_held, populations[p, 8])
            if populations[p, 6]:
                _settle(populations[p, 5], own_coefficients, own_v, own_pending)
            pointers[p, step, 0] = count
            own_external = external[own]
            if emission == 1:
                for j in range(own_v.shape[0]):
                    if own_v[j] != 0:
                        spikes[count] = own_external[j]
                        values[count] = own_v[j]
                        count += 1
            elif emission == 0 and _any_reaches(own_v, own_coefficients[2]):
                threshold, reset, amount = own_coefficients[2], own_coefficients[1], own_coefficients[11]
                pause, rule = refractory_steps[own], populations[p, 5]
                for j in range(own_v.shape[0]):
                    if own_v[j] >= threshold[j] and own_held[j] == 0:
                        own_held[j] = pause[j] + 1 if populations[p, 8] else 0
                        if populations[p, 6]:
                            own_pending[j] = 1
                        elif rule == 0:
                            own_v[j] = reset[j]
                        elif rule == 1:
                            own_v[j] -= amount[j]
                        if not populations[p, 7]:
                            own_e[j] = 0
                            own_i[j] = 0
                        spikes[count] = own_external[j]
                        count += 1
            pointers[p, step, 1] = count
            if populations[p, 8]:
                for j in range(own_v.shape[0]):
                    own_held[j] = max(own_held[j] - 1, 0)
        for r in range(recorded.shape[0]):
            voltages[step, r] = v[recorded[r]]


@njit(cache=True, error_model="numpy")
def _decay_and_add(state: Any, decay: Any, drive: Any) -> None:
    for j in range(state.shape[0]):
        state[j] = state[j] * decay[j] + drive[j]


@njit(cache=True, error_model="numpy")
def _any_reaches(v: Any, threshold: Any) -> Any:
    fired = 0
    for j in range(v.shape[0]):
        fired |= v[j] >= threshold[j]
    return fired


@njit(cache=True, error_model="numpy")
def _settle(rule: Any, coefficients: Any, v: Any, pending: Any) -> None:
    """After the membrane moved: the reset that the last step's spike left for this one."""
    reset, amount = coefficients[1], coefficients[11]
    for j in range(v.shape[0]):
        if pending[j]:
            pending[j] = 0
            if rule == 0:
                v[j] = reset[j]
            elif rule == 1:
                v[j] -= amount[j]


@njit(cache=True, error_model="numpy")
def _deliver(emitted: Any, state: Any, projection: Any, weights: Any, row_pointers: Any, targets: Any) -> None:
    kind, weights_at, pointers_at = projection[5], projection[6], projection[7]
    size = state.shape[0]
    if kind == 0:
        for i in emitted:
            row = weights[weights_at + i * size : weights_at + (i + 1) * size]
            for j in range(size):
                state[j] += row[j]
    elif kind == 1:
        for i in emitted:
            for s in range(row_pointers[pointers_at + i], row_pointers[pointers_at + i + 1]):
                state[targets[s]] += weights[weights_at + s]
    elif kind == 2:
        total = weights[weights_at] * emitted.shape[0]
        for j in range(size):
            state[j] += total
        for i in emitted:
            state[i] -= weights[weights_at]
    else:
        reached = np.zeros(size, np.uint8)
        for i in emitted:
            for s in range(row_pointers[pointers_at + i], row_pointers[pointers_at + i + 1]):
                if not reached[targets[s]]:
                    reached[targets[s]] = 1
                    state[targets[s]] += weights[weights_at + s]


@njit(cache=True, error_model="numpy")
def _deliver_graded(
    emitted: Any, amounts: Any, state: Any, projection: Any, weights: Any, row_pointers: Any, targets: Any
) -> None:
    kind, weights_at, pointers_at = projection[5], projection[6], projection[7]
    size = state.shape[0]
    for event in range(emitted.shape[0]):
        i, amount = emitted[event], amounts[event]
        if kind == 0:
            row = weights[weights_at + i * size : weights_at + (i + 1) * size]
            for j in range(size):
                state[j] += row[j] * amount
        elif kind == 1:
            for s in range(row_pointers[pointers_at + i], row_pointers[pointers_at + i + 1]):
                state[targets[s]] += weights[weights_at + s] * amount
        else:
            share = weights[weights_at] * amount
            for j in range(size):
                if j != i:
                    state[j] += share


@njit(cache=True, error_model="numpy")
def _move(form: Any, two: Any, coefficients: Any, v: Any, state_e: Any, state_i: Any, held: Any, holds: Any) -> None:
    """Update the membranes of one population; held neurons keep their potential."""
    m, b, k_e, k_i = coefficients[3], coefficients[4], coefficients[5], coefficients[6]
    reversal_e, reversal_i = coefficients[7], coefficients[8]
    if form == 0 and not two and not holds:
        for j in range(v.shape[0]):
            v[j] = m[j] * v[j] + b[j] + k_e[j] * state_e[j]
    elif form == 0:
        for j in range(v.shape[0]):
            moved = m[j] * v[j] + b[j] + (k_e[j] * state_e[j] + k_i[j] * state_i[j])
            v[j] = moved if held[j] == 0 else v[j]
    elif form == 1:
        for j in range(v.shape[0]):
            current = state_e[j] * (reversal_e[j] - v[j]) + state_i[j] * (reversal_i[j] - v[j])
            moved = m[j] * v[j] + b[j] + k_e[j] * current
            v[j] = moved if held[j] == 0 else v[j]
    else:
        for j in range(v.shape[0]):
            drive = state_e[j] * reversal_e[j] + state_i[j] * reversal_i[j]
            moved = (v[j] + b[j] + k_e[j] * drive) / (m[j] + k_e[j] * (state_e[j] + state_i[j]))
            v[j] = moved if held[j] == 0 else v[j]
