"""The reference simulator against closed forms of the membrane and synapse equations."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from networks import JUMP, into, spikes_at

from neurodeploy.errors import NeurodeployError
from neurodeploy.network import IF, LIF, ConductanceLIF, Network, OneToOne, Population, Projection, SpikeBatch, Weights
from neurodeploy.simulation import build_plan, simulate

NEVER = 1e9


def voltages(network: Network, inputs: SpikeBatch) -> np.ndarray:
    plan = build_plan(network, np.float64)
    recorded: np.ndarray = simulate(network, inputs, record_voltages=True, plan=plan).voltages["neurons"][0]
    return recorded


def spike_steps(network: Network, inputs: SpikeBatch, neuron: int = 0) -> list[int]:
    found = simulate(network, inputs, plan=build_plan(network, np.float64)).spikes["neurons"]
    return np.flatnonzero(found.dense()[0, :, neuron]).tolist()


def silence(steps: int, size: int = 1) -> SpikeBatch:
    return spikes_at(steps, size, {})


@pytest.mark.parametrize("model", [LIF, ConductanceLIF])
def test_without_input_the_membrane_decays_exponentially(model: Any) -> None:
    network = into(model(tau_m=20.0, v_rest=-65.0, v_init=-55.0, v_thresh=NEVER), [[0.0]], dt=0.5)
    expected = -65 + 10 * np.exp(-np.arange(1, 201) * 0.5 / 20)
    np.testing.assert_allclose(voltages(network, silence(200))[:, 0], expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize(("integrator", "factor"), [("euler", 1 - 0.5 / 20), ("implicit_euler", 1 / (1 + 0.5 / 20))])
def test_first_order_integrators(integrator: Any, factor: float) -> None:
    neuron = LIF(tau_m=20.0, v_rest=-65.0, v_init=-55.0, v_thresh=NEVER, semantics=replace(JUMP, integrator=integrator))
    expected = -65 + 10 * factor ** np.arange(1, 101)
    np.testing.assert_allclose(voltages(into(neuron, [[0.0]], dt=0.5), silence(100))[:, 0], expected, atol=1e-9)


@pytest.mark.parametrize("dt", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("current", [1.0, 1.5, 4.0])
@pytest.mark.parametrize("refractory", [0.0, 2.0])
def test_constant_current_interval(dt: float, current: float, refractory: float) -> None:
    """T = tau ln((R I + v_rest - v_reset) / (R I + v_rest - v_th)), rounded up to steps, plus the refractory steps."""
    tau, cm, rest, reset, threshold = 20.0, 1.0, -65.0, -70.0, -50.0
    neuron = LIF(tau_m=tau, cm=cm, v_rest=rest, v_reset=reset, v_init=rest, v_thresh=threshold, i_offset=current,
                 tau_refrac=refractory)  # fmt: skip
    steps = spike_steps(into(neuron, [[0.0]], dt=dt), silence(int(300 / dt)))
    drive = tau / cm * current
    first = tau * math.log(drive / (drive + rest - threshold))
    interval = tau * math.log((drive + rest - reset) / (drive + rest - threshold))
    assert steps[0] == math.ceil(first / dt) - 1
    held = round(refractory / dt)
    assert set(np.diff(steps).tolist()) == {math.ceil(interval / dt) + held}


def test_current_below_rheobase_never_fires() -> None:
    assert spike_steps(into(LIF(tau_m=20.0, i_offset=0.749), [[0.0]]), silence(2000)) == []


@pytest.mark.parametrize(("refractory", "dt", "held"), [(0.0, 1.0, 0), (0.3, 1.0, 1), (2.0, 1.0, 2), (0.3, 0.1, 3)])
def test_refractory_is_held_for_whole_steps(refractory: float, dt: float, held: int) -> None:
    """Driven above threshold in every step, a neuron fires every 1 + ceil(tau_refrac / dt) steps."""
    network = into(LIF(synapse="delta", tau_refrac=refractory), [[1000.0]], dt=dt)
    steps = spike_steps(network, spikes_at(50, 1, {t: [0] for t in range(50)}))
    assert steps == list(range(1, 50, 1 + held))


def test_delta_synapse_jumps_by_its_weight() -> None:
    network = into(LIF(tau_m=20.0, v_thresh=NEVER, synapse="delta"), [[3.0], [-1.0]], delay=2)
    v = voltages(network, spikes_at(10, 2, {1: [0], 4: [0, 1]}))[:, 0] + 65
    decay = math.exp(-1 / 20)
    expected = [0, 0, 0, *(3 * decay ** np.arange(3)), *((3 * decay**3 + 2) * decay ** np.arange(4))]
    np.testing.assert_allclose(v, expected, atol=1e-12)


@pytest.mark.parametrize("decay", ["exact", "euler"])
@pytest.mark.parametrize("dt", [0.1, 1.0])
@pytest.mark.parametrize("gain", ["jump", "charge"])
def test_charge_of_an_exponential_synapse(decay: Any, gain: Any, dt: float) -> None:
    """An integrating neuron of 1 nF ends at the charge: w tau where that is conserved, else the discrete sum."""
    tau, w = 5.0, 0.25
    semantics = replace(JUMP, synaptic_decay=decay, synaptic_gain=gain)
    neuron = IF(synapse="exponential", tau_syn_E=tau, v_thresh=NEVER, semantics=semantics)
    v = voltages(into(neuron, [[w]], dt=dt), spikes_at(int(200 / dt), 1, {0: [0]}))[-1, 0]
    exact = math.exp(-dt / tau)
    per_step = 1.0 if gain == "jump" else tau / dt * (1 - exact)
    keep = exact if decay == "exact" else 1 - dt / tau
    assert v == pytest.approx(w * per_step * dt / (1 - keep), rel=1e-9)
    if (decay, gain) in (("exact", "charge"), ("euler", "jump")):
        assert v == pytest.approx(w * tau, rel=1e-9)


def test_inhibitory_receptor_has_its_own_time_constant() -> None:
    neuron = IF(synapse="exponential", tau_syn_E=5.0, tau_syn_I=20.0, v_thresh=NEVER)
    for receptor, tau in (("excitatory", 5.0), ("inhibitory", 20.0)):
        v = voltages(into(neuron, [[0.5]], receptor=receptor), spikes_at(400, 1, {0: [0]}))
        assert v[-1, 0] == pytest.approx(0.5 * tau, rel=1e-6)


@pytest.mark.parametrize(("comparison", "expected"), [(">=", [1, 2, 3]), (">", [2])])
def test_greater_or_equal(comparison: Any, expected: list[int]) -> None:
    """1 mV a spike and a threshold of 1 mV, in float32 and float64: > needs two spikes."""
    neuron = IF(v_thresh=1.0, synapse="delta", semantics=replace(JUMP, comparison=comparison))
    network, inputs = into(neuron, [[1.0]]), spikes_at(4, 1, {0: [0], 1: [0], 2: [0]})
    assert spike_steps(network, inputs) == expected
    assert np.flatnonzero(simulate(network, inputs).spikes["neurons"].dense()[0, :, 0]).tolist() == expected


@pytest.mark.parametrize("delay", [1, 2, 7])
def test_delay_counts_whole_steps(delay: int) -> None:
    network = into(IF(v_thresh=1.0), [[1.0]], delay=delay)
    assert spike_steps(network, spikes_at(20, 1, {0: [0], 3: [0], 15: [0]})) == [
        t + delay for t in (0, 3, 15) if t + delay < 20
    ]


def test_delay_zero_arrives_in_its_own_step() -> None:
    neuron = IF(v_thresh=1.0, semantics=replace(JUMP, zero_delay=True))
    assert spike_steps(into(neuron, [[1.0]], delay=0), spikes_at(5, 1, {2: [0]})) == [2]


def test_a_chain_adds_its_delays() -> None:
    """Five neurons in a row: neuron k answers after the input delay and k times the chain's."""
    base = into(IF(v_thresh=1.0), np.eye(1, 5))
    links = Weights(values=np.ones(5), mask=np.ones(5, bool))
    populations = [Population(f"n{k}", (5,), IF(v_thresh=1.0)) for k in range(4)]
    names = ["neurons", *(p.name for p in populations)]
    chain = [Projection(f"c{k}", names[k], names[k + 1], OneToOne(), links, 3) for k in range(4)]
    network = replace(base, populations=(*base.populations, *populations), projections=(*base.projections, *chain))
    spikes = simulate(network, spikes_at(30, 1, {0: [0]})).spikes
    for k, name in enumerate(names):
        assert np.argwhere(spikes[name].dense()).tolist() == [[0, 1 + 3 * k, 0]]


def test_theta_raises_the_threshold_of_each_neuron() -> None:
    network = into(LIF(synapse="delta", theta=np.array([0.0, 1.0, 2.0])), [[16.0] * 3])
    spikes = simulate(network, spikes_at(3, 1, {0: [0]})).spikes["neurons"].counts()
    assert spikes.tolist() == [[1, 1, 0]]


def test_conductance_steady_state() -> None:
    """Implicit Euler's fixed point under input in every step: the weighted mean of the potentials."""
    neuron = ConductanceLIF(tau_m=20.0, cm=20.0, v_thresh=NEVER, tau_syn_E=1.0, tau_syn_I=1.0, e_rev_I=-90.0,
                            semantics=replace(JUMP, integrator="implicit_euler", synaptic_decay="euler"))  # fmt: skip
    network = into(neuron, [[3.0]])
    both = replace(network.projections[0], name="i", receptor="inhibitory", weights=Weights(values=np.array([[2.0]])))
    network = replace(network, projections=(*network.projections, both))
    v = voltages(network, spikes_at(2000, 1, {t: [0] for t in range(2000)}))[-1, 0]
    assert v == pytest.approx((1 * -65 + 3 * 0 + 2 * -90) / (1 + 3 + 2), rel=1e-9)


def test_inputs_that_do_not_fit_are_refused() -> None:
    network = into(LIF(), np.ones((3, 2)))
    for inputs in (silence(5, 2), {"other": silence(5, 3)}, {}):
        with pytest.raises(NeurodeployError, match="ND501"):
            simulate(network, inputs)


def test_inputs_of_different_lengths_are_refused() -> None:
    """Two samples of ten steps and four of five have equally many pointers, but are not the same batch."""
    network = into(LIF(), np.ones((1, 1)))
    second = replace(network.populations[0], name="more")
    link = replace(network.projections[0], name="more", source="more")
    network = replace(network, populations=(*network.populations, second), projections=(*network.projections, link))
    two, four = (SpikeBatch.from_dense(np.ones(shape, bool)) for shape in ((2, 10, 1), (4, 5, 1)))
    with pytest.raises(NeurodeployError, match="ND501"):
        simulate(network, {"input": two, "more": four})
