"""Compiled STDP: events of the neurons, traces of the sources, and the deferred update of a synaptic row.

A row is processed when its source spikes (A. Morrison, A. Aertsen and M. Diesmann, Neural Computation 19, 2007): the neurons'
spikes since the last time are applied one after the other, then the new one.  ``rule`` is a row of ``plasticity.rule_row``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from neurodeploy.firmware_models.spinnaker.arrays import Int64Array
from neurodeploy.firmware_models.spinnaker.plasticity import EVENTS, SLOW_SHIFT, STDP_ONE

TIMING, WEIGHT, W_MIN, W_MAX, A2_PLUS, A2_MINUS, A3_PLUS, A3_MINUS, BACKPROP = range(9)
NEAREST_PAIR, TRIPLET = 1, 2
ADDITIVE = 0


@njit(cache=True, inline="always")
def _decay(table: Int64Array, steps: Any) -> Any:
    return table[steps] if steps < table.size else 0


@njit(cache=True, inline="always")
def _times(a: Any, b: Any) -> Any:
    """Product of the low 16 bits of two s4.11 numbers, floored."""
    return (np.int64(np.int16(a)) * np.int64(np.int16(b))) >> 11


@njit(cache=True, inline="always")
def _change(amount: Any, trace: Any) -> Any:
    """s16.15 times s4.11, floored."""
    return np.int64(np.int32((amount * trace) >> 11))


@njit(cache=True, nogil=True)
def add_post_event(now: int, times: Int64Array, traces: Int64Array, last: Int64Array, tables: Int64Array) -> None:
    """A neuron has fired: its trace, and the event at the end of its history (times (16,), traces (16, 2), last (1,)).

    The first entry is a placeholder; when the history is full, the oldest event is forgotten.
    """
    before = last[0]
    gone = now - times[before]
    first = np.int64(np.int16(_times(traces[before, 0], _decay(tables[1], gone)) + STDP_ONE))
    second = 0
    if times[before] != 0:
        second = _times(traces[before, 1] + STDP_ONE, _decay(tables[3], gone >> SLOW_SHIFT))
    if before < EVENTS - 1:
        last[0] = before + 1
    else:
        times[1 : EVENTS - 1] = times[2:EVENTS].copy()
        traces[1 : EVENTS - 1] = traces[2:EVENTS].copy()
    times[last[0]], traces[last[0], 0], traces[last[0], 1] = now, first, second


@njit(cache=True, nogil=True)
def add_pre_event(now: int, before: Any, trace: Int64Array, tables: Int64Array) -> None:
    """A source has spiked: its traces (2,) after the spike (the second one before it)."""
    gone = now - before
    first = _times(trace[0], _decay(tables[0], gone)) + STDP_ONE
    second = 0 if before == 0 else _times(trace[1] + STDP_ONE, _decay(tables[2], gone >> SLOW_SHIFT))
    trace[0], trace[1] = np.int64(np.int16(first)), second


@njit(cache=True, nogil=True)
def _depress(weight: Any, rule: Int64Array, one: Any, two: Any) -> Any:
    if rule[WEIGHT] != ADDITIVE:
        scale = np.int64(np.int32(((weight - rule[W_MIN]) * rule[A2_MINUS]) >> 15))
        return np.int64(np.int32(weight - _change(scale, one)))
    return max(weight - _change(rule[A2_MINUS], one) - _change(rule[A3_MINUS], two), rule[W_MIN])


@njit(cache=True, nogil=True)
def _potentiate(weight: Any, rule: Int64Array, one: Any, two: Any) -> Any:
    if rule[WEIGHT] != ADDITIVE:
        scale = np.int64(np.int32(((rule[W_MAX] - weight) * rule[A2_PLUS]) >> 15))
        return np.int64(np.int32(weight + _change(scale, one)))
    return min(weight + _change(rule[A2_PLUS], one) + _change(rule[A3_PLUS], two), rule[W_MAX])


@njit(cache=True, nogil=True)
def _after_post(
    weight: Any,
    now: Any,
    before: Any,
    last_pre: Any,
    pre_trace: Any,
    post_second: Any,
    rule: Int64Array,
    tables: Int64Array,
) -> Any:
    """The weight after a spike of the neuron at ``now``; ``before``: its last spike, ``last_pre``: the source's."""
    since = now - last_pre
    if since <= 0:
        return weight
    if rule[TIMING] == NEAREST_PAIR:
        return _potentiate(weight, rule, 0 if now - before < since else _decay(tables[0], since), 0)
    trace = _times(pre_trace, _decay(tables[0], since))
    return _potentiate(weight, rule, trace, _times(trace, post_second) if rule[TIMING] == TRIPLET else 0)


@njit(cache=True, nogil=True)
def updated_weight(
    stored: Any,
    shift: Any,
    now: int,
    last_pre: Any,
    last_trace: Int64Array,
    new_trace: Int64Array,
    delay: Any,
    times: Int64Array,
    traces: Int64Array,
    last: Any,
    rule: Int64Array,
    tables: Int64Array,
) -> Any:
    """The 16 bits of a weight after its source's spike at ``now``; ``last_pre``, ``last_trace``: the spike before that."""
    seen = delay if rule[BACKPROP] else 0
    begin, end = max(last_pre - seen, 0), max(now - seen, 0)
    first = last + 1
    stop = first
    while True:
        if first <= last and times[first] > end:
            stop = first
        if first == 1 or times[first - 1] <= begin:
            break
        first -= 1
    weight = np.int64(stored) << shift
    for event in range(first, stop):
        before = times[event - 1]
        weight = _after_post(
            weight, times[event] + seen, before, last_pre, last_trace[0], traces[event, 1], rule, tables
        )  # fmt: skip
    previous = max(first, stop) - 1
    if previous > 0:
        since = now - times[previous] - seen
        trace = _decay(tables[1], since)
        if rule[TIMING] != NEAREST_PAIR:
            trace = _times(traces[previous, 0], trace)
        weight = _depress(weight, rule, trace, _times(trace, new_trace[1]) if rule[TIMING] == TRIPLET else 0)
    return (weight >> shift) & 0xFFFF
