"""Expanded and folded networks compute what the structured ones do, synapse by synapse and spike by spike."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st
from network_strategies import circuits, networks
from networks import into, random_spikes, spikes_at
from structured import convolutional, dense_spikes, potentials

from neurodeploy.compiler import Context, run_pipeline
from neurodeploy.compiler.passes.expand_connectivity import ExpandConnectivity
from neurodeploy.compiler.passes.fold_relays import FoldRelays
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import (
    LIF,
    ConductanceLIF,
    Dense,
    LeakyIntegrator,
    Network,
    OneToOne,
    Pooling2d,
    Population,
    Projection,
    Readout,
    Relay,
    Sparse,
    SpikeSource,
    StepSemantics,
    Weights,
    problems,
)
from neurodeploy.simulation import build_plan, simulate

LAYERED = StepSemantics(zero_delay=True)


def synapses(network: Network, projection: Projection) -> list[tuple[int, int, float, int]]:
    """Every synapse: source, target, weight, delay."""
    rows = network.expand(projection)
    source = np.repeat(np.arange(len(rows.indptr) - 1), np.diff(rows.indptr))
    delay = np.broadcast_to(np.asarray(projection.delay), projection.weights.shape).ravel()[rows.stored]
    return sorted(zip(source.tolist(), rows.targets.tolist(), rows.values.tolist(), delay.tolist(), strict=True))


@given(st.one_of(networks(), convolutional()))
@settings(max_examples=60, deadline=None)
def test_expansion_keeps_every_synapse(network: Network) -> None:
    assume(not any(getattr(p.connectivity, "function", "") == "max" for p in network.projections))
    expanded = run_pipeline([ExpandConnectivity()], network, Context())
    assert all(isinstance(p.connectivity, Sparse) for p in expanded.projections)
    for before, after in zip(network.projections, expanded.projections, strict=True):
        assert synapses(expanded, after) == synapses(network, before)
        assert after.weights.quantized == before.weights.quantized
        assert (after.receptor, after.source, after.target) == (before.receptor, before.source, before.target)
    assert ExpandConnectivity()(expanded, Context()).digest() == expanded.digest()


@given(convolutional(), st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_expansion_keeps_every_spike(network: Network, seed: int) -> None:
    inputs = random_spikes(2, 25, network.populations[0].size, 0.3, seed)
    expanded = ExpandConnectivity()(network, Context())
    np.testing.assert_allclose(potentials(expanded, inputs, "output"), potentials(network, inputs, "output"), atol=1e-9)


def test_only_the_kinds_named_are_expanded() -> None:
    network = into(LIF(), np.ones((3, 2)))
    assert ExpandConnectivity(("convolution2d",))(network, Context()).digest() == network.digest()
    assert isinstance(ExpandConnectivity(("dense",))(network, Context()).projections[0].connectivity, Sparse)


def pooled(function: Any, **relay: Any) -> Network:
    """16 inputs, pooled by twos into a relay, into two neurons."""
    rng = np.random.default_rng(3)
    book = np.array([0.0, 0.25, 0.5, 0.75])
    return Network(
        (
            Population("input", (1, 4, 4), SpikeSource()), Population("relay", (1, 2, 2), Relay(**relay)),
            Population("neurons", (2,), LIF(synapse="delta", v_rest=0.0, v_reset=0.0, v_init=0.0, v_thresh=1.0, semantics=LAYERED)),
        ),
        (
            Projection("pool", "input", "relay", Pooling2d((2, 2), function), Weights(values=np.ones(1)), 0),
            Projection("dense", "relay", "neurons", Dense(), Weights(codes=rng.integers(0, 4, (4, 2)), levels=book), 0),
        ),
        1.0,
    )  # fmt: skip


@pytest.mark.parametrize("step", [ExpandConnectivity(), FoldRelays()], ids=str)
def test_max_pooling_is_refused_by_name(step: Any) -> None:
    with pytest.raises(NeurodeployError, match="ND208.*'pool' is a max pooling"):
        step(pooled("max"), Context())


@given(convolutional(), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_folding_keeps_every_spike(network: Network, seed: int) -> None:
    """Potentials agree to rounding, and so do the spikes; no relay is left, and each path of delays is a synapse."""
    assume(any(isinstance(p.neuron, Relay) for p in network.populations))
    inputs = random_spikes(2, 25, network.populations[0].size, 0.3, seed)
    folded = run_pipeline([FoldRelays()], network, Context())
    assert not any(isinstance(p.neuron, Relay) for p in folded.populations)
    np.testing.assert_allclose(potentials(folded, inputs, "output"), potentials(network, inputs, "output"), atol=1e-9)
    for population in folded.populations[1:]:
        np.testing.assert_array_equal(
            dense_spikes(folded, inputs, population.name), dense_spikes(network, inputs, population.name)
        )


def everything(network: Network, seed: int) -> dict[str, np.ndarray]:
    """Potentials of all neurons that are no relays, on random spikes of every source."""
    inputs = {p.name: random_spikes(2, 20, p.size, 0.3, seed) for p in network.sources}
    activity = simulate(network, inputs, plan=build_plan(network, np.float64), record_voltages=True)
    memoryless = {p.name for p in network.populations if isinstance(p.neuron, Relay)}
    return {name: v for name, v in activity.voltages.items() if name not in memoryless}


@given(circuits(), st.integers(0, 99))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
def test_folding_anything_that_can_be_folded(network: Network, seed: int) -> None:
    """Any circuit with relays (without bias): the same potentials to the float32 of graded events, or a refusal."""
    relays = [p for p in network.populations if isinstance(p.neuron, Relay)]
    assume(relays)
    network = network.with_populations(*(replace(p, neuron=replace(p.neuron, i_offset=0.0)) for p in relays))
    try:
        folded = run_pipeline([FoldRelays()], network, Context())
    except NeurodeployError as error:
        if error.code not in ("ND404", "ND208", "ND201"):
            raise
        reject()
    before, after = everything(network, seed), everything(folded, seed)
    assert before.keys() == after.keys()
    for name, values in before.items():
        np.testing.assert_allclose(
            after[name], values, rtol=1e-4, atol=1e-4 * max(1.0, float(np.abs(values).max(initial=0)))
        )


def test_codes_survive_pooling_without_overlap() -> None:
    folded = FoldRelays()(pooled("average"), Context())
    weights = folded.projections[0].weights
    assert weights.quantized and weights.levels is not None
    assert weights.levels.tolist() == [0.0, 0.0625, 0.125, 0.1875] and len(folded.projections) == 1


@pytest.mark.parametrize("synapse", ["delta", "current"])
@pytest.mark.parametrize("integrator", ["exact", "euler"])
def test_a_bias_moves_into_the_next_neurons(synapse: Any, integrator: Any) -> None:
    network = pooled("sum", i_offset=np.array([0.1, 0.0, -0.05, 0.2]))
    neuron: Any = replace(
        network.populations[2].neuron, synapse=synapse, semantics=replace(LAYERED, integrator=integrator), i_offset=0.01
    )
    network = network.with_populations(replace(network.populations[2], neuron=neuron))
    context, inputs = Context(), random_spikes(2, 40, 16, 0.05)
    folded = run_pipeline([FoldRelays()], network, context)
    assert "(exact)" in context.notes[0]
    np.testing.assert_allclose(potentials(folded, inputs, "neurons"), potentials(network, inputs, "neurons"), atol=1e-9)
    assert potentials(folded, spikes_at(40, 16, {}), "neurons").max() > 0


def test_a_bias_through_a_decaying_synapse_reaches_the_same_steady_state() -> None:
    network = pooled("sum", i_offset=0.1)
    neuron = LeakyIntegrator(tau_m=10.0, tau_syn_E=4.0, semantics=LAYERED)
    network = network.with_populations(replace(network.populations[2], neuron=neuron))
    context = Context()
    folded = run_pipeline([FoldRelays()], network, context)
    one, other = (potentials(n, spikes_at(400, 16, {}), "neurons")[0, -1] for n in (network, folded))
    np.testing.assert_allclose(other, one, rtol=1e-6)
    assert "instead of after the delay and the synapse's rise" in context.notes[0]


def test_several_relays_in_a_row_and_side_by_side() -> None:
    """input -> r1 -> r2 -> neurons and input -> r1 -> neurons: both paths become projections of the input."""
    base = into(
        LIF(synapse="delta", v_rest=0, v_reset=0, v_init=0, v_thresh=5.0, semantics=LAYERED), np.eye(3), delay=1
    )
    one = Weights(values=np.array([0.5, 1.0, 2.0]))
    relays = [Population(name, (3,), Relay()) for name in ("r1", "r2")]
    projections = [
        Projection("a", "input", "r1", OneToOne(), one, 1), Projection("b", "r1", "r2", OneToOne(), one, 2),
        Projection("c", "r2", "neurons", Dense(), Weights(values=np.ones((3, 3))), 0),
        Projection("d", "r1", "neurons", Dense(), Weights(values=np.ones((3, 3))), 0),
    ]  # fmt: skip
    network = replace(base, populations=(*base.populations, *relays), projections=tuple(projections))
    folded = run_pipeline([FoldRelays()], network, Context())
    assert {(p.source, p.target, p.delay) for p in folded.projections} == {
        ("input", "neurons", 3),
        ("input", "neurons", 1),
    }
    assert sorted(p.name for p in folded.projections) == ["a_b_c", "a_d"]
    inputs = random_spikes(1, 30, 3, 0.3)
    np.testing.assert_allclose(potentials(folded, inputs, "neurons"), potentials(network, inputs, "neurons"), atol=1e-9)


def test_weights_that_cancel_are_still_synapses() -> None:
    base = into(LIF(), np.ones((1, 1)), size=1)
    relay = Population("relay", (2,), Relay())
    projections = (
        Projection("a", "input", "relay", Dense(), Weights(values=np.array([[1.0, -1.0]])), 0),
        Projection("b", "relay", "neurons", Dense(), Weights(values=np.ones((2, 1))), 1),
    )
    folded = FoldRelays()(replace(base, populations=(*base.populations, relay), projections=projections), Context())
    assert folded.synapses(folded.projections[0]) == 1 and folded.projections[0].weights.decoded().tolist() == [0.0]


def test_relays_that_cannot_be_folded() -> None:
    network = pooled("sum")
    read = replace(network, readout=Readout("relay", np.zeros(4), 1, "potential"))
    with pytest.raises(NeurodeployError, match="ND404.*'relay' is a relay that is read out"):
        FoldRelays()(read, Context())
    loop = Projection("loop", "relay", "relay", OneToOne(), Weights(values=np.ones(4)), 1)
    with pytest.raises(NeurodeployError, match="ND404.*'relay' feeds back onto itself"):
        FoldRelays()(replace(network, projections=(*network.projections, loop)), Context())
    conductance = replace(network.populations[2], neuron=ConductanceLIF(semantics=LAYERED))
    biased = replace(network.populations[1], neuron=Relay(i_offset=0.5))
    with pytest.raises(NeurodeployError, match="ND404.*constant conductance of 'neurons'"):
        FoldRelays()(network.with_populations(conductance, biased), Context())
    assert problems(network) == []
