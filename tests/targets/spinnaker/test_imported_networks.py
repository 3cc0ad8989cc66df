"""Networks as other frameworks export them: compiled, compared with the firmware model, or refused with a way out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from networks import into, random_spikes, spikes_at

from neurodeploy.compiler import check_network, compile_network
from neurodeploy.datasets import load_dataset
from neurodeploy.encoding import encode
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import (
    IF,
    LIF,
    ConductanceLIF,
    Convolution2d,
    Dense,
    Encoder,
    Integrator,
    LateralInhibition,
    LeakyIntegrator,
    Network,
    OneToOne,
    Pooling2d,
    Population,
    Projection,
    Readout,
    Relay,
    SpikeBatch,
    SpikeSource,
    StepSemantics,
    Threshold,
    Weights,
)
from neurodeploy.simulation import build_plan, simulate
from neurodeploy.targets.spinnaker.emission import describe
from neurodeploy.targets.spinnaker.preflight import preflight
from neurodeploy.targets.spinnaker.program import SpinnakerProgram

ESTIMATE = {"mapping": "estimate"}
LAYERED = StepSemantics("euler", comparison=">", zero_delay=True)
"""As PyTorch frameworks step: beta = 1 - dt/tau_m, layers within a step."""


def leaky(**changes: Any) -> LIF:
    """A neuron around 0 with threshold 1, beta 0.8."""
    neuron = LIF(
        tau_m=5.0, cm=5.0, v_rest=0.0, v_reset=0.0, v_thresh=1.0, v_init=0.0, synapse="delta", semantics=LAYERED
    )
    return replace(neuron, **changes)


def convolutional(**changes: Any) -> Network:
    """8x8 digits -> convolution 3x3, 4 channels -> average pooling (a relay with a bias) -> dense, all with delay 0."""
    rng = np.random.default_rng(5)
    kind = Convolution2d((3, 3))
    hidden = Population("hidden", (4, 6, 6), leaky(**changes))
    gain = {"current": 5.0, "exponential": 2.0}.get(changes.get("synapse", ""), 1.0)
    return Network(
        (
            Population("input", (1, 8, 8), SpikeSource()), hidden,
            Population("pool", (4, 3, 3), Relay(i_offset=0.02)), Population("output", (10,), leaky(**changes)),
        ),
        (
            Projection("convolution", "input", "hidden", kind, Weights(values=gain * rng.normal(0.25, 0.4, (4, 1, 3, 3))), 0),
            Projection("pooling", "hidden", "pool", Pooling2d((2, 2), "average"), Weights(values=np.ones(1)), 0),
            Projection("dense", "pool", "output", Dense(), Weights(values=gain * rng.normal(0.3, 0.5, (36, 10))), 0),
        ),
        1.0,
        Encoder("poisson", 60, {"maximum_rate_hz": 200.0}, seed=3),
        Readout("output", np.arange(10), 10),
    )  # fmt: skip


def program_of(network: Network, **options: Any) -> SpinnakerProgram:
    program = compile_network(network, "spinnaker", {**ESTIMATE, **options}).program
    assert isinstance(program, SpinnakerProgram)
    return program


@pytest.mark.parametrize("changes", [
    {}, {"synapse": "current"}, {"synapse": "exponential", "tau_syn_E": 3.0, "tau_syn_I": 3.0},
    {"semantics": replace(LAYERED, reset_timing="next_step")}, {"tau_refrac": 2.0},
], ids=["delta", "current", "exponential", "late reset", "refractory"])  # fmt: skip
def test_a_convolutional_network_runs_like_its_reference(changes: dict[str, Any]) -> None:
    """Lowered reference: the same spikes as the network, one step later per layer (biases and `>` apart); the firmware
    model: spike counts within 2 % in all, and within 5 % of neurons by more than one spike."""
    network, data = convolutional(**changes), load_dataset("digits", "test").limit(20)
    program, inputs = program_of(network), encode(network, data)
    assert [p.name for p in program.lowered.populations] == ["input", "hidden", "output"]
    original = simulate(network, inputs, plan=build_plan(network, np.float64))
    lowered = simulate(program.lowered, inputs, plan=build_plan(program.lowered, np.float64))
    model = program.run(inputs, "model")
    hidden = [a.spikes["hidden"].dense() for a in (original, lowered)]
    assert hidden[0].sum() > 1000
    np.testing.assert_array_equal(hidden[1][:, 1:], hidden[0][:, :-1])
    for name in ("hidden", "output"):
        reference, chip = lowered.spikes[name].counts(), model.spikes[name].counts()
        assert reference.sum() > 500
        assert abs(chip.sum() / reference.sum() - 1) < 0.02
        assert np.mean(np.abs(chip - reference) > 1) < 0.05
    assert model.saturations["hidden"] == model.saturations["output"] == 0


def test_regular_input_spikes_reach_the_model_as_they_reach_the_reference() -> None:
    network = replace(convolutional(), encoder=Encoder("regular", 60, {"maximum_rate_hz": 200.0}, seed=3))
    inputs = encode(network, load_dataset("digits", "test").limit(20))
    program = program_of(network)
    reference, model = simulate(program.lowered, inputs), program.run(inputs, "model")
    assert model.spikes["input"].total == inputs.total > 1000
    totals = [activity.spikes["output"].total for activity in (reference, model)]
    assert totals[0] > 500 and abs(totals[1] / totals[0] - 1) < 0.02


def test_every_conversion_is_told() -> None:
    compilation = compile_network(convolutional(synapse="current"), "spinnaker", ESTIMATE)
    notes = "; ".join(compilation.context.notes)
    for text in ("relay 'pool' folded", "'hidden' works 1 steps (1 ms) later", "'output' works 2 steps (2 ms) later",
                 "currents of one step became jumps", "per euler step became tau_m = 4.48142", "comparison > -> >="):  # fmt: skip
        assert text in notes
    assert not any(usage.limit is not None and not usage.fits for usage in compilation.program.resources())


def test_delays_per_synapse_reach_rows_script_and_model() -> None:
    delays = np.array([[1, 4, 9]], np.int32)
    network = into(leaky(semantics=StepSemantics()), np.full((1, 3), 2.0))
    program = program_of(network.with_projections(replace(network.projections[0], delay=delays)))
    spikes = program.run(spikes_at(15, 1, {2: [0]}), "model").spikes["neurons"].dense()[0]
    assert np.argwhere(spikes).tolist() == [[3, 0], [6, 1], [11, 2]]
    description, arrays = describe(program.mapping)
    assert description["projections"][0]["delay_steps"] is None and arrays["delays0"].tolist() == [1, 4, 9]
    assert {u.name: u.used for u in preflight(program.mapping)}["longest delay"] == 9


def explicit_inhibition(inhibitory: int = 5) -> Network:
    """Excitatory neurons drive inhibitory ones one to one; these silence all the others."""
    network = into(leaky(semantics=StepSemantics()), np.random.default_rng(0).random((12, 5)))
    one, all_others = Weights(values=np.full(5, 2.0)), Weights(values=np.array([-1.5]))
    return replace(
        network,
        populations=(*network.populations, Population("inhibitory", (inhibitory,), leaky(semantics=StepSemantics()))),
        projections=(
            *network.projections, Projection("drive", "neurons", "inhibitory", OneToOne(), one, 1),
            Projection("silence", "inhibitory", "neurons", LateralInhibition(), all_others, 2),
        ),
    )  # fmt: skip


def test_inhibition_by_a_population_of_its_own() -> None:
    """Structured on the model, and the same written out as synapses: the same spikes and events; close to the reference."""
    network, inputs = explicit_inhibition(), random_spikes(4, 200, 12, 0.1)
    mask = ~np.eye(5, dtype=bool)
    dense = replace(
        network.projection("silence"), connectivity=Dense(), weights=Weights(values=np.where(mask, -1.5, 0), mask=mask)
    )
    one, other = (program_of(n, weight_bound="worst_case") for n in (network, network.with_projections(dense)))
    a, b = (p.run(inputs, "model") for p in (one, other))
    assert a.spikes["neurons"].total > 50
    np.testing.assert_array_equal(a.spikes["neurons"].neurons, b.spikes["neurons"].neurons)
    reference = simulate(network, inputs).spikes["neurons"].total
    assert a.spikes["neurons"].total == pytest.approx(reference, rel=0.05)
    assert [p.all_but_self for p in one.mapping.projections] == [False, False, True]


def test_lateral_inhibition_from_the_input() -> None:
    """Every input silences all neurons but its own: on the model as on the reference."""
    base = into(leaky(semantics=StepSemantics(), i_offset=2.0), np.zeros((4, 4)))
    lateral = Projection("lateral", "input", "neurons", LateralInhibition(), Weights(values=np.array([-0.5])), 1)
    network, inputs = replace(base, projections=(lateral,)), random_spikes(3, 100, 4, 0.2)
    program = program_of(network)
    model, reference = program.run(inputs, "model"), simulate(program.lowered, inputs)
    np.testing.assert_array_equal(model.spikes["neurons"].counts(), reference.spikes["neurons"].counts())
    np.testing.assert_array_equal(model.synaptic_events["lateral_inhibitory"], inputs.counts().sum(axis=1) * 3)


@pytest.mark.parametrize(("neuron", "what", "remedy"), [
    (IF(), "no integrate-and-fire neuron without leak", "--missing-leak-steps 1000"),
    (leaky(reset="subtraction"), "'neurons' resets by subtraction", "reset_mechanism='zero'"),
    (leaky(reset="subtraction", max_spikes_per_step=5), "'neurons' sends up to 5 spikes in a step", "one spike per step"),
        (leaky(reset="none"), "'neurons' resets not at all", "reset to a value"),
    (ConductanceLIF(reset="subtraction"), "'neurons' resets by subtraction", "reset to a value"),
    (Integrator(), "'neurons': its neurons do not spike", "threshold"),
    (LeakyIntegrator(), "'neurons': its neurons do not spike", "class_labels"),
    (Threshold(), "'neurons': sPyNNaker has no memoryless threshold", "LIF"),
    (LIF(semantics=StepSemantics(reset_keeps_synapses=False)), "'neurons' clears its synaptic currents", "delta"),
    (leaky(tau_m=0.5), "tau_m is 0.5 ms in Euler steps of 1 ms", "above the time step"),
])  # fmt: skip
def test_neurons_that_are_refused(neuron: Any, what: str, remedy: str) -> None:
    for refuse in (compile_network, check_network):
        with pytest.raises(NeurodeployError, match=f"ND404.*{what}") as caught:
            refuse(into(neuron, [[1.0]]), "spinnaker", ESTIMATE)
        assert remedy in str(caught.value)


def test_all_reasons_are_given_at_once() -> None:
    network = convolutional(reset="subtraction")
    maximum = replace(network.projections[1], connectivity=Pooling2d((2, 2), "max"))
    source = replace(network.populations[1], name="other", neuron=SpikeSource())
    network = replace(network.with_projections(maximum), populations=(*network.populations, source), encoder=None)
    network = network.with_populations(replace(network.population("pool"), neuron=leaky()))
    with pytest.raises(NeurodeployError, match="ND404") as caught:
        compile_network(network, "spinnaker", ESTIMATE)
    for text in ("2 spike sources", "'hidden' resets by subtraction", "'output' resets", "'pooling' is a max pooling"):
        assert text in str(caught.value)
    message = caught.value.message
    for reason, remedy in (
        ("2 spike sources, the SpiNNaker target takes one", "Join the sources into one population"),
        ("'hidden' resets by subtraction, sPyNNaker's neurons reset to a value", "Train with reset to a value"),
        ("'pooling' is a max pooling, which no sum of synapses computes", "Train with average or sum pooling"),
    ):
        assert f"{reason} ({remedy}" in message


def test_graded_input_is_refused() -> None:
    network = into(leaky(semantics=StepSemantics()), [[1.0]])
    constant = replace(network, encoder=Encoder("constant", 10))
    with pytest.raises(NeurodeployError, match="ND404.*encoder 'constant' presents graded values"):
        compile_network(constant, "spinnaker", ESTIMATE)
    frames = SpikeBatch.from_dense(np.full((1, 5, 1), 0.5), graded=True)
    with pytest.raises(NeurodeployError, match="ND501.*graded"):
        program_of(network).run(frames, "model")


def test_neurons_without_leak_on_request() -> None:
    """The remedy of the refusal works: the model's spikes are within a few percent of the network without leak."""
    network = into(IF(v_thresh=1.0), np.random.default_rng(0).normal(0.1, 0.2, (12, 5)))
    inputs = random_spikes(4, 200, 12, 0.2)
    program = program_of(network, missing_leak_steps=1000)
    exact, model = simulate(network, inputs), program.run(inputs, "model")
    assert exact.spikes["neurons"].total > 100
    assert model.spikes["neurons"].total == pytest.approx(exact.spikes["neurons"].total, rel=0.1)
    with pytest.raises(NeurodeployError, match="ND401.*missing_leak_steps is 1"):
        program_of(network, missing_leak_steps=1)


def test_a_cleared_delta_synapse_has_nothing_to_keep() -> None:
    network = into(leaky(semantics=StepSemantics(reset_keeps_synapses=False)), np.full((3, 2), 0.4))
    inputs = random_spikes(2, 50, 3, 0.5)
    program = program_of(network)
    np.testing.assert_array_equal(
        simulate(program.lowered, inputs).spikes["neurons"].dense(), simulate(network, inputs).spikes["neurons"].dense()
    )


def test_resources_of_a_network_that_does_not_fit() -> None:
    """The pre-flight answers for structure, too: a delay beyond the ring buffers and its layer are named."""
    network = convolutional()
    far = replace(network.projections[0], delay=np.full((4, 1, 3, 3), 300, np.int32))
    usages = {u.name: u for u in check_network(network.with_projections(far), "spinnaker", ESTIMATE)}
    assert not usages["longest delay"].fits and "convolution" in usages["longest delay"].where
