"""Quantization to the states of a device."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import into

from neurodeploy.compression.quantization import quantize
from neurodeploy.compression.quantization.device_states import DeviceStates
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import LIF, Weights


def quantized(values: object, rule: DeviceStates) -> Weights:
    return quantize(into(LIF(), Weights(values=np.asarray(values, float))), rule).projections[0].weights


def test_even_states_between_zero_and_the_largest_weight() -> None:
    weights = quantized([[0.0, 1.5], [0.52, 0.48]], DeviceStates(state_count=4))
    assert weights.levels is not None and weights.levels.tolist() == pytest.approx([0, 0.5, 1.0, 1.5])
    np.testing.assert_allclose(weights.decoded(), [[0, 1.5], [0.5, 0.5]])


def test_given_states() -> None:
    rule = DeviceStates(states="10, 2,5,2")
    assert rule.relative().tolist() == pytest.approx([0.2, 0.5, 1.0])
    np.testing.assert_allclose(quantized([[1.0, 0.3], [0.7, 0.05]], rule).decoded(), [[1.0, 0.2], [0.5, 0.0]])
    np.testing.assert_allclose(quantized([[-1.0, 0.3], [0.7, 0.6]], rule).decoded(), [[-1.0, 0.2], [0.5, 0.5]])


@given(st.integers(2, 40), st.integers(0, 999))
def test_every_weight_takes_the_nearest_state(states: int, seed: int) -> None:
    values = np.random.default_rng(seed).random((6, 3))
    found = quantized(values, DeviceStates(state_count=states, per="neuron"))
    assert found.levels is not None and found.levels.shape == (3, states)
    step = values.max(axis=0) / (states - 1)
    assert (abs(found.decoded() - values) <= step / 2 + 1e-12).all()


@pytest.mark.parametrize("options", [{"states": "a,b"}, {"states": "0"}, {"states": "-1,2"}, {"states": "1,inf"}, {"state_count": 1}])  # fmt: skip
def test_impossible_states_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(NeurodeployError, match="ND204"):
        DeviceStates(**options)
