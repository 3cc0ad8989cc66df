"""Bias correction: mean potentials and currents are those of the reference, for every synapse and integrator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from compressible import layered, neuron, small_classifier
from networks import into, random_spikes, two_layer

from neurodeploy.compression.bias_correction import correct_bias, current_per_weight
from neurodeploy.compression.calibration import calibrate
from neurodeploy.compression.pruning import prune
from neurodeploy.compression.pruning.magnitude import Magnitude
from neurodeploy.compression.quantization import quantize
from neurodeploy.compression.quantization.uniform import Uniform
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import Integrator, LeakyIntegrator, Network, SpikeBatch, StepSemantics, Weights
from neurodeploy.simulation import build_plan, simulate

STEPS = 4800
GAINS = ("jump", "charge", "decayed", "euler")
CASES: list[tuple[Any, str, str, str]] = [
    (LeakyIntegrator, synapse, integrator, gain)
    for synapse in ("delta", "current", "exponential")
    for integrator in ("exact", "euler", "implicit_euler", "propagator")
    for gain in (GAINS if synapse == "exponential" else GAINS[:1])
]
CASES += [(Integrator, s, i, "charge") for s in ("delta", "current", "exponential") for i in ("exact", "propagator")]


def regular(sources: int) -> SpikeBatch:
    """Source i spikes every (4 + i) steps, over a whole number of periods."""
    dense = np.zeros((1, STEPS, sources), bool)
    for source in range(sources):
        dense[0, :: 4 * (source + 1), source] = True
    return SpikeBatch.from_dense(dense)


def potential(network: Network, spikes: SpikeBatch) -> np.ndarray:
    """Mean over the last 2400 steps (without leak: what was gained in them, per step)."""
    plan = build_plan(network, np.float64)
    v = simulate(network, spikes, plan=plan, record_voltages=True).voltages["neurons"][0]
    if isinstance(neuron(network, "neurons"), Integrator):
        return np.asarray((v[-1] - v[-2401]) / 2400)
    return np.asarray(v[-2400:].mean(axis=0))


@pytest.mark.parametrize(("model", "synapse", "integrator", "gain"), CASES)
@pytest.mark.parametrize("receptor", ["excitatory", "inhibitory"])
def test_mean_potentials_are_restored(model: Any, synapse: Any, integrator: Any, gain: Any, receptor: Any) -> None:
    if model is Integrator and integrator == "implicit_euler":
        pytest.skip("no leak to integrate implicitly")
    neuron = model(
        synapse=synapse, cm=2.0, tau_syn_E=3.0, tau_syn_I=7.0, i_offset=0.01,
        semantics=StepSemantics(integrator=integrator, synaptic_gain=gain), **({} if model is Integrator else {"tau_m": 12.0}),
    )  # fmt: skip
    weights = np.random.default_rng(0).normal(size=(3, 2))
    reference = into(neuron, weights, receptor=receptor, dt=0.5)
    small = quantize(reference, Uniform(2))
    spikes = regular(3)
    corrected = correct_bias(small, reference, calibrate(reference, spikes))
    wanted = potential(reference, spikes)
    assert abs(potential(small, spikes) - wanted).max() > 1e-3 * abs(wanted).max()
    np.testing.assert_allclose(potential(corrected, spikes), wanted, rtol=1e-6, atol=1e-9)


def test_closed_forms() -> None:
    assert current_per_weight(LeakyIntegrator(synapse="current"), 1.0) == pytest.approx(1)
    charge = LeakyIntegrator(tau_syn_E=4.0, semantics=StepSemantics(synaptic_gain="charge"))
    assert current_per_weight(charge, 0.5) == pytest.approx(8)  # tau_syn / dt
    assert current_per_weight(Integrator(cm=3.0), 0.5) == pytest.approx(6)  # cm / dt
    delta = LeakyIntegrator(synapse="delta", tau_m=10.0, cm=2.0)
    assert current_per_weight(delta, 1.0) == pytest.approx(2 / (10 * (1 - np.exp(-0.1))))


def test_kernels_get_one_bias_per_channel() -> None:
    reference = layered()
    spikes = random_spikes(4, 60, 128, 0.2)
    calibration = calibrate(reference, spikes)
    corrected = correct_bias(quantize(reference, Uniform(3)), reference, calibration)
    for name in ("first", "second"):
        shift = np.asarray(neuron(corrected, name).i_offset) - neuron(reference, name).i_offset
        by_channel = shift.reshape(reference.population(name).shape[0], -1)
        np.testing.assert_allclose(by_channel, by_channel[:, :1] * np.ones(by_channel.shape[1]), atol=1e-12)
        assert abs(shift).max() > 0
    # The mean over positions of the lost input, from the expansion into synapses.
    p, small = reference.projection("conv1"), quantize(reference, Uniform(3)).projection("conv1")
    rows, other = reference.expand(p), reference.expand(small)
    lost = (rows.values - other.values) * np.repeat(calibration.rate("input"), np.diff(rows.indptr))
    each = np.bincount(rows.targets, lost, 256).reshape(4, 64).mean(axis=1)
    found = np.asarray(neuron(corrected, "first").i_offset) - neuron(reference, "first").i_offset
    factor = current_per_weight(neuron(reference, "first"), 1.0)
    np.testing.assert_allclose(found.reshape(4, 64)[:, 0], factor * each, rtol=1e-9)
    sparse = neuron(corrected, "hidden").i_offset
    assert np.shape(sparse) == (12,)


def test_it_corrects_pruning_too_and_keeps_stage_and_weights() -> None:
    reference = small_classifier()
    pruned = prune(reference, Magnitude(0.8))
    calibration = calibrate(reference, random_spikes(3, 30, 64, 0.2))
    corrected = correct_bias(pruned, reference, calibration)
    assert corrected.stage == "pruned" and len(corrected.ancestors) == 1
    assert corrected.metadata["history"][-1]["step"] == "correct_bias"
    lost = reference.projection("one").weights.decoded() - pruned.projection("one").weights.decoded()
    factor = current_per_weight(neuron(reference, "hidden"), 1.0)
    np.testing.assert_allclose(
        neuron(corrected, "hidden").i_offset, factor * calibration.rate("input") @ lost, rtol=1e-9
    )
    same = correct_bias(reference, reference, calibration)
    assert same.populations == reference.populations


def test_conductances_are_refused() -> None:
    reference = two_layer()
    calibration = calibrate(reference, random_spikes(2, 10, 12, 0.2))
    with pytest.raises(NeurodeployError, match="conductances") as caught:
        correct_bias(quantize(reference, Uniform(2)), reference, calibration)
    assert caught.value.code == "ND221"


def test_another_network_is_no_reference() -> None:
    reference = into(LeakyIntegrator(), Weights(values=np.ones((3, 2))))
    calibration = calibrate(reference, random_spikes(1, 5, 3, 0.5))
    with pytest.raises(NeurodeployError, match="ND221"):
        correct_bias(into(LeakyIntegrator(), np.ones((3, 4))), reference, calibration)
