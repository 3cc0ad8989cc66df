"""Bit-exact model of the sPyNNaker binary ``spike_source_poisson``: the same random stream, the same spikes.

All sources of a core draw from one generator in their order, so a core is simulated as a whole.  A source is

* slow, below 0.01 spikes in a step: exponential intervals, of whole steps in the mean;
* fast: the number of spikes in a step by Knuth's product of uniform numbers, down to exp(-lambda) in units of 2^-16;
* faster, from 10: (z / 2 + sqrt(lambda))^2 with z normal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from neurodeploy.firmware_models.spinnaker import kernel_poisson as kernel
from neurodeploy.firmware_models.spinnaker.arrays import Float64Array, Int32Array, Int64Array, UInt64Array
from neurodeploy.firmware_models.spinnaker.fixed_point import encode_unsigned, exponential_u1616, wrap_int32
from neurodeploy.firmware_models.spinnaker.random_numbers import Seed, generator_state, normal_quantiles
from neurodeploy.firmware_models.spinnaker.square_root import square_root_s1615

_MASK_32, _MASK_64 = 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF
FOREVER_MS = 0xFFFFFFFF  # the host's duration that never ends
SLOW_RATE_PER_STEP, FAST_RATE_PER_STEP = 655, 10 << 16  # u16.16: 0.01 and 10
LARGEST_HZ = 65535.0


@dataclass(frozen=True)
class PoissonRates:
    """The rates of one source, one after the other.

    Attributes:
        rates_hz: mean spikes per second, 0 to 65535.
        starts_ms: when each begins; the first is used from the start, but sends nothing before its time.
        durations_ms: for how long each sends; ``FOREVER_MS`` does not end.
    """

    rates_hz: tuple[float, ...]
    starts_ms: tuple[float, ...] = (0.0,)
    durations_ms: tuple[float, ...] = (FOREVER_MS,)

    def __post_init__(self) -> None:
        if not self.rates_hz or not len(self.rates_hz) == len(self.starts_ms) == len(self.durations_ms):
            raise ValueError("a source needs one start and one duration for each of its rates, and at least one rate")
        if not all(0 <= rate <= LARGEST_HZ for rate in self.rates_hz):
            raise ValueError(f"rates {self.rates_hz} Hz: each must be within 0 and {LARGEST_HZ:g}")
        if not all(0 <= time <= FOREVER_MS for time in (*self.starts_ms, *self.durations_ms)):
            raise ValueError(f"starts and durations must be within 0 and {FOREVER_MS} ms")


def _u3232(value: float) -> int:
    return int(np.round(value * 2.0**32))


def _rate_row(rate_hz: float, seconds_per_step: int, steps_per_ms: int) -> list[int]:
    """Mode, mean interval, exp(-lambda) and sqrt(lambda) of ``set_spike_source_rate``."""
    rate = _u3232(rate_hz) >> 16
    per_step = rate * seconds_per_step >> 32
    if per_step >= FAST_RATE_PER_STEP:
        return [kernel.FASTER, 0, 0, square_root_s1615(per_step >> 1)]
    if per_step >= SLOW_RATE_PER_STEP:
        return [kernel.FAST, 0, exponential_u1616(-(per_step >> 1)) << 16, 0]
    return [kernel.SLOW, 1000 * steps_per_ms // rate if rate > 1 else 0, 0, 0]


def _steps(time_u3232: int, steps_per_ms: int) -> int:
    """Whole steps of a time in ms, rounded (``ms_to_ticks``)."""
    return (((time_u3232 * (steps_per_ms << 16) >> 32) + (1 << 31)) & _MASK_64) >> 32


def _next_start(time_u3232: int) -> int:
    """The start of the next rate, which the binary keeps as s16.15: later than 65.5 s it wraps."""
    return (wrap_int32(time_u3232 >> 17) << 17) & _MASK_64


def rate_table(sources: Sequence[PoissonRates], time_step_ms: float) -> tuple[UInt64Array, Int64Array]:
    """The rates of all sources, uint64 (7, rates), and the first column of each source and of the end."""
    step_us = round(time_step_ms * 1000)
    seconds_per_step, steps_per_ms = encode_unsigned(step_us / 1e6, 32), encode_unsigned(1000 / step_us, 16)
    columns: list[list[int]] = []
    for source in sources:
        starts = [_u3232(time) for time in source.starts_ms]
        for n, (rate_hz, duration) in enumerate(zip(source.rates_hz, source.durations_ms, strict=True)):
            start = _steps(starts[n], steps_per_ms)
            end = (start + _steps(_u3232(duration), steps_per_ms)) & _MASK_32
            columns.append([
                *_rate_row(rate_hz, seconds_per_step, steps_per_ms),
                start,
                _MASK_32 if duration == FOREVER_MS else end,
                _MASK_32 if n + 1 == len(starts) else _steps(_next_start(starts[n + 1]), steps_per_ms),
            ])  # fmt: skip
    first = np.concatenate([[0], np.cumsum([len(source.rates_hz) for source in sources])])
    return np.array(columns, dtype=np.uint64).T.copy(), first.astype(np.int64)


class PoissonCore:
    """One core of Poisson sources from its seed on; time goes on from ``run`` to ``run``."""

    def __init__(self, seed: Seed, sources: Sequence[PoissonRates], time_step_ms: float) -> None:
        """``seed``: the four words that the host writes, see ``random_numbers.host_seeds``.

        Raises:
            ValueError: the seed is not valid, or there is no source.
        """
        if not sources:
            raise ValueError("a core of Poisson sources needs at least one")
        self.seed, self.sources, self.time_step_ms = seed, tuple(sources), time_step_ms
        self._state = np.zeros((2, len(sources)), dtype=np.uint64)
        self.reset()

    def reset(self) -> None:
        """Back to step 0 and to the seed: the same spikes again (``sim.reset``)."""
        self._generator, self.step, self._changed = generator_state(self.seed), 0, True

    def change(self, sources: Sequence[PoissonRates]) -> None:
        """New rates from the next ``run`` on; every source of the core then draws its interval anew.

        Raises:
            ValueError: the number of sources changes.
        """
        if len(sources) != len(self.sources):
            raise ValueError(f"a core of {len(self.sources)} sources cannot become one of {len(sources)}")
        self.sources, self._changed = tuple(sources), True

    def run(self, steps: int) -> Int32Array:
        """Spikes of each step and source, int32 of shape (steps, sources)."""
        rates, first = rate_table(self.sources, self.time_step_ms)
        for number, (low, high) in enumerate(pairwise(first.tolist())):
            rate = low
            while rate + 1 < high and self.step >= rates[kernel.START, rate + 1]:
                rate += 1
            if self._changed or rate != self._state[kernel.RATE, number]:
                kernel.set_rate(self._generator, rates, self._state, number, rate)
        self._changed = False
        counts = np.zeros((steps, len(self.sources)), dtype=np.int32)
        kernel.run_steps(
            self.step, steps, self._generator, rates, first[1:] - 1, self._state, normal_quantiles(), counts
        )
        self.step += steps
        return counts


def source_events(counts: Int32Array) -> tuple[Int64Array, Int32Array]:
    """``source_indptr`` and ``source_neurons`` of ``run_firmware`` for spikes per step and source, shape (steps, sources).

    A source that fires n times in a step is there n times, as the packet that it sends carries n.
    """
    step, source = np.nonzero(counts)
    neurons = np.repeat(source, counts[step, source]).astype(np.int32)
    return np.concatenate([[0], np.cumsum(counts.sum(axis=1, dtype=np.int64))]), neurons


def poisson_spikes(
    seed: Seed, rates_hz: Sequence[float] | Float64Array, time_step_ms: float, steps: int
) -> tuple[Int64Array, Int32Array]:
    """Spikes of one core whose sources keep their rates, as :func:`source_events` gives them."""
    sources = [PoissonRates((float(rate),)) for rate in rates_hz]
    return source_events(PoissonCore(seed, sources, time_step_ms).run(steps))
