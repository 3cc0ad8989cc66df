"""Periodic spikes: exact counts, a plain implementation in whole numbers, phases that are uniform and independent."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest

from neurodeploy.encoding.regular import ONE, encode_regular

WORD = 2**64 - 1
GAMMA = 0x9E3779B97F4A7C15


def mixed(word: int) -> int:
    """SplitMix64's finaliser in Python's whole numbers."""
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9 & WORD
    word = (word ^ (word >> 27)) * 0x94D049BB133111EB & WORD
    return word ^ (word >> 31)


def phases(width: int, seed: int, stream: int, index: int, presentation: int) -> np.ndarray:
    """The initial phase of every neuron in units of 2**-32: draw k of the presentation's key belongs to neuron k."""
    key = mixed((seed + GAMMA) & WORD)
    for word in (stream, index, presentation):
        key = mixed(((key ^ word) + GAMMA) & WORD)
    return np.array([mixed((key + (k + 1) * GAMMA) & WORD) >> 32 for k in range(width)], np.uint64)


def totals(rates: np.ndarray, steps: int, **key: int) -> np.ndarray:
    """floor(phase + rate * dt * t) for t = 0 to steps, [steps + 1, neurons]."""
    increments = np.array([int(rate * ONE + 0.5) for rate in rates], np.uint64)
    at = np.arange(steps + 1, dtype=np.uint64)[:, None]
    return (phases(len(rates), **key) + increments * at) >> np.uint64(32)


def encoded(rates: np.ndarray, steps: int, *, index: int = 0, **options: int) -> np.ndarray:
    """The spikes of one sample as marks [steps, neurons]; refuses neurons out of order."""
    arguments: dict[str, Any] = {"seed": 5, "stream": 1, "presentation": 0} | options
    indptr, neurons = encode_regular(rates[None], steps=steps, sample_indices=np.array([index]), **arguments)
    marks = np.zeros((steps, len(rates)), bool)
    marks[np.repeat(np.arange(steps), np.diff(indptr)), neurons] = True
    assert marks.sum() == len(neurons) == indptr[-1] and len(indptr) == steps + 1
    assert np.array_equal(np.nonzero(marks)[1], neurons)  # ascending within each step
    return marks


RATE = st.floats(0, 1, exclude_max=True) | st.sampled_from(
    [0.0, 1e-12, 2.0**-32, 0.25, 0.5, 1 / 3, 1 - 2.0**-32, 1 - 2.0**-53]
)


@given(
    st.lists(RATE, min_size=1, max_size=9), st.integers(1, 900), st.integers(0, 2**63 - 1), st.integers(0, 3),
    st.integers(0, 10**6), st.integers(0, 4000),
)  # fmt: skip
@settings(deadline=None)
def test_every_spike_is_where_the_definition_has_it(
    rates: list[float], steps: int, seed: int, stream: int, index: int, presentation: int
) -> None:
    key = {"seed": seed, "stream": stream, "index": index, "presentation": presentation}
    expected = totals(np.array(rates), steps, **key)
    found = encoded(np.array(rates), steps, **key)
    np.testing.assert_array_equal(found, np.diff(expected, axis=0) == 1)
    np.testing.assert_array_equal(found.sum(axis=0), expected[-1])  # floor(phase + rate dt steps): phase is below 1


def test_counts_are_the_expected_ones_up_or_down_to_a_whole_number() -> None:
    rates = np.random.default_rng(0).random(500)
    for steps in (1, 7, 700):
        counts = encoded(rates, steps).sum(axis=0)
        assert np.all(counts >= np.floor(rates * steps)) and np.all(counts <= np.ceil(rates * steps))


def test_intervals_are_as_equal_as_whole_steps_can_be() -> None:
    rates = np.array([0.3, 0.06, 0.012, 0.5, 0.9])
    marks = encoded(rates, 2000)
    for rate, train in zip(rates, marks.T, strict=True):
        intervals = np.diff(np.flatnonzero(train))
        assert set(intervals) <= {int(1 / rate), int(1 / rate) + 1} and intervals.mean() == pytest.approx(
            1 / rate, rel=0.02
        )


def test_a_neuron_does_not_depend_on_the_others() -> None:
    rates = np.random.default_rng(1).random(40) * 0.2
    whole = encoded(rates, 300)
    some = rates.copy()
    some[::3] = 0.0
    expected = whole.copy()
    expected[:, ::3] = False
    np.testing.assert_array_equal(encoded(some, 300), expected)


def test_same_for_any_threads_order_and_batch() -> None:
    rates = np.random.default_rng(2).random((7, 30)) * (np.arange(7) / 6)[:, None] * 0.99
    key = {"steps": 200, "seed": 3, "stream": 2}
    one = encode_regular(rates, sample_indices=np.arange(7), **key)
    for threads in (2, 3, 12):
        many = encode_regular(rates, sample_indices=np.arange(7), threads=threads, **key)
        assert all(np.array_equal(a, b) for a, b in zip(one, many, strict=True))
    back = encode_regular(rates[::-1], sample_indices=np.arange(7)[::-1], **key)
    for sample in range(7):
        alone = encode_regular(rates[sample : sample + 1], sample_indices=np.array([sample]), **key)
        own = one[1][one[0][sample * 200] : one[0][(sample + 1) * 200]]
        turned = back[1][back[0][(6 - sample) * 200] : back[0][(7 - sample) * 200]]
        assert np.array_equal(alone[1], own) and np.array_equal(turned, own)


def test_keys_differ() -> None:
    rates = np.full(30, 0.05)
    base = encoded(rates, 200)
    for change in ({"seed": 6}, {"stream": 2}, {"presentation": 1}, {"index": 1}):
        assert not np.array_equal(base, encoded(rates, 200, **change))


def test_phases_are_uniform_and_independent() -> None:
    """Phases as the spikes tell them: at 1 / 4096 per step, the one spike of 4096 steps is at 1 - phase, to a step."""
    samples, width, steps = 30, 784, 4096
    rates = np.full((samples, width), 1 / steps)
    indptr, neurons = encode_regular(rates, steps=steps, seed=1, stream=3, sample_indices=np.arange(samples))
    step = np.repeat(np.arange(samples * steps), np.diff(indptr))
    phase = np.empty((samples, width))
    phase[step // steps, neurons] = 1 - (step % steps + 0.5) / steps
    assert len(neurons) == samples * width
    assert kstest(phase.ravel(), "uniform").pvalue > 1e-3
    for one, other in ((phase[:, 1:], phase[:, :-1]), (phase[1:], phase[:-1])):
        assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 4.5 / np.sqrt(one.size)


def test_silence_and_bad_rates() -> None:
    arguments: dict[str, Any] = {"steps": 3, "seed": 0, "stream": 0, "sample_indices": np.arange(2)}
    for rate in (0.0, 1e-11):  # less than half of 2**-32: never
        indptr, neurons = encode_regular(np.full((2, 4), rate), **arguments)
        assert neurons.size == 0 and not indptr.any() and indptr.size == 7
    for rate in (-1.0, 1.0, np.nan):
        with pytest.raises(ValueError):
            encode_regular(np.full((2, 4), rate), **arguments)
    with pytest.raises(ValueError):
        encode_regular(np.zeros((3, 4)), **arguments)
    empty = encode_regular(np.zeros((0, 4)), **(arguments | {"sample_indices": np.arange(0)}))
    assert empty[0].tolist() == [0] and empty[1].size == 0
