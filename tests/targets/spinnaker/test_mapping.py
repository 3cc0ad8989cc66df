"""Our own mapping: bounds by brute force, weights in 16 bits, refusals with a remedy that works."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import digits_network, into, random_spikes, spikes_at, two_layer

from neurodeploy import api
from neurodeploy.compiler import check_network, compile_network
from neurodeploy.datasets import load_dataset
from neurodeploy.encoding import encode
from neurodeploy.errors import NeurodeployError
from neurodeploy.firmware_models.spinnaker.weights import decode_weights
from neurodeploy.network import (
    IF,
    LIF,
    SPINNAKER,
    ConductanceLIF,
    Dense,
    Encoder,
    Network,
    OneToOne,
    Population,
    Projection,
    Weights,
)
from neurodeploy.targets.spinnaker import SpinnakerTarget
from neurodeploy.targets.spinnaker.mapping import map_network
from neurodeploy.targets.spinnaker.options import SpinnakerOptions
from neurodeploy.targets.spinnaker.preflight import estimate_cores
from neurodeploy.targets.spinnaker.program import SpinnakerProgram
from neurodeploy.targets.spinnaker.weight_bounds import summed_weight_bounds

ESTIMATE = {"mapping": "estimate"}


def program_of(network: Network, **options: Any) -> SpinnakerProgram:
    program = compile_network(network, "spinnaker", {**ESTIMATE, **options}).program
    assert isinstance(program, SpinnakerProgram)
    return program


def summed_input(network: Network, name: str, inputs: np.ndarray) -> float:
    """Largest sum of absolute excitatory weights that any neuron receives in one step, by brute force."""
    total = np.zeros((len(inputs), network.population(name).size))
    for projection in network.projections:
        if projection.target == name and projection.receptor == "excitatory":
            total += inputs @ np.abs(projection.weights.decoded())
    return float(total.max())


@given(st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_worst_case_bound_is_never_exceeded(seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights = rng.normal(0, 1, (8, 3))
    network = into(LIF(), weights)
    network = replace(network, projections=(*network.projections, replace(network.projections[0], name="again")))
    patterns = (np.arange(256)[:, None] >> np.arange(8)) & 1  # every possible step
    bound, inhibitory = summed_weight_bounds(network, network.population("neurons"), "worst_case")
    assert inhibitory == 0
    assert summed_input(network, "neurons", patterns) == pytest.approx(bound, rel=1e-12)


def test_statistical_bound_holds_in_a_million_steps_and_saves_bits() -> None:
    """784 inputs of at most 64 Hz in steps of 0.5 ms: the bound is far below the worst case, and holds."""
    rng = np.random.default_rng(0)
    network = replace(
        into(LIF(), rng.random((784, 1)), dt=0.5), encoder=Encoder("poisson", 1, {"maximum_rate_hz": 64.0})
    )
    population = network.population("neurons")
    statistical = summed_weight_bounds(network, population, "statistical")[0]
    worst = summed_weight_bounds(network, population, "worst_case")[0]
    weights = network.projections[0].weights.decoded()[:, 0]
    largest = max(float(((rng.random((20_000, 784)) < 0.032) @ weights).max()) for _ in range(10))
    assert largest < statistical < worst / 4
    assert statistical < 2 * largest  # a useful bound, too


def test_stored_weights_are_the_weights_rounded_to_the_resolution() -> None:
    program = program_of(two_layer(40, 10))
    for projection, report in zip(program.mapping.projections, program.mapping.weight_report, strict=True):
        target = program.mapping.populations[projection.target]
        shift = target.shifts[projection.receptor]
        back = decode_weights(projection.stored, shift, target.model)
        assert np.abs(back - np.abs(projection.weights)).max() <= report["resolution"] / 2 * (1 + 1e-9)
        assert 2.0**shift > target.summed_weight_bounds[projection.receptor] * 1024 >= 2.0 ** (shift - 1) or shift == 0


def test_models_of_the_three_neurons() -> None:
    for neuron, model in (
        (ConductanceLIF(), "IF_cond_exp"), (LIF(), "IF_curr_exp"), (LIF(synapse="delta"), "IF_curr_delta"),
    ):  # fmt: skip
        assert program_of(into(neuron, [[1.0, 0.5]])).mapping.populations[1].model == model


def test_a_delta_jump_on_the_firmware_model_is_the_weight_in_mv() -> None:
    network = into(LIF(synapse="delta", tau_m=20.0, cm=0.5, v_thresh=-40.0), [[3.0, -2.0, 0.75]])
    activity = _record(program_of(network), spikes_at(6, 1, {0: [0]}))
    # sPyNNaker records a potential before the step's update: the jump of step 1 shows in step 2.
    np.testing.assert_allclose(activity[2] - activity[1], [3.0, -2.0, 0.75], atol=0.01)


def _record(program: SpinnakerProgram, inputs: Any) -> np.ndarray:
    from neurodeploy.targets.spinnaker.firmware import run_on_model

    recorded: np.ndarray = run_on_model(program.mapping, inputs, record_voltages=True).voltages["neurons"][0]
    return recorded


def test_wrapped_weights_are_refused() -> None:
    """One weight far above what the declared bound leaves room for; sPyNNaker would wrap it silently."""
    network = replace(into(LIF(semantics=SPINNAKER), [[1.0]]))
    mapping = map_network(network, SpinnakerOptions(mapping="estimate"))
    assert mapping.projections[0].stored.max() <= 65535
    bound = mapping.populations[1].summed_weight_bounds[0]
    assert bound >= 1.0, "the bound covers the largest weight whatever the method"
    from neurodeploy.targets.spinnaker import mapping as module

    small = replace(mapping.populations[1], shifts=(0, 0))
    large = replace(network.projections[0], weights=Weights(values=np.array([[2.5]])))
    with pytest.raises(NeurodeployError, match="ND405.*largest weight is 2.5.*--weight-bound worst_case"):
        module._map_projection(network, large, small)


def test_weights_lost_to_zero_are_refused() -> None:
    weights = np.full((10, 1), 1e-9)
    weights[0] = 1000.0
    with pytest.raises(
        NeurodeployError, match="ND405.*9 of 10 weights are below the resolution.*--weight-bound statistical"
    ):
        program_of(into(LIF(), weights))


def test_lost_weights_are_kept_as_zeros_on_request() -> None:
    weights = np.full((10, 1), 1e-9)
    weights[0] = 1000.0
    mapping = program_of(into(LIF(), weights), lost_weights=0.9).mapping
    assert mapping.weight_report[0]["weights_lost_to_zero"] == 9
    assert len(mapping.projections[0].stored) == 10  # they stay in their rows
    with pytest.raises(NeurodeployError, match="ND405.*--lost-weights 1"):
        program_of(into(LIF(), weights), lost_weights=0.8)
    with pytest.raises(NeurodeployError, match="ND401.*lost_weights is 1.5"):
        program_of(into(LIF(), weights), lost_weights=1.5)


def test_lateral_inhibition_saturates_where_it_is_told_to() -> None:
    """Fifty neurons spike at once; ten that nothing excites must not, but rebound where the inhibition overshoots.

    One spike inhibits by 20 of a leak of 1 and tau_m = 100 ms: in a step of 0.5 ms of constant current 50 of them move the
    potential by five times its distance from the reversal potential, four (shift 7: 127 of the leak) by less than one.
    """
    network = two_layer(1, 60, lateral=20.0)
    drive = np.where(np.arange(60) < 50, 100.0, 0.0)[None].astype(np.float32)
    network = network.with_projections(
        replace(network.projections[0], weights=Weights(values=drive)), network.projections[1]
    )
    inputs = spikes_at(40, 1, {0: [0]})
    spikes, saturations = {}, {}
    for number in (31, 4):
        program = program_of(network, lateral_spikes=number)
        run = program.run(inputs, "model")
        spikes[number], saturations[number] = run.spikes["excitatory"].counts()[0], run.saturations["excitatory"]
        bound = program.mapping.populations[1].summed_weight_bounds[1]
        assert bound == pytest.approx(number * np.abs(program.mapping.projections[1].weights[0]))
    assert (spikes[4][:50] >= 1).all() and (spikes[31][:50] >= 1).all()
    assert spikes[31][50:].min() > 0 and spikes[4][50:].max() == 0
    assert saturations[4] > 0
    with pytest.raises(NeurodeployError, match="ND401.*lateral_spikes is 0"):
        program_of(network, lateral_spikes=0)


def test_a_few_lost_weights_are_counted() -> None:
    weights = np.full((200, 1), 1.0)
    weights[7] = 1e-9
    assert program_of(into(LIF(), weights)).mapping.weight_report[0]["weights_lost_to_zero"] == 1


def test_integrate_and_fire_is_refused() -> None:
    with pytest.raises(NeurodeployError, match="ND404.*'neurons'"):
        program_of(into(IF(), [[1.0]]))


def test_missing_spynnaker(monkeypatch: pytest.MonkeyPatch) -> None:
    from neurodeploy.targets.spinnaker import vendor_mapping

    monkeypatch.setattr(vendor_mapping, "spynnaker_installed", lambda: False)
    with pytest.raises(NeurodeployError, match="ND406.*pip install"):
        compile_network(two_layer(), "spinnaker")


def test_too_many_neurons_name_a_remedy_that_works() -> None:
    """901 cores of one neuron do not fit 759; two boards, as the error says, hold them."""
    network = into(LIF(), np.ones((1, 900)), sources=1)
    with pytest.raises(NeurodeployError, match="ND408.*901 of 759 cores") as caught:
        program_of(network, neurons_per_core=1)
    assert "--boards 2" in caught.value.hint
    assert all(usage.fits for usage in program_of(network, neurons_per_core=1, boards=2).resources())
    usages = {u.name: u for u in check_network(network, "spinnaker", {**ESTIMATE, "neurons_per_core": 1})}
    assert usages["cores"].used == 901 and not usages["cores"].fits


@pytest.mark.parametrize(("neurons", "per_core", "cores"), [(1, 256, 2), (256, 256, 2), (257, 256, 3), (100, 30, 5)])
def test_neurons_are_split_over_cores(neurons: int, per_core: int, cores: int) -> None:
    program = program_of(into(LIF(), np.ones((2, neurons))), neurons_per_core=per_core)
    estimate = estimate_cores(program.mapping)
    assert len(estimate) == cores == program.cores_and_chips()[0]
    assert sum(c.end - c.first for c in estimate if c.population == "neurons") == neurons


@pytest.mark.parametrize("delay", [255, 256])
def test_delays_beyond_the_ring_buffer(delay: int) -> None:
    network = into(LIF(), np.ones((1, 4)), delay=delay)
    if delay == 255:
        assert program_of(network).lowered.projections[0].delay == 255
    else:
        with pytest.raises(NeurodeployError, match="ND408.*longest delay: 256 of 255 steps"):
            program_of(network)


def test_pruned_synapses_take_no_memory() -> None:
    """A row is three words and a word per synapse, rows padded to the longest: 50 of 100 in each row save 50 words."""
    mask = np.zeros((200, 100), bool)
    mask[:, ::2] = True
    whole = into(LIF(), np.ones((200, 100)))
    half = into(LIF(), Weights(values=mask.astype(float), mask=mask))
    sdram = [max(c.sdram_bytes for c in estimate_cores(program_of(n).mapping)) for n in (whole, half)]
    assert sdram[0] - sdram[1] == 4 * 200 * 50


def test_same_spikes_with_structured_and_expanded_inhibition() -> None:
    network, inputs = two_layer(30, 8, lateral=2.0), random_spikes(3, 200, 30, 0.06)
    rows = network.expand(network.projections[1])
    mask = ~np.eye(8, dtype=bool)
    dense = replace(
        network.projections[1], connectivity=Dense(), weights=Weights(values=np.where(mask, 2.0, 0), mask=mask)
    )
    one, other = (
        program_of(network, weight_bound="worst_case"),
        program_of(network.with_projections(dense), weight_bound="worst_case"),
    )
    assert len(rows.values) == 56 and one.mapping.populations[1].shifts == other.mapping.populations[1].shifts
    a, b = (p.run(inputs, "model") for p in (one, other))
    assert a.spikes["excitatory"].total > 20
    np.testing.assert_array_equal(a.spikes["excitatory"].neurons, b.spikes["excitatory"].neurons)
    np.testing.assert_array_equal(a.synaptic_events["lateral"], b.synaptic_events["lateral"])


def test_the_model_decodes_digits_like_the_reference() -> None:
    small = api.quantize(api.prune(digits_network(), "threshold", threshold=0.05), levels=3)
    program, data = program_of(small), load_dataset("digits", "test").limit(100)
    reference, model = (api.run(program, data, executor=e) for e in ("reference", "model"))
    assert reference.accuracy > 0.6 and abs(reference.accuracy - model.accuracy) <= 0.03
    assert model.events.spikes["excitatory"] == pytest.approx(reference.events.spikes["excitatory"], rel=0.1)
    assert model.events.spikes["input"] == encode(small, data).total


@pytest.mark.parametrize("executor", ["board", "", "MODEL"])
def test_executors_that_are_not_there(executor: str) -> None:
    with pytest.raises(NeurodeployError, match="ND502"):
        program_of(two_layer()).run(random_spikes(1, 5, 12, 0.1), executor)


def test_dropped_inhibition_and_currents_change_the_lowered_network() -> None:
    dropped = program_of(two_layer(), lateral_inhibition="drop").lowered
    assert [p.name for p in dropped.projections] == ["input_to_excitatory"]
    current = program_of(two_layer(), synapses="current").lowered
    assert isinstance(current.population("excitatory").neuron, LIF)


def test_limits_of_the_boards_are_spinn_machines() -> None:
    limits = {v: SpinnakerTarget().spec(SpinnakerOptions(machine_version=v)) for v in (3, 5)}
    assert (limits[3]["chips"], limits[5]["chips"]) == (4, 48)
    version = pytest.importorskip("spinn_machine.version.version_5").Version5
    assert limits[5]["routing_entries_per_chip"] == 1023 and version is not None


def test_one_to_one_chain_arrives_after_its_delays_on_the_model() -> None:
    base = into(LIF(synapse="delta"), np.diag([30.0] * 4))
    second = Population("second", (4,), LIF(synapse="delta"))
    link = Projection("link", "neurons", "second", OneToOne(), Weights(values=np.full(4, 30.0)), 5)
    network = replace(base, populations=(*base.populations, second), projections=(*base.projections, link))
    activity = program_of(network).run(spikes_at(20, 4, {0: [0], 3: [2]}), "model")
    first, later = (np.argwhere(activity.spikes[n].dense()[0]).tolist() for n in ("neurons", "second"))
    assert [[t + 5, n] for t, n in first] == later and [n for _, n in first] == [0, 2]
