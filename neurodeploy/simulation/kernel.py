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

from neurodeploy.simulation.compaction import marked_words, marks_for

PART = 1024
"""Neurons that go through a step together: their parameters and states fit the first cache."""


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
    graded = values.shape[0] > 0
    fired, words = marks_for(PART), np.empty(PART // 8 + 1, np.int32)
    count = pointers[-1, begin - 1, 1] if begin > 0 else 0
    for block_step in range(drive_e.shape[0]):
        step = begin + block_step
        for p in range(populations.shape[0]):
            start, end, instant = populations[p, 0], populations[p, 1], populations[p, 9]
            arrived_e, arrived_i = drive_e[block_step], drive_i[block_step if drive_i.shape[0] else 0 :]
            pointers[p, step, 0] = count
            # Recurrent spikes arrive like all others before the population moves.
            for q in range(projections.shape[0]):
                when = step - projections[q, 4]
                if projections[q, 1] == p and when >= 0:
                    source = projections[q, 0]
                    first, last = pointers[source, when, 0], pointers[source, when, 1]
                    if first < last:
                        inhibitory = projections[q, 3] == 1 and populations[p, 3]
                        receiving = arrived_i[0] if inhibitory else arrived_e
                        own_values = values[first:last] if graded else values
                        _deliver(
                            spikes[first:last], own_values, receiving[start:end], projections[q], weights, row_pointers,
                            targets,
                        )  # fmt: skip
            # Parts that the first cache holds, taken through the whole step one after the other.
            for low in range(start, end, PART):
                own = slice(low, min(low + PART, end))
                count = _step_part(
                    populations[p], instant, arrived_e[own], arrived_i[0][own] if populations[p, 3] else arrived_e[own],
                    coefficients, own, refractory_steps[own], external[own], v[own], state_e[own], state_i[own],
                    held[own], pending[own], spikes, values, count, fired, words,
                )  # fmt: skip
            pointers[p, step, 1] = count
        for r in range(recorded.shape[0]):
            voltages[step, r] = v[recorded[r]]


@njit(cache=True, error_model="numpy")
def _step_part(
    population: Any, instant: Any, arrived_e: Any, arrived_i: Any, coefficients: Any, own: Any, refractory_steps: Any,
    external: Any, v: Any, state_e: Any, state_i: Any, held: Any, pending: Any, spikes: Any, values: Any, count: Any,
    fired: Any, words: Any,
) -> Any:  # fmt: skip
    """One step of some neurons of a population; returns the number of spikes so far."""
    # Rows are taken before they are cut: a cut of two dimensions is not known to be contiguous, which kills SIMD.
    reset, threshold, amount = coefficients[1][own], coefficients[2][own], coefficients[11][own]
    two, emission, rule, late, holds = population[3], population[4], population[5], population[6], population[8]
    m, b, k_e, k_i = coefficients[3][own], coefficients[4][own], coefficients[5][own], coefficients[6][own]
    if not instant:
        _decay_and_add(state_e, coefficients[9][own], arrived_e)
    if two:
        _decay_and_add(state_i, coefficients[10][own], arrived_i)
    current = arrived_e if instant else state_e  # without memory the synapse's state is what has just arrived
    if population[2] == 0 and not two and not holds:
        _move_linear(m, b, k_e, v, current)
    elif population[2] == 0:
        _move_two(m, b, k_e, k_i, v, current, state_i, held)
    else:
        reversal_e, reversal_i = coefficients[7][own], coefficients[8][own]
        _move_conductance(population[2], m, b, k_e, reversal_e, reversal_i, v, current, state_i, held)
    if late:
        _settle(rule, reset, amount, v, pending)
    if emission == 1:  # branch-free as in compaction.py
        for j in range(v.shape[0]):
            spikes[count] = external[j]
            values[count] = v[j]
            count += v[j] != 0
    elif emission == 0:
        any_fired = _mark_free(v, threshold, held, fired) if holds else _mark(v, threshold, fired)
        if late:
            _postpone(fired, pending)
        if any_fired:
            first = count
            for w in range(marked_words(fired, v.shape[0], words)):
                for j in range(8 * words[w], min(8 * words[w] + 8, v.shape[0])):
                    spikes[count] = external[j]
                    count += fired[j]
            if not late:
                _reset(rule, reset, amount, v, fired)
            if holds:
                _hold(refractory_steps, held, fired)
            if not population[7]:
                _silence(state_e, state_i, fired)
            if values.shape[0]:
                values[first:count] = 1
    elif emission == 3 and _any_reaches(v, threshold):
        most = coefficients[12][own]
        for j in range(v.shape[0]):
            if v[j] >= threshold[j]:
                times = min(max(np.floor((v[j] - reset[j]) / amount[j]), 1), most[j])
                v[j] -= times * amount[j]
                spikes[count] = external[j]
                values[count] = times
                count += 1
    if holds:
        for j in range(v.shape[0]):
            held[j] = max(held[j] - 1, 0)
    return count


@njit(cache=True, error_model="numpy")
def _decay_and_add(state: Any, decay: Any, drive: Any) -> None:
    for j in range(state.shape[0]):
        state[j] = state[j] * decay[j] + drive[j]


@njit(cache=True, error_model="numpy")
def _mark(v: Any, threshold: Any, fired: Any) -> Any:
    some = 0
    for j in range(v.shape[0]):
        own = v[j] >= threshold[j]
        fired[j] = own
        some |= own
    return some


@njit(cache=True, error_model="numpy")
def _mark_free(v: Any, threshold: Any, held: Any, fired: Any) -> Any:
    """Held neurons do not fire."""
    some = 0
    for j in range(v.shape[0]):
        own = (v[j] >= threshold[j]) & (held[j] == 0)
        fired[j] = own
        some |= own
    return some


@njit(cache=True, error_model="numpy")
def _postpone(fired: Any, pending: Any) -> None:
    """The reset of the neurons that fired comes with the next step."""
    for j in range(pending.shape[0]):
        pending[j] = fired[j]


@njit(cache=True, error_model="numpy")
def _reset(rule: Any, reset: Any, amount: Any, v: Any, fired: Any) -> None:
    if rule == 0:
        for j in range(v.shape[0]):
            v[j] = reset[j] if fired[j] else v[j]
    elif rule == 1:
        for j in range(v.shape[0]):
            v[j] = v[j] - amount[j] if fired[j] else v[j]


@njit(cache=True, error_model="numpy")
def _hold(refractory_steps: Any, held: Any, fired: Any) -> None:
    for j in range(held.shape[0]):
        held[j] = refractory_steps[j] + 1 if fired[j] else held[j]


@njit(cache=True, error_model="numpy")
def _silence(state_e: Any, state_i: Any, fired: Any) -> None:
    for j in range(state_e.shape[0]):
        state_e[j] = 0 if fired[j] else state_e[j]
        state_i[j] = 0 if fired[j] else state_i[j]


@njit(cache=True, error_model="numpy")
def _any_reaches(v: Any, threshold: Any) -> Any:
    fired = 0
    for j in range(v.shape[0]):
        fired |= v[j] >= threshold[j]
    return fired


@njit(cache=True, error_model="numpy")
def _settle(rule: Any, reset: Any, amount: Any, v: Any, pending: Any) -> None:
    """After the membrane moved: the reset that the last step's spike left for this one (``pending`` is 0 or 1)."""
    if rule == 0:
        for j in range(v.shape[0]):
            v[j] = reset[j] if pending[j] != 0 else v[j]
    elif rule == 1:
        for j in range(v.shape[0]):
            v[j] -= pending[j] * amount[j]


@njit(cache=True, error_model="numpy")
def _deliver(
    emitted: Any, values: Any, state: Any, projection: Any, weights: Any, row_pointers: Any, targets: Any
) -> None:  # fmt: skip
    kind, weights_at, pointers_at = projection[5], projection[6], projection[7]
    size = state.shape[0]
    reached = np.zeros(size if kind == 3 else 0, np.uint8)
    for event in range(emitted.shape[0]):
        i = emitted[event]
        value = values[event] if values.shape[0] else weights.dtype.type(1)
        if kind == 0:
            row = weights[weights_at + i * size : weights_at + (i + 1) * size]
            for j in range(size):
                state[j] += row[j] * value
        elif kind == 2:
            state[i] -= weights[weights_at] * value
        else:
            for s in range(row_pointers[pointers_at + i], row_pointers[pointers_at + i + 1]):
                if kind == 1:
                    state[targets[s]] += weights[weights_at + s] * value
                elif not reached[targets[s]]:  # a maximum of spikes: a window counts once
                    reached[targets[s]] = 1
                    state[targets[s]] += weights[weights_at + s]
    if kind == 2:  # everybody but oneself
        total = weights.dtype.type(emitted.shape[0])
        if values.shape[0]:
            total = values.sum()
        for j in range(size):
            state[j] += weights[weights_at] * total


@njit(cache=True, error_model="numpy")
def _move_linear(m: Any, b: Any, k: Any, v: Any, state: Any) -> None:
    for j in range(v.shape[0]):
        v[j] = m[j] * v[j] + b[j] + k[j] * state[j]


@njit(cache=True, error_model="numpy")
def _move_two(m: Any, b: Any, k_e: Any, k_i: Any, v: Any, state_e: Any, state_i: Any, held: Any) -> None:
    """Two synaptic states, or a refractory period: held neurons keep their potential."""
    for j in range(v.shape[0]):
        moved = m[j] * v[j] + b[j] + (k_e[j] * state_e[j] + k_i[j] * state_i[j])
        v[j] = moved if held[j] == 0 else v[j]


@njit(cache=True, error_model="numpy")
def _move_conductance(
    form: Any, m: Any, b: Any, k: Any, reversal_e: Any, reversal_i: Any, v: Any, state_e: Any, state_i: Any, held: Any
) -> None:
    """Conductances, explicit (form 1) or implicit (form 2): held neurons keep their potential."""
    if form == 1:
        for j in range(v.shape[0]):
            current = state_e[j] * (reversal_e[j] - v[j]) + state_i[j] * (reversal_i[j] - v[j])
            moved = m[j] * v[j] + b[j] + k[j] * current
            v[j] = moved if held[j] == 0 else v[j]
    else:
        for j in range(v.shape[0]):
            drive = state_e[j] * reversal_e[j] + state_i[j] * reversal_i[j]
            moved = (v[j] + b[j] + k[j] * drive) / (m[j] + k[j] * (state_e[j] + state_i[j]))
            v[j] = moved if held[j] == 0 else v[j]
