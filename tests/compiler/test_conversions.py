"""Passes that make neurons what a target has: exact ones keep every spike, the others differ by what they state."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import into, random_spikes, spikes_at
from structured import convolutional, dense_spikes, potentials

from neurodeploy.compiler import Context, run_pipeline
from neurodeploy.compiler.passes.adopt_step_semantics import AdoptStepSemantics
from neurodeploy.compiler.passes.approximate_missing_leak import ApproximateMissingLeak
from neurodeploy.compiler.passes.convert_current_synapses import ConvertCurrentSynapses
from neurodeploy.compiler.passes.convert_late_resets import ConvertLateResets
from neurodeploy.compiler.passes.lengthen_delays import LengthenDelays
from neurodeploy.compiler.passes.match_decay_factors import MatchDecayFactors
from neurodeploy.compiler.passes.membrane import spike_charge
from neurodeploy.compiler.passes.set_capacitance import SetCapacitance
from neurodeploy.compiler.passes.split_weights_by_sign import SplitWeightsBySign
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import (
    IF,
    LIF,
    Convolution2d,
    Dense,
    Network,
    OneToOne,
    Population,
    Projection,
    Relay,
    SpikeSource,
    StepSemantics,
    Weights,
)

ZERO: dict[str, Any] = {"v_rest": 0.0, "v_reset": 0.0, "v_init": 0.0, "v_thresh": 1.0}


def random_net(neuron: Any, seed: int = 0, dt: float = 1.0) -> Network:
    weights = np.random.default_rng(seed).normal(0.2, 0.5, (12, 5))
    return into(neuron, weights, dt=dt)


@pytest.mark.parametrize("integrator", ["exact", "euler", "implicit_euler", "propagator"])
@pytest.mark.parametrize("per_neuron", [False, True])
def test_current_synapses_become_jumps(integrator: Any, per_neuron: bool) -> None:
    """A weight of w nA for one step is a jump of (1 - m) R w; a bias stays what it was."""
    tau = np.array([3.0, 5.0, 8.0, 13.0, 21.0]) if per_neuron else 5.0
    neuron = LIF(tau_m=tau, cm=4.0, synapse="current", i_offset=0.1, semantics=StepSemantics(integrator), **ZERO)
    network, inputs = random_net(neuron), random_spikes(3, 200, 12, 0.3)
    scaled = replace(network.projections[0], weights=network.projections[0].weights.scaled(8.0))
    network = network.with_projections(scaled)
    converted = run_pipeline([ConvertCurrentSynapses()], network, Context())
    assert dense_spikes(network, inputs, "neurons").sum() > 50
    np.testing.assert_allclose(
        potentials(converted, inputs, "neurons"), potentials(network, inputs, "neurons"), atol=1e-9
    )
    np.testing.assert_array_equal(dense_spikes(converted, inputs, "neurons"), dense_spikes(network, inputs, "neurons"))


def test_current_synapses_without_leak() -> None:
    network = into(IF(cm=4.0, synapse="current", v_thresh=10.0), [[8.0]], dt=0.5)
    converted = ConvertCurrentSynapses()(network, Context())
    assert converted.projections[0].weights.decoded().tolist() == [[1.0]]


@given(convolutional(relays=False), st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_conversions_of_convolutional_networks_keep_every_spike(network: Network, seed: int) -> None:
    """Structure shared by neurons of one time constant stays; Euler factors, signs and currents are converted exactly."""
    network = network.with_populations(*(
        replace(p, neuron=replace(p.neuron, semantics=replace(p.neuron.semantics, integrator="euler", synaptic_decay="euler")))
        for p in network.populations[1:]
    ))  # fmt: skip
    inputs = random_spikes(2, 25, network.populations[0].size, 0.3, seed)
    passes: list[Any] = [ConvertCurrentSynapses(), MatchDecayFactors(), SetCapacitance(), SplitWeightsBySign()]
    converted = run_pipeline(passes, network, Context())
    assert {p.connectivity.kind for p in converted.projections} == {"convolution2d", "pooling2d", "dense"}
    for name in ("middle", "pooled", "output"):
        np.testing.assert_allclose(potentials(converted, inputs, name), potentials(network, inputs, name), atol=1e-9)


@pytest.mark.parametrize("decay", ["exact", "euler"])
@pytest.mark.parametrize("gain", ["jump", "charge", "decayed", "euler"])
@pytest.mark.parametrize("integrator", ["euler", "implicit_euler"])
def test_matched_decay_factors_keep_every_spike(decay: Any, gain: Any, integrator: Any) -> None:
    semantics = StepSemantics(integrator, decay, gain)
    neuron = LIF(
        tau_m=5.0, cm=2.0, tau_syn_E=3.0, tau_syn_I=np.linspace(2, 6, 5), i_offset=0.1, semantics=semantics, **ZERO
    )
    network, inputs = random_net(neuron, 1), random_spikes(3, 200, 12, 0.3)
    inhibitory = replace(network.projections[0], name="inhibitory", receptor="inhibitory")
    network = replace(network, projections=(*network.projections, inhibitory))
    matched = MatchDecayFactors()(network, Context())
    changed: Any = matched.population("neurons").neuron
    assert changed.semantics.integrator == "exact" and changed.semantics.synaptic_decay == "exact"
    assert dense_spikes(network, inputs, "neurons").sum() > 50
    np.testing.assert_allclose(
        potentials(matched, inputs, "neurons"), potentials(network, inputs, "neurons"), atol=1e-9
    )
    assert MatchDecayFactors()(matched, Context()).digest() == matched.digest()


@pytest.mark.parametrize(("changes", "what"), [
    ({"tau_m": 1.0}, "tau_m is 1 ms in Euler steps of 1 ms, a decay factor of 0"),
    ({"tau_syn_I": 0.5}, "tau_syn_I is 0.5 ms in Euler steps of 1 ms, a decay factor of -1"),
])  # fmt: skip
def test_factors_without_a_time_constant_are_refused(changes: dict[str, float], what: str) -> None:
    neuron = replace(LIF(semantics=StepSemantics("euler", "euler")), **changes)
    with pytest.raises(NeurodeployError, match=f"ND404.*{what}"):
        MatchDecayFactors()(into(neuron, [[1.0]]), Context())


@pytest.mark.parametrize("refractory", [0.0, 1.0, 3.0])
@pytest.mark.parametrize("synapse", ["delta", "current", "exponential"])
def test_late_resets_become_refractory_steps(refractory: float, synapse: Any) -> None:
    late = StepSemantics(reset_timing="next_step")
    neuron = LIF(tau_m=5.0, cm=2.0, synapse=synapse, tau_refrac=refractory, i_offset=0.2, semantics=late, **ZERO)
    network, inputs = random_net(neuron), random_spikes(3, 300, 12, 0.4)
    converted = run_pipeline([ConvertLateResets()], network, Context())
    changed: Any = converted.population("neurons").neuron
    assert changed.tau_refrac == max(refractory, 1.0) and changed.semantics.reset_timing == "same_step"
    before = dense_spikes(network, inputs, "neurons")
    assert before.sum() > 50
    np.testing.assert_array_equal(dense_spikes(converted, inputs, "neurons"), before)


def test_late_subtraction_is_left_alone() -> None:
    neuron = LIF(reset="subtraction", semantics=StepSemantics(reset_timing="next_step"))
    network = into(neuron, [[1.0]])
    assert ConvertLateResets()(network, Context()).digest() == network.digest()


@pytest.mark.parametrize("synapse", ["delta", "current", "exponential"])
def test_a_missing_leak_is_approximated_within_what_is_stated(synapse: Any) -> None:
    """Below threshold v differs by less than 1 - exp(-steps / leak_steps) of the largest it has been."""
    neuron = IF(v_thresh=1e9, cm=2.0, synapse=synapse, i_offset=0.05)
    network, inputs, context = random_net(neuron), random_spikes(3, 100, 12, 0.3), Context()
    network = network.with_projections(replace(network.projections[0], weights=Weights(values=np.full((12, 5), 0.2))))
    changed = run_pipeline([ApproximateMissingLeak(1000)], network, context)
    exact, leaky = (potentials(n, inputs, "neurons") for n in (network, changed))
    assert np.abs(leaky[:, 0] - exact[:, 0]).max() < 1e-12, "the first step has nothing to leak"
    assert (leaky <= exact + 1e-12).all() and exact.max() > 10
    assert (exact - leaky).max() <= (1 - np.exp(-100 / 1000)) * exact.max()
    assert "not exact" in context.notes[0] and "0.10% of v in each step" in context.notes[0]


def layers(*delays: Any, semantics: StepSemantics | None = None) -> Network:
    """A chain of delta layers, a skip from the input to the last, and its spikes."""
    neuron = LIF(synapse="delta", tau_m=5.0, semantics=semantics or StepSemantics(zero_delay=True), **ZERO)
    rng = np.random.default_rng(4)
    names = ["input", *(f"layer{i}" for i in range(len(delays) - 1))]
    populations = tuple(Population(n, (6,), neuron if i else SpikeSource()) for i, n in enumerate(names))
    links = [*pairwise(names), (names[0], names[-1])]
    projections = tuple(
        Projection(f"p{i}", a, b, Dense(), Weights(values=rng.normal(0.4, 0.4, (6, 6))), d)
        for i, ((a, b), d) in enumerate(zip(links, delays, strict=True))
    )
    return Network(populations, projections, 1.0)


@pytest.mark.parametrize("skip", [0, 1, 2, "array"])
def test_paths_of_different_length_stay_together(skip: Any) -> None:
    """Zero delays become one step per layer, and the skip waits for the others: all comes a fixed number of steps later."""
    delay = np.random.default_rng(0).integers(0, 4, (6, 6)).astype(np.int32) if skip == "array" else skip
    network, inputs, context = layers(0, 0, 0, delay), random_spikes(3, 60, 6, 0.3), Context()
    later = run_pipeline([LengthenDelays(1)], network, context)
    assert all(p.shortest_delay >= 1 for p in later.projections)
    for name, shift in (("layer0", 1), ("layer1", 2), ("layer2", 3)):
        before = dense_spikes(network, inputs, name)
        assert before.sum() > 20
        np.testing.assert_array_equal(dense_spikes(later, inputs, name)[:, shift:], before[:, :-shift])
        assert f"'{name}' works {shift} steps ({shift} ms) later" in context.notes


def test_a_loop_is_retimed_where_its_delays_suffice() -> None:
    """Excitatory to inhibitory at once and back after two steps: one step each, the same spikes one step later."""
    network = layers(0, 0)
    back = Projection("back", "layer0", "layer1", OneToOne(), Weights(values=np.full(6, 1.0)), 0)
    home = Projection("home", "layer1", "layer0", Dense(), Weights(values=np.full((6, 6), -0.5)), 2)
    other = Population("layer1", (6,), network.populations[1].neuron)
    network = replace(
        network, populations=(*network.populations, other), projections=(network.projections[0], back, home)
    )
    inputs = random_spikes(3, 60, 6, 0.4)
    later = run_pipeline([LengthenDelays(1)], network, Context())
    assert [p.delay for p in later.projections] == [1, 1, 1]
    np.testing.assert_array_equal(
        dense_spikes(later, inputs, "layer0")[:, 1:], dense_spikes(network, inputs, "layer0")[:, :-1]
    )
    short = network.with_projections(replace(home, delay=1))
    context = Context()
    slower = run_pipeline([LengthenDelays(1)], short, context)
    assert [p.delay for p in slower.projections] == [1, 1, 1] and "a loop became slower" in context.notes[0]


@pytest.mark.parametrize("integrator", ["exact", "propagator"])
@pytest.mark.parametrize("gain", ["jump", "charge", "decayed", "euler"])
def test_the_charge_of_a_spike_is_what_a_neuron_without_leak_collects(integrator: Any, gain: Any) -> None:
    neuron = IF(
        synapse="exponential",
        tau_syn_E=3.0,
        cm=2.0,
        v_thresh=1e9,
        semantics=StepSemantics(integrator, synaptic_gain=gain),
    )
    end = potentials(into(neuron, [[1.0]], dt=0.5), spikes_at(400, 1, {0: [0]}), "neurons")[0, -1, 0]
    assert end == pytest.approx(spike_charge(neuron, 0.5)[0, 0] / 2.0, rel=1e-9)
    adopted = AdoptStepSemantics()(into(neuron, [[1.0]], dt=0.5), Context())
    assert potentials(adopted, spikes_at(400, 1, {0: [0]}), "neurons")[0, -1, 0] == pytest.approx(end, rel=1e-9)


def test_every_changed_field_is_reported() -> None:
    strange = StepSemantics("euler", "euler", "jump", ">", False, True, reset_timing="next_step")
    context = Context()
    AdoptStepSemantics()(into(LIF(semantics=strange), [[1.0]]), context)
    for text in ("reset_timing next_step -> same_step", "reset_keeps_synapses False -> True", "comparison > -> >=",
                 "zero_delay True -> False", "integrator euler -> exact"):  # fmt: skip
        assert text in context.notes[0]


def test_memoryless_neurons_survive_the_passes() -> None:
    network = into(Relay(), [[1.0]])
    for step in (
        ConvertLateResets(),
        MatchDecayFactors(),
        ConvertCurrentSynapses(),
        SetCapacitance(),
        ApproximateMissingLeak(),
    ):
        assert step(network, Context()).digest() == network.digest()


def test_a_kernel_shared_by_unlike_neurons_is_written_out() -> None:
    """Factors per neuron cannot stay in a kernel that all positions share."""
    kind = Convolution2d((2, 2))
    neuron = LIF(tau_m=np.linspace(2, 6, 9), synapse="current", cm=0.5, **ZERO)
    network = Network(
        (Population("input", (1, 4, 4), SpikeSource()), Population("neurons", (1, 3, 3), neuron)),
        (Projection("c", "input", "neurons", kind, Weights(values=np.ones((1, 1, 2, 2))), np.full((1, 1, 2, 2), 2, np.int32)),),
        1.0,
    )  # fmt: skip
    inputs = random_spikes(2, 50, 16, 0.2)
    converted = run_pipeline([ConvertCurrentSynapses()], network, Context())
    assert converted.projections[0].connectivity.kind == "sparse" and converted.projections[0].shortest_delay == 2
    np.testing.assert_allclose(
        potentials(converted, inputs, "neurons"), potentials(network, inputs, "neurons"), atol=1e-9
    )
