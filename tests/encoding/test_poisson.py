"""The rate code is Bernoulli per neuron and step, independent, and deterministic."""

from __future__ import annotations

import numpy as np
import pytest

from neurodeploy.encoding.poisson import encode_poisson

DT, STEPS = 0.5, 400


def raster(rates: np.ndarray, **options: int) -> np.ndarray:
    """Encode and return a dense array [samples, steps, neurons]; refuses duplicates in a step."""
    samples, width = rates.shape
    arguments = {"seed": 5, "stream": 1, "presentation": 0, "threads": 1} | options
    indptr, neurons = encode_poisson(rates, dt=DT, steps=STEPS, sample_indices=np.arange(samples), **arguments)
    dense = np.zeros((samples * STEPS, width), np.int64)
    np.add.at(dense, (np.repeat(np.arange(samples * STEPS), np.diff(indptr)), neurons), 1)
    assert dense.max() <= 1
    return dense.reshape(samples, STEPS, width)


@pytest.fixture(scope="module")
def probabilities() -> np.ndarray:
    """Return spike probabilities per step, from none to almost certain."""
    return np.array([0.0, 0.001, 0.01, 0.03, 0.03, 0.1, 0.3, 0.5, 0.9, 0.0], np.float32)


@pytest.fixture(scope="module")
def dense(probabilities: np.ndarray) -> np.ndarray:
    """Return 500 samples with these probabilities."""
    return raster(np.tile(probabilities / (DT * 1e-3), (500, 1)))


def test_probability_of_every_neuron(dense: np.ndarray, probabilities: np.ndarray) -> None:
    trials = dense.shape[0] * dense.shape[1]
    error = np.sqrt(probabilities * (1 - probabilities) / trials)
    assert np.all(np.abs(dense.mean(axis=(0, 1)) - probabilities) <= 4.5 * error)


def test_variance_of_counts_is_binomial(dense: np.ndarray, probabilities: np.ndarray) -> None:
    expected = STEPS * probabilities * (1 - probabilities)
    measured = dense.sum(axis=1).var(axis=0)
    assert np.all(np.abs(measured - expected) <= 0.3 * expected)


def test_neurons_are_independent(dense: np.ndarray) -> None:
    flat = dense.reshape(-1, dense.shape[2])[:, 1:9].astype(float)
    correlation = np.corrcoef(flat.T) - np.eye(8)
    assert np.abs(correlation).max() < 4.5 / np.sqrt(len(flat))


def test_steps_are_independent(dense: np.ndarray) -> None:
    for neuron in range(3, 9):
        before, after = dense[:, :-1, neuron].ravel(), dense[:, 1:, neuron].ravel()
        assert abs(np.corrcoef(before, after)[0, 1]) < 4.5 / np.sqrt(before.size)


def test_same_for_any_threads_and_order(probabilities: np.ndarray) -> None:
    rates = np.random.default_rng(0).permuted(np.tile(probabilities * 500, (7, 1)), axis=1)
    rates = rates.astype(np.float32)
    arguments = {"dt": DT, "steps": STEPS, "seed": 3, "stream": 2}
    one = encode_poisson(rates, sample_indices=np.arange(7), **arguments)
    three = encode_poisson(rates, sample_indices=np.arange(7), threads=3, **arguments)
    assert all(np.array_equal(a, b) for a, b in zip(one, three, strict=True))
    single = encode_poisson(rates[4:5], sample_indices=np.array([4]), **arguments)
    own = one[1][one[0][4 * STEPS] : one[0][5 * STEPS]]
    assert np.array_equal(single[1], own)


def test_keys_differ(probabilities: np.ndarray) -> None:
    rates = np.tile(probabilities * 500, (1, 1)).astype(np.float32)
    base = raster(rates)
    for change in ({"seed": 6}, {"stream": 2}, {"presentation": 1}):
        assert not np.array_equal(base, raster(rates, **change))


def test_silence_and_bad_rates() -> None:
    arguments = {"dt": DT, "steps": 3, "seed": 0, "stream": 0, "sample_indices": np.arange(2)}
    indptr, neurons = encode_poisson(np.zeros((2, 4), np.float32), **arguments)
    assert neurons.size == 0 and not indptr.any() and indptr.size == 7
    for rate in (-1.0, 2000.0, np.nan):
        with pytest.raises(ValueError):
            encode_poisson(np.full((2, 4), rate, np.float32), **arguments)
