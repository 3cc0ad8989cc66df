"""Neuron circuits against closed forms of what varies in them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from networks import JUMP, into, spikes_at, two_layer

from neurodeploy.errors import NeurodeployError
from neurodeploy.network import IF, LIF, LeakyIntegrator, Network, Neuron, Threshold
from neurodeploy.simulation import simulate
from neurodeploy.targets.crossbar.neuron_circuits import NeuronCircuits

MANY = 4000


def apply(circuits: NeuronCircuits, neuron: Neuron, weight: float = 0.0, size: int = MANY) -> Network:
    return circuits.apply(into(neuron, np.full((1, size), weight)), seed=5)


def voltages(network: Network, steps: int) -> np.ndarray:
    found = simulate(network, spikes_at(steps, 1, {0: [0]}), record_voltages=["neurons"])
    return found.voltages["neurons"][0]


def test_ideal_circuits_change_nothing() -> None:
    network = two_layer()
    assert NeuronCircuits().ideal and NeuronCircuits().apply(network, 3) is network


def test_thresholds_vary_by_a_share_of_their_height() -> None:
    """Height from the reset: 15 + theta = 20 mV; 10 % of it are 2 mV."""
    made = apply(NeuronCircuits(threshold_variation=0.1), LIF(synapse="delta", theta=5.0)).population("neurons").neuron
    assert isinstance(made, LIF)
    shift = np.asarray(made.v_thresh) + 50
    assert shift.std() == pytest.approx(2, rel=0.06) and abs(shift.mean()) < 0.16  # 5 standard errors


def test_no_threshold_reaches_the_reset() -> None:
    made = apply(NeuronCircuits(threshold_variation=5.0), IF(v_thresh=2.0)).population("neurons").neuron
    assert isinstance(made, IF) and np.min(made.v_thresh) == pytest.approx(0.02)


def test_offsets_drift_into_membranes_in_every_step() -> None:
    drift = voltages(apply(NeuronCircuits(offset_variation=0.01), IF(v_thresh=2.0, cm=3.0)), 11)
    np.testing.assert_allclose(drift[10], 11 * drift[0], rtol=1e-4)
    assert drift[0].std() == pytest.approx(0.02, rel=0.06)


def test_leak_of_integrators_is_exponential() -> None:
    decays = voltages(apply(NeuronCircuits(leak_ms=20.0), IF(v_thresh=9.0, semantics=JUMP), 1.0, 3), 30)
    after = decays[5:, 0]
    np.testing.assert_allclose(after[1:] / after[:-1], np.exp(-1 / 20), rtol=1e-5)
    kept = apply(NeuronCircuits(leak_ms=20.0), LIF(tau_m=7.0), size=3).population("neurons").neuron
    assert isinstance(kept, LIF) and kept.tau_m == 7.0


def test_a_seed_is_a_set_of_circuits() -> None:
    circuits, network = NeuronCircuits(0.1, 0.1), into(IF(), np.ones((1, 50)))
    one, same, other = (circuits.apply(network, seed).population("neurons").neuron for seed in (1, 1, 2))
    assert isinstance(one, IF) and isinstance(same, IF) and isinstance(other, IF)
    np.testing.assert_array_equal(one.v_thresh, same.v_thresh)
    assert (np.asarray(one.v_thresh) != other.v_thresh).all() and (np.asarray(one.i_offset) != other.i_offset).all()


@pytest.mark.parametrize("neuron", [LeakyIntegrator(), Threshold()])
@pytest.mark.parametrize("circuits", [NeuronCircuits(0.1), NeuronCircuits(0.0, 0.1), NeuronCircuits(leak_ms=3.0)])
def test_neurons_that_are_no_circuits_are_refused(neuron: Neuron, circuits: NeuronCircuits) -> None:
    with pytest.raises(NeurodeployError, match="Population 'neurons'.*do not integrate") as error:
        circuits.check(into(neuron, np.ones((1, 2))))
    assert error.value.code == "ND434"
    NeuronCircuits().check(into(neuron, np.ones((1, 2))))


@pytest.mark.parametrize("name", ["threshold_variation", "offset_variation", "leak_ms"])
def test_values_below_0_are_refused(name: str) -> None:
    with pytest.raises(NeurodeployError, match=name):
        replace(NeuronCircuits(), **{name: -0.1})
