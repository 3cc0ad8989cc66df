"""Weight sharing against rathi2019's definitions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from networks import digits_network, into, two_layer

from neurodeploy.compression.quantization import quantize
from neurodeploy.compression.quantization.weight_sharing import WeightSharing
from neurodeploy.network import LIF, Weights, problems


def shared(values: Any, levels: int, per: Any = "projection", mask: Any = None) -> np.ndarray:
    network = into(LIF(), Weights(values=np.asarray(values, float), mask=mask))
    return quantize(network, WeightSharing(levels, per)).projections[0].weights.decoded()


def test_two_levels_are_zero_and_the_mean() -> None:
    assert shared([[1.0, 2.0], [3.0, 6.0]], 2).tolist() == [[3.0, 3.0], [3.0, 3.0]]
    mask = np.array([[True, False], [True, True]])
    np.testing.assert_allclose(shared([[1.0, 0.0], [3.0, 5.0]], 2, mask=mask), [[3.0, 0], [3.0, 3.0]])


def test_three_levels_split_at_the_median() -> None:
    assert shared([[0.1, 0.9], [0.3, 0.5]], 3).tolist() == [[0.2, 0.7], [0.2, 0.7]]


@pytest.mark.parametrize("levels", [2, 3])
def test_agrees_with_the_papers_definitions(levels: int) -> None:
    values = np.random.default_rng(3).random((40, 25)).astype(np.float32)
    critical = values >= 0.2
    expected = np.where(critical, values[critical].mean(dtype=float), 0.0)
    if levels == 3:  # split at the median, each half at its mean; the median itself is in the lower half
        low, high = (
            critical & half for half in (values <= np.median(values[critical]), values > np.median(values[critical]))
        )
        expected = np.where(low, values[low].mean(dtype=float), np.where(high, values[high].mean(dtype=float), 0.0))
    np.testing.assert_allclose(shared(np.where(critical, values, 0), levels, mask=critical), expected, rtol=1e-6)


@pytest.mark.parametrize("levels", [2, 3, 5, 16])
def test_per_neuron_keeps_every_sum(levels: int) -> None:
    network = digits_network()
    small = quantize(network, WeightSharing(levels, "neuron"))
    one, other = (n.projection("input_to_excitatory").weights.decoded() for n in (network, small))
    np.testing.assert_allclose(other.sum(axis=0), one.sum(axis=0), rtol=1e-9)
    assert max(len(np.unique(column[column != 0])) for column in other.T) <= levels - 1


@given(
    hnp.arrays(np.float64, st.tuples(st.integers(1, 7), st.integers(1, 5)), elements=st.floats(-4, 4, width=32)),
    st.integers(2, 256), st.sampled_from(["neuron", "projection"]), st.integers(0, 99),
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_levels_codes_and_means(values: np.ndarray, levels: int, per: Any, seed: int) -> None:
    mask = np.random.default_rng(seed).random(values.shape) < 0.8
    mask[0, 0] = True
    network = quantize(into(LIF(), Weights(values=values, mask=mask)), WeightSharing(levels, per))
    weights = network.projections[0].weights
    assert problems(network) == [] and weights.levels is not None and weights.codes is not None
    assert weights.levels.shape == ((levels,) if per == "projection" else (values.shape[1], levels))
    assert np.all(weights.levels[..., 0] == 0) and weights.codes[mask].min() >= 1
    decoded = weights.decoded()
    groups = [(values[mask], decoded[mask])]
    if per == "neuron":
        groups = [(v[m], d[m]) for v, d, m in zip(values.T, decoded.T, mask.T, strict=True)]
    for before, after in groups:
        assert len(np.unique(after)) <= levels - 1
        assert after.sum() == pytest.approx(before.sum(), abs=1e-9)
        order = np.argsort(before, kind="stable")
        assert np.all(np.diff(after[order]) >= -1e-12), "a larger weight never gets a smaller level"


@given(st.integers(2, 9), st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_weights_that_are_shared_already_stay(levels: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.choice(rng.random(levels - 1), (12, 4))
    for per in ("neuron", "projection"):
        np.testing.assert_array_equal(shared(values, levels, per), values)
        again = shared(shared(values, levels, per), levels, per)
        np.testing.assert_array_equal(again, values)


def test_recorded_error_is_the_relative_rms() -> None:
    network = two_layer(30, 6)
    small = quantize(network, WeightSharing(2))
    before, after = (n.projections[0].weights.decoded() for n in (network, small))
    expected = np.sqrt(((after - before) ** 2).mean() / (before**2).mean())
    assert small.metadata["history"][-1]["weights"][0]["relative_rms_error"] == pytest.approx(expected, rel=1e-12)
