"""Codes and levels of a trained layer are exactly its weights."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurodeploy.training.two_layer.trained_weights import codes_and_levels, normalised_columns


@given(st.integers(1, 6), st.integers(1, 30), st.integers(0, 10**6), st.sampled_from(["projection", "neuron"]))
def test_exact_for_any_levels(levels: int, inputs: int, seed: int, per: str) -> None:
    generator = np.random.default_rng(seed)
    values = np.append(0, generator.random(levels)).astype(np.float32)
    shared = generator.choice(values, (inputs, 5))
    mask = (generator.random(shared.shape) < 0.7) | (shared > 0)
    scaled = normalised_columns(shared, 7.0)
    weights = codes_and_levels(shared, scaled, mask, per)
    np.testing.assert_array_equal(weights.decoded(), scaled)
    np.testing.assert_array_equal(weights.present(), mask)
    assert weights.quantized == bool(scaled.any())
    if weights.levels is not None:
        assert not weights.levels[:, 0].any() and weights.levels.shape[1] <= levels + 1


def test_a_code_means_the_same_shared_value_for_every_neuron() -> None:
    shared = np.array([[0.2, 0.8], [0.8, 0.8], [0.0, 0.2]], np.float32)
    weights = codes_and_levels(shared, normalised_columns(shared, 1.0), np.ones((3, 2), bool), "projection")
    assert weights.codes is not None and weights.codes.tolist() == [[1, 2], [2, 2], [0, 1]]
    own = codes_and_levels(shared, normalised_columns(shared, 1.0), np.ones((3, 2), bool), "neuron")
    assert own.levels is not None and own.levels[0].tolist() == pytest.approx([0, 0.2, 0.8])


def test_two_scales_in_a_column_make_codebooks_of_its_own() -> None:
    shared = np.array([[0.5, 0.5], [0.5, 0.5]], np.float32)
    scaled = np.array([[0.5, 0.5], [0.7, 0.5]], np.float32)
    weights = codes_and_levels(shared, scaled, np.ones((2, 2), bool), "projection")
    np.testing.assert_array_equal(weights.decoded(), scaled.astype(float))
    assert weights.levels is not None and weights.levels.shape == (2, 3)
