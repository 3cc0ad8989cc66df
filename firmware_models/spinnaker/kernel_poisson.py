"""Compiled time steps of one core of Poisson sources (``spike_source_poisson.c``)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from neurodeploy.firmware_models.spinnaker.arrays import Int32Array, Int64Array, Scalar, UInt64Array
from neurodeploy.firmware_models.spinnaker.random_numbers import exponential_variate, next_word

# Rows of the rates (one column per rate) and of the state (one column per source), both uint64.
MODE, MEAN_INTERVAL, EXP_MINUS_LAMBDA, ROOT_LAMBDA, START, END, NEXT = range(7)
RATE, TIME_TO_SPIKE = 0, 1
SLOW, FAST, FASTER = 0, 1, 2

_MASK = np.uint64(0xFFFFFFFF)
_ZERO, _ONE, _SCALE = np.uint64(0), np.uint64(1), np.uint64(1000)
_FIFTEEN, _SIXTEEN, _WORD = np.uint64(15), np.uint64(16), np.uint64(32)
_HALF = np.uint64(1 << 14)


@njit(cache=True, nogil=True)
def draw_interval(generator: UInt64Array, mean_interval: Any) -> Any:
    """Thousandths of a step to the next spike of a slow source; 32 bits, so means above about 200,000 steps wrap."""
    thousandths = (exponential_variate(generator) * _SCALE + _HALF) >> _FIFTEEN
    return (thousandths * mean_interval) & _MASK


@njit(cache=True, nogil=True)
def set_rate(generator: UInt64Array, rates: UInt64Array, state: UInt64Array, source: int, rate: Scalar) -> None:
    """Let a source go on with a rate; a slow one (also of 0 Hz) draws its first interval at once."""
    state[RATE, source] = rate
    state[TIME_TO_SPIKE, source] = _ZERO
    if rates[MODE, rate] == SLOW:
        state[TIME_TO_SPIKE, source] = draw_interval(generator, rates[MEAN_INTERVAL, rate])


@njit(cache=True, nogil=True)
def _slow(generator: UInt64Array, mean_interval: Any, state: UInt64Array, source: int) -> Any:
    count, left = 0, state[TIME_TO_SPIKE, source]
    while left < _SCALE:
        count += 1
        left = (left + draw_interval(generator, mean_interval)) & _MASK
    state[TIME_TO_SPIKE, source] = left - _SCALE
    return count


@njit(cache=True, nogil=True)
def _fast(generator: UInt64Array, exp_minus_lambda: Any) -> Any:
    """Knuth's product of uniform numbers; nothing, and no draw, where exp(-lambda) is stored as 0."""
    if exp_minus_lambda == _ZERO:
        return 0
    count, product = 0, _MASK
    while True:
        product = (product * next_word(generator)) >> _WORD
        if product <= exp_minus_lambda:
            return count
        count += 1


@njit(cache=True, nogil=True)
def _faster(generator: UInt64Array, root_lambda: Any, normal: Int32Array) -> Any:
    """(z / 2 + sqrt(lambda))^2, rounded."""
    x = (np.int64(normal[next_word(generator) >> _SIXTEEN]) >> 1) + np.int64(root_lambda)
    return (((x * x) >> 15) + (1 << 14)) >> 15


@njit(cache=True, nogil=True)
def run_steps(
    first_step: int,
    steps: int,
    generator: UInt64Array,
    rates: UInt64Array,
    last_rate: Int64Array,
    state: UInt64Array,
    normal: Int32Array,
    counts: Int32Array,
) -> None:
    """Simulate ``steps`` steps; ``counts`` int32 (steps, sources) receives the spikes of each.

    ``last_rate`` is the column of each source's last rate.
    """
    sources = state.shape[1]
    for step in range(first_step, first_step + steps):
        now = np.uint64(step)
        for source in range(sources):
            rate = np.int64(state[RATE, source])
            if now >= rates[NEXT, rate] and rate < last_rate[source]:
                set_rate(generator, rates, state, source, rate + 1)
        for source in range(sources):
            rate = np.int64(state[RATE, source])
            if now < rates[START, rate] or now >= rates[END, rate]:
                continue
            if rates[MODE, rate] == SLOW:
                if rates[MEAN_INTERVAL, rate] != _ZERO:
                    counts[step - first_step, source] = _slow(generator, rates[MEAN_INTERVAL, rate], state, source)
            elif rates[MODE, rate] == FAST:
                counts[step - first_step, source] = _fast(generator, rates[EXP_MINUS_LAMBDA, rate])
            else:
                counts[step - first_step, source] = _faster(generator, rates[ROOT_LAMBDA, rate], normal)
