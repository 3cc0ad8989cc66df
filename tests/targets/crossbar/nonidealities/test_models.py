"""Models of conductances against their own definitions: means, widths, shares and closed forms of many draws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from neurodeploy.errors import NeurodeployError
from neurodeploy.targets.crossbar.nonidealities import (
    ConstantError,
    CycleVariation,
    LognormalVariation,
    Nonideality,
    PolynomialError,
    RangeVariation,
    ReadNoise,
    RelativeError,
    RetentionDrift,
    StuckAt,
    neurram_error,
    perturb,
)

MODELS: list[Nonideality] = [
    ConstantError(1e-6),
    RelativeError(0.1),
    neurram_error(),
    LognormalVariation(0.3),
    RangeVariation(1e-6, 40e-6, 0.1, 0.1),
    CycleVariation(0.035, 1e-6, 40e-6, 4),
    StuckAt(0.02, 0.03, 1e-6, 40e-6),
    RetentionDrift(1e7, 350.0),
]


def draws(model: Nonideality, conductance: float, count: int = 40_000) -> np.ndarray:
    return model.apply(np.full((count, 1), conductance), np.random.default_rng(7))


def has_width(values: np.ndarray, mean: float, sigma: float) -> bool:
    """Normal with this mean and width, by Kolmogorov and Smirnov."""
    return stats.kstest(values.ravel(), "norm", (mean, sigma)).pvalue > 1e-3


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_every_model_keeps_shape_sign_and_argument_and_repeats_itself(model: Nonideality) -> None:
    cells = np.random.default_rng(0).uniform(1e-6, 39e-6, (30, 20))
    before = cells.copy()
    first, second = (model.apply(cells, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(cells, before)
    np.testing.assert_array_equal(first, second)
    assert first.shape == cells.shape and first.dtype == np.float64 and (first >= 0).all() and (first != cells).any()


def test_programming_errors_are_normal_of_their_width() -> None:
    g = 20e-6
    assert has_width(draws(ConstantError(1e-6), g), g, 1e-6)
    assert has_width(draws(RelativeError(0.05), g), g, 1e-6)
    micro = 1.536e-4 * 20**3 - 1.167e-2 * 20**2 + 0.2374 * 20 + 1.053
    assert micro == pytest.approx(2.3618, abs=1e-4)
    assert neurram_error().sigma(np.array([g]))[0] == pytest.approx(micro * 1e-6)
    assert has_width(draws(neurram_error(), g), g, micro * 1e-6)


def test_lognormal_variation_has_the_median_or_the_mean() -> None:
    logs = np.log(draws(LognormalVariation(0.5), 2e-6) / 2e-6)
    assert has_width(logs, 0.0, 0.5)
    kept = draws(LognormalVariation(0.5, keep_mean=True), 2e-6)
    assert kept.mean() == pytest.approx(2e-6, rel=0.01)


def test_range_variation_keeps_the_level() -> None:
    model = RangeVariation(2e-6, 10e-6, 0.1, 0.05)
    assert has_width(draws(model, 2e-6), 2e-6, 0.2e-6)
    assert has_width(draws(model, 10e-6), 10e-6, 0.5e-6)
    assert has_width(draws(model, 6e-6), 6e-6, np.hypot(0.2e-6, 0.5e-6) / 2)  # half of each end


def test_cycle_variation_grows_with_the_root_of_the_pulses() -> None:
    values = draws(CycleVariation(0.01, 0.0, 100e-6, pulses=9), 50e-6)
    assert has_width(values, 50e-6, 3e-6)
    clipped = draws(CycleVariation(0.01, 0.0, 100e-6, pulses=9), 100e-6)
    assert clipped.max() == 100e-6 and (clipped == 100e-6).mean() == pytest.approx(0.5, abs=0.02)


@given(st.floats(0, 0.5), st.floats(0, 0.5), st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_stuck_devices_have_their_shares(on: float, off: float, seed: int) -> None:
    count = 20_000
    found = StuckAt(on, off, 1e-6, 9e-6).apply(np.full((100, 200), 5e-6), np.random.default_rng(seed))
    for value, share in ((9e-6, on), (1e-6, off), (5e-6, 1 - on - off)):
        assert (
            abs((found == value).sum() - share * count) <= 5 * np.sqrt(share * (1 - share) * count) + 6
        )  # and a few where the share is a rare event


def test_drift_is_a_power_of_time_that_heat_brings_forward() -> None:
    cells = np.full((1, 1), 10e-6)
    random = np.random.default_rng(0)
    plain = RetentionDrift(1e4, 300.0, exponent=0.01, exponent_sigma=0.0)
    assert plain.apply(cells, random)[0, 0] == pytest.approx(10e-6 * 1e4**-0.01, rel=1e-12)
    # Arrhenius: the same drift at another temperature after t exp(Ea/k (1/T - 1/T0)).
    later = 1e4 * np.exp(1.1 / 8.617333262e-5 * (1 / 300 - 1 / 398.15))
    hot = RetentionDrift(1e4, 398.15, exponent=0.01, exponent_sigma=0.0)
    assert hot.decades == pytest.approx(np.log(later), rel=1e-12)
    cool = RetentionDrift(later, 300.0, exponent=0.01, exponent_sigma=0.0)
    np.testing.assert_allclose(hot.apply(cells, random), cool.apply(cells, random), rtol=1e-12)
    for seconds in (0.0, 0.5, 1.0):  # not before the first read
        np.testing.assert_array_equal(RetentionDrift(seconds).apply(cells, random), cells)
    logs = np.log(draws(RetentionDrift(np.e**10, exponent=0.02, exponent_sigma=0.005), 1.0))
    assert has_width(logs, -0.2, 0.05)


def test_perturb_gives_each_model_its_own_numbers() -> None:
    cells = np.full((50, 50), 20e-6)
    noise, stuck = RelativeError(0.1), StuckAt(0.1, 0.1, 1e-6, 40e-6)
    alone, both = perturb(cells, [stuck], 5), perturb(cells, [noise, stuck], 5)
    np.testing.assert_array_equal(alone == 40e-6, both == 40e-6)  # the same devices are stuck
    np.testing.assert_array_equal(perturb(cells, [noise, stuck], 5), both)
    assert (perturb(cells, [noise], 5) != perturb(cells, [noise], 6)).all()
    assert (perturb(cells, [noise], 5, 0) != perturb(cells, [noise], 5, 1)).all()
    twice = perturb(cells, [noise, noise], 5)
    assert np.std(twice / 20e-6) == pytest.approx(np.hypot(0.1, 0.1), rel=0.1)  # independent: widths add as squares


BAD = [
    (lambda: ConstantError(-1.0), "ConstantError: sigma = -1.0"),
    (lambda: RelativeError(np.nan), "RelativeError: sigma = nan"),
    (lambda: PolynomialError((1.0, -1.0), 40e-6), "PolynomialError: sigma"),
    (lambda: PolynomialError((), 40e-6), "coefficients"),
    (lambda: draws(neurram_error(), 41e-6), "at most 4e-05 S"),
    (lambda: RangeVariation(2e-6, 1e-6, 0.1, 0.1), "highest = 1e-06"),
    (lambda: draws(RangeVariation(1e-6, 2e-6, 0.1, 0.1), 3e-6), "outside the range"),
    (lambda: CycleVariation(0.1, 0.0, 1e-6, -1), "pulses = -1"),
    (lambda: StuckAt(0.6, 0.5, 0.0, 1e-6), "off = 0.5"),
    (lambda: RetentionDrift(1.0, 0.0), "temperature = 0.0"),
    (lambda: RetentionDrift(-1.0), "seconds = -1.0"),
    (lambda: ReadNoise(-0.1), "relative = -0.1"),
    (lambda: perturb(np.array([[1e-6, -1e-6]]), [], 0), "row 0, column 1 = -1e-06"),
    (lambda: perturb(np.array([1e-6]), [], 0), "shape of the conductances"),
    (lambda: perturb(np.array([[1e-6]]), [RelativeError(0.1)], -1), "seed = -1"),
]


@pytest.mark.parametrize(("make", "what"), BAD, ids=[what for _, what in BAD])
def test_what_no_device_has_is_one_error(make, what: str) -> None:
    with pytest.raises(NeurodeployError, match=what) as caught:
        make()
    assert caught.value.code == "ND450" and "must be" in caught.value.hint
