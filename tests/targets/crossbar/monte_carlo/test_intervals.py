"""Intervals against scipy's own, hand-worked numbers, and how often they cover."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from neurodeploy.targets.crossbar.monte_carlo.intervals import clopper_pearson, mean_interval, wilson

TRIALS = st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=30), st.sampled_from([0.5, 0.9, 0.95, 0.999]))
def test_mean_is_scipys_t(values: list[float], confidence: float) -> None:
    array = np.array(values)
    error = stats.sem(array)
    if error > 0:
        expected = stats.t.interval(confidence, len(array) - 1, array.mean(), error)
        np.testing.assert_allclose(mean_interval(array, confidence), expected, rtol=1e-9, atol=1e-9)


def test_mean_by_hand() -> None:
    """1, 2, 3: mean 2, standard error 1 / sqrt 3, and t of two degrees of freedom in closed form: p sqrt(2 / (1 - p²))."""
    found = mean_interval(np.array([1.0, 2.0, 3.0]), 0.9)
    half = 0.9 * np.sqrt(2 / (1 - 0.9**2)) / np.sqrt(3)
    np.testing.assert_allclose(found, (2 - half, 2 + half))
    assert mean_interval(np.array([1.0]), 0.95) is None
    assert mean_interval(np.full(4, 0.25), 0.95) == (0.25, 0.25)


@given(TRIALS, st.sampled_from([0.5, 0.9, 0.95, 0.999]))
def test_shares_are_scipys(trials: tuple[int, int], confidence: float) -> None:
    successes, count = trials
    test = stats.binomtest(successes, count)
    for found, method in ((wilson, "wilson"), (clopper_pearson, "exact")):
        expected = test.proportion_ci(confidence, method)
        np.testing.assert_allclose(found(successes, count, confidence), (expected.low, expected.high), atol=1e-9)


def test_shares_at_the_ends() -> None:
    """None of n: Clopper and Pearson's upper limit is where (1 - p)^n is half of what may be missed."""
    low, high = clopper_pearson(0, 10, 0.95)
    assert low == 0 and (1 - high) ** 10 == pytest.approx(0.025)
    assert clopper_pearson(10, 10, 0.95) == pytest.approx((1 - high, 1.0))
    z = stats.norm.ppf(0.975)
    assert wilson(0, 10, 0.95) == pytest.approx((0, z**2 / (10 + z**2)))
    assert wilson(0, 0, 0.95) == clopper_pearson(0, 0, 0.95) == (0, 1)


@pytest.mark.parametrize("probability", [0.02, 0.5, 0.93])
def test_clopper_pearson_covers_at_least_what_it_says_and_wilson_nearly(probability: float) -> None:
    """Exact coverage: the probabilities of the outcomes whose interval holds the truth."""
    weights = stats.binom.pmf(np.arange(31), 30, probability)
    covered = {}
    for interval in (clopper_pearson, wilson):
        limits = [interval(successes, 30, 0.9) for successes in range(31)]
        covered[interval] = sum(w for w, (low, high) in zip(weights, limits, strict=True) if low <= probability <= high)
    assert covered[clopper_pearson] >= 0.9 and abs(covered[wilson] - 0.9) < 0.08
