"""One-dimensional k-means with a centre at zero, against all partitions of small sets."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from compressible import layered
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from networks import into

from neurodeploy.compression.quantization import quantize
from neurodeploy.compression.quantization.k_means import KMeans, centres
from neurodeploy.compression.quantization.uniform import Uniform
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import LIF, Weights, problems


def cost(values: np.ndarray, importance: np.ndarray, levels: np.ndarray) -> float:
    return float((importance * abs(values[:, None] - levels).min(axis=1) ** 2).sum())


def brute_force(values: np.ndarray, importance: np.ndarray, free: int) -> float:
    """Least cost over all ways to cut the sorted values into intervals, one of which (or none) is held at zero."""
    order = np.argsort(values)
    values, importance = values[order], importance[order]
    n, best = len(values), float((importance * values**2).sum())
    for count in range(1, min(free + 1, n) + 1):
        for cuts in combinations(range(1, n), count - 1):
            parts = np.split(np.arange(n), cuts)
            own = [
                (importance[p] * (values[p] - np.average(values[p], weights=importance[p])) ** 2).sum() for p in parts
            ]
            zero = [(importance[p] * values[p] ** 2).sum() for p in parts]
            if count <= free:
                best = min(best, sum(own))
            best = min(best, *(sum(own) - own[i] + zero[i] for i in range(count)))
    return float(best)


@given(
    hnp.arrays(np.float64, st.integers(1, 9), elements=st.floats(-4, 4, width=16)), st.integers(2, 5),
    st.integers(0, 99), st.booleans(),
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_optimal_on_small_sets(values: np.ndarray, levels: int, seed: int, positive: bool) -> None:
    values = abs(values) if positive else values
    importance = np.random.default_rng(seed).random(len(values)) + 0.01
    found = centres(values, importance, levels)
    assert found[0] == 0 and len(found) <= levels and np.all(np.diff(found[1:]) > 0)
    least = brute_force(values, importance, levels - 1)
    assert cost(values, importance, found) == pytest.approx(least, abs=1e-9)


def test_no_cluster_is_better_than_what_is_found_on_a_layer() -> None:
    """Optimality conditions of Lloyd 1982 on 784 weights: every level is the mean of what it stands for."""
    rng = np.random.default_rng(0)
    values, importance = rng.normal(size=784), rng.random(784)
    levels = centres(values, importance, 16)
    owner = abs(values[:, None] - levels).argmin(axis=1)
    for level in range(1, 16):
        there = owner == level
        assert levels[level] == pytest.approx(np.average(values[there], weights=importance[there]), rel=1e-9)
    for seed in range(20):  # and no Lloyd iteration from a random start ends lower
        other = np.concatenate([[0.0], np.random.default_rng(seed).choice(values, 15, replace=False)])
        for _ in range(60):
            owner = abs(values[:, None] - other).argmin(axis=1)
            mass = np.bincount(owner, importance, 16)
            other = np.where(mass > 0, np.bincount(owner, importance * values, 16) / np.where(mass > 0, mass, 1), other)
            other[0] = 0
        assert cost(values, importance, other) >= cost(values, importance, levels) * (1 - 1e-12)


def test_large_sets_are_binned_and_refined() -> None:
    """Optimal quantizers of a Gaussian have the errors 0.1175 (4 levels) to 0.03454 (8), Max 1960, table I."""
    values = np.random.default_rng(1).normal(size=100_000)
    ones = np.ones(len(values))
    assert 0.03454 < cost(values, ones, centres(values, ones, 5)) / len(values) < 0.1175
    small = values[:8000]
    assert len(np.unique(small)) == 8000
    exact = cost(small, ones[:8000], centres(small, ones[:8000], 9))
    repeated = np.concatenate([small, small + 1e-9])  # 16,000 distinct values: binned
    binned = cost(repeated, np.ones(16000), centres(repeated, np.ones(16000), 9)) / 2
    assert binned == pytest.approx(exact, rel=1e-4)


@given(
    hnp.arrays(np.float64, st.tuples(st.integers(1, 7), st.integers(1, 5)), elements=st.floats(-4, 4, width=32)),
    st.integers(2, 20), st.sampled_from(["projection", "neuron"]), st.integers(0, 99),
)  # fmt: skip
@settings(max_examples=80, deadline=None)
def test_codes_levels_and_masks(values: np.ndarray, levels: int, per: Any, seed: int) -> None:
    mask = np.random.default_rng(seed).random(values.shape) < 0.8
    mask[0, 0] = True
    network = into(LIF(), Weights(values=values, mask=mask))
    quantized = quantize(network, KMeans(levels, per))
    weights: Any = quantized.projections[0].weights
    assert problems(quantized) == [] and quantize(network, KMeans(levels, per)).digest() == quantized.digest()
    assert weights.levels.shape == ((levels,) if per == "projection" else (values.shape[1], levels))
    np.testing.assert_array_equal(weights.present(), mask)
    decoded, books = weights.decoded(), np.broadcast_to(weights.levels, (values.shape[1], levels))
    for column, book in enumerate(books):
        there = mask[:, column]
        distances = abs(values[there, column, None] - book)
        np.testing.assert_array_equal(abs(values[there, column] - decoded[there, column]), distances.min(axis=1))
    again = quantize(quantized, KMeans(levels, per))
    np.testing.assert_allclose(again.projections[0].weights.decoded(), decoded, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("bits", [2, 3, 4])
def test_never_worse_than_a_uniform_grid(bits: int) -> None:
    for per in ("projection", "neuron"):
        uniform = quantize(layered(), Uniform(bits, per=per)).metadata["history"][-1]["weights"]
        found = quantize(layered(), KMeans(2**bits - 1, per)).metadata["history"][-1]["weights"]
        for one, two in zip(found, uniform, strict=True):
            assert one["relative_rms_error"] <= two["relative_rms_error"] * (1 + 1e-9)


def test_refusals() -> None:
    for levels in (1, 1025):
        with pytest.raises(NeurodeployError, match="ND204"):
            KMeans(levels)
    with pytest.raises(NeurodeployError, match="ND205"):
        quantize(into(LIF(), Weights(values=np.ones((2, 2)), mask=np.zeros((2, 2), bool))), KMeans(3))
