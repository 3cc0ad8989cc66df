"""Networks to NIR and back: the same network from the metadata, the same spikes from the nodes alone."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from network_strategies import generators, networks, parameters, step_semantics, stored_weights
from networks import into, random_spikes, two_layer

from neurodeploy.errors import NeurodeployError
from neurodeploy.network import (
    IF,
    LIF,
    Connectivity,
    Convolution2d,
    Dense,
    Encoder,
    Integrator,
    LateralInhibition,
    LeakyIntegrator,
    Network,
    Neuron,
    OneToOne,
    Pooling2d,
    Population,
    Projection,
    Readout,
    Relay,
    Sparse,
    SpikeSource,
    StepSemantics,
    Threshold,
    Weights,
)
from neurodeploy.network.nir import export_nir, import_nir, to_nir
from neurodeploy.simulation import build_plan, simulate

FREE = StepSemantics(zero_delay=True)


def _exportable_semantics(leaky: bool) -> Any:
    integrators = ["exact", "euler", *(["implicit_euler", "propagator"] if leaky else [])]
    return step_semantics(integrators, keeps_synapses=st.just(True))


@st.composite
def nir_neurons(draw: Any, size: int) -> Neuron:
    """Any neuron that NIR has a node for."""
    parameter = parameters(draw, size)
    kind: Any = draw(st.sampled_from([IF, LIF, Integrator, LeakyIntegrator, Threshold]))
    if kind is Threshold:
        return Threshold(parameter(0.1, 1.0), parameter(-0.1, 0.1), semantics=draw(_exportable_semantics(False)))
    leaky = kind in (LIF, LeakyIntegrator)
    values: dict[str, Any] = {
        "cm": parameter(0.5, 4),
        "i_offset": parameter(-0.1, 0.1),
        "semantics": draw(_exportable_semantics(leaky)),
    }
    values["synapse"] = draw(st.sampled_from(["delta", "current", *(["exponential"] if leaky else [])]))
    values["v_init"] = parameter(-0.1, 0.1)
    if values["synapse"] == "exponential":
        values["tau_syn_E"] = values["tau_syn_I"] = parameter(1.5, 9.0)
    if leaky:
        values |= {"tau_m": parameter(2.5, 30.0), "v_rest": parameter(-0.1, 0.1)}
    if kind in (IF, LIF):
        values |= {"v_thresh": parameter(0.3, 0.8), "theta": parameter(0, 0.2), "v_reset": parameter(-0.2, 0.1)}
        values["reset"] = draw(st.sampled_from(["value", "subtraction"]))
        steps = values["semantics"]
        several = values["reset"] == "subtraction" and steps.reset_timing == "same_step" and steps.reset_keeps_synapses
        values["max_spikes_per_step"] = draw(st.sampled_from([1, 3])) if several else 1
    made: Neuron = kind(**values)
    return made


@st.composite
def exportable(draw: Any) -> Network:
    """A convolutional or dense stem, a population with recurrence, an output; weights of every kind."""
    rng = draw(generators)
    image = draw(st.booleans())
    shape = (2, 5, 6) if image else (draw(st.integers(1, 6)),)
    populations = [Population("input", shape, SpikeSource())]
    projections: list[Projection] = []

    def connect(name: str, source: Population, target: Population, kind: Connectivity, delay: Any = None) -> None:
        stored = kind.weights_shape(source.shape, target.shape)
        weights = draw(stored_weights(stored, kind.codebook_axis, -1.0))
        if isinstance(kind, Pooling2d):
            weights = Weights(values=np.array([draw(st.sampled_from([1.0, 0.5]))]))
        steps = draw(st.integers(0, 3)) if delay is None else delay
        projections.append(Projection(name, source.name, target.name, kind, weights, steps))

    if image:
        conv = Convolution2d((3, 3), draw(st.sampled_from([(1, 1), (2, 1)])), draw(st.sampled_from([0, 1])))
        hidden = Population("conv λ", conv.target_shape(shape, 3), SpikeSource())
        hidden = replace(hidden, neuron=draw(nir_neurons(hidden.size)))
        if draw(st.booleans()):  # one offset per channel is what a convolution can carry
            hidden = replace(hidden, neuron=replace(hidden.neuron, i_offset=0.0))
        populations.append(hidden)
        connect("stem", populations[0], hidden, conv)
        pool = Pooling2d((2, 2), draw(st.sampled_from(["sum", "average"])), (1, 1), draw(st.sampled_from([0, 1])))
        pooled = Population("pooled", pool.target_shape(hidden.shape), Relay(semantics=FREE))
        populations.append(pooled)
        connect("pool", hidden, pooled, pool)
    size = draw(st.integers(1, 4))
    middle = Population("middle", (size,), draw(nir_neurons(size)))
    populations.append(middle)
    connect("into", populations[-2], middle, Dense())
    recurrence = draw(st.sampled_from([None, "dense", "one_to_one", "sparse"]))
    if recurrence:
        sparse = Sparse(np.arange(size + 1), np.arange(size)[::-1])
        kinds: dict[str, Connectivity] = {"dense": Dense(), "one_to_one": OneToOne(), "sparse": sparse}
        connect("back", middle, middle, kinds[recurrence], draw(st.integers(1, 2)))
    last = Population("last", (size,), draw(nir_neurons(size)))
    populations.append(last)
    connect("out", middle, last, Dense(), None)
    if draw(st.booleans()):
        connect("skip", middle, last, OneToOne(), rng.integers(0, 3, size).astype(np.int32))
    readout = Readout(
        "last",
        np.arange(size),
        size,
        "potential" if isinstance(last.neuron, Integrator | LeakyIntegrator) else "class_labels",
    )
    encoder = draw(st.none() | st.just(Encoder("poisson", 20, {"maximum_rate_hz": 50.0}, 3)))
    return Network(
        tuple(populations), tuple(projections), draw(st.sampled_from([0.5, 1.0])), encoder, readout, {"a": [1, "λ"]}
    )


def exported(network: Network, **options: Any) -> Any:
    try:
        return to_nir(network, **options)[0]
    except NeurodeployError as error:
        assume(error.code != "ND232" or "i_offset" not in str(error))
        raise


@given(exportable())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_round_trip(network: Network) -> None:
    assert import_nir(exported(network)).digest() == network.digest()


@given(exportable())
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
def test_files_round_trip(network: Network) -> None:
    exported(network)  # or the example is passed over
    with tempfile.TemporaryDirectory() as folder:
        one, two = Path(folder) / "one.nir", Path(folder) / "two.nir"
        export_nir(network, one)
        export_nir(network, two)
        assert one.read_bytes() == two.read_bytes()
        assert import_nir(one).digest() == network.digest()
        assert import_nir(nir.read(one, type_check=False)).digest() == network.digest()


@given(exportable())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_nodes_alone_say_the_same(network: Network) -> None:
    """Read from the nodes (as if another program had changed them all), the network does the same, step by step."""
    graph = exported(network, dtype="float64")
    graph.metadata["neurodeploy_nodes"] = "{}"
    again = import_nir(graph)
    assert again.metadata["nir"]["changed_nodes"]
    inputs = random_spikes(3, 25, network.sources[0].size, 0.4)
    ours, theirs = (simulate(n, inputs, record_voltages=True, plan=build_plan(n, np.float64)) for n in (network, again))
    for population in network.populations[1:]:
        if population.name in theirs.spikes and not isinstance(population.neuron, Relay):
            name = population.name
            np.testing.assert_allclose(
                ours.spikes[name].dense().astype(float), theirs.spikes[name].dense().astype(float), atol=1e-5, rtol=1e-5
            )
            np.testing.assert_allclose(ours.voltages[name], theirs.voltages[name], atol=1e-5, rtol=1e-5)


@given(networks())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_network_comes_back_or_is_refused_by_name(network: Network) -> None:
    options: Any = {"expand": ["lateral_inhibition"], "approximate": ["refractory"]}
    if reasons := _refusal(network, options):
        names = [p.name for p in network.populations] + [p.name for p in network.projections]
        assert reasons.startswith("ND232") and any(f"'{name}'" in reasons for name in names)
        return
    graph, remarks = to_nir(network, **options)
    assert import_nir(graph).digest() == replace(network, ancestors=()).digest()
    assert bool(network.ancestors) == ("earlier stages of the network are not written" in remarks)


def _refusal(network: Network, options: Any) -> str:
    try:
        to_nir(network, **options)
    except NeurodeployError as error:
        return str(error)
    return ""


def test_everything_nir_cannot_say_is_listed_at_once() -> None:
    network = two_layer()
    with pytest.raises(NeurodeployError) as caught:
        to_nir(network)
    assert caught.value.code == "ND232"
    for needle in ("population 'excitatory'", "conductance", "projection 'lateral'", "--expand lateral_inhibition"):
        assert needle in str(caught.value)


REFUSED = {
    "refractory": (into(LIF(tau_refrac=2.0), [[1.0]]), "refractory"),
    "no reset": (into(LIF(reset="none"), [[1.0]]), "always reset"),
    "if with exponential synapses": (into(IF(synapse="exponential"), [[1.0]]), "without a leak"),
    "delays by target": (
        into(LIF(semantics=FREE), Weights(values=np.ones((2, 2))), delay=np.array([[1, 2], [1, 1]], np.int32)), "differ by target",
    ),
    "uneven padding": (
        Network((Population("a", (1, 4, 4), SpikeSource()), Population("b", (1, 3, 3), LIF())),
                (Projection("c", "a", "b", Convolution2d((3, 3), (1, 1), ((1, 0), (1, 0))), Weights(values=np.ones((1, 1, 3, 3)))),), 1.0),
        "pads both sides alike",
    ),
    "max pooling": (
        Network((Population("a", (1, 4, 4), SpikeSource()), Population("b", (1, 2, 2), LIF())),
                (Projection("c", "a", "b", Pooling2d((2, 2), "max"), Weights(values=np.ones(1))),), 1.0),
        "no max pooling",
    ),
    "reshape": (
        Network((Population("a", (16,), SpikeSource()), Population("b", (1, 4, 4), LIF()), Population("d", (1, 2, 2), LIF())),
                (Projection("c", "a", "b", Dense(), Weights(values=np.ones((16, 16)))),
                 Projection("e", "b", "d", Pooling2d((2, 2)), Weights(values=np.ones(1)))), 1.0),
        "cannot lay flat values out",
    ),
    "two time constants": (
        (lambda n: replace(n, projections=(*n.projections, replace(n.projections[0], name="inhibition", receptor="inhibitory"))))(
            into(LIF(tau_syn_E=2.0, tau_syn_I=4.0), [[1.0]])
        ),
        "different time constants",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused_by_name(case: str) -> None:
    network, reason = REFUSED[case]
    with pytest.raises(NeurodeployError, match=reason) as caught:
        to_nir(network)
    assert caught.value.code == "ND232" and "'" in caught.value.message


def test_approximations_and_expansions_come_back() -> None:
    network = into(LIF(tau_refrac=2.0, reset="none", tau_syn_I=5.0), [[1.0, 2.0], [0.5, 1.0]])
    lateral = Projection("lateral", "neurons", "neurons", LateralInhibition(), Weights(values=np.array([-0.5])), 1)
    network = replace(network, projections=(*network.projections, lateral))
    graph, remarks = to_nir(network, expand=["lateral_inhibition"], approximate=["refractory", "no_reset"])
    np.testing.assert_array_equal(graph.nodes["lateral"].weight, [[0, -0.5], [-0.5, 0]])
    assert "other programs see no refractory period" in remarks
    assert import_nir(graph).digest() == network.digest()
    with pytest.raises(NeurodeployError, match=r"ND232.*'conductances'.*refractory"):
        to_nir(network, approximate=["conductances"])


def test_changed_weights_are_not_overwritten_by_old_ones(tmp_path: Path) -> None:
    """Another program's weights count; mask, encoder and read-out stay as long as they fit, and the change is named."""
    mask = np.array([[True, False], [True, True]])
    network = into(LIF(tau_refrac=0.0, v_init=-60.0), Weights(values=np.array([[1.0, 0.0], [2.0, 3.0]]), mask=mask))
    network = replace(
        network, readout=Readout("neurons", np.array([1, 0]), 2), metadata={"data": "digits"}, stage="pruned"
    )
    export_nir(network, tmp_path / "n.nir")
    graph = nir.read(tmp_path / "n.nir")
    graph.nodes["synapses"].weight = graph.nodes["synapses"].weight * 2
    nir.write(tmp_path / "n.nir", graph)
    changed = import_nir(tmp_path / "n.nir")
    np.testing.assert_array_equal(changed.projection("synapses").weights.decoded(), [[2.0, 0.0], [4.0, 6.0]])
    np.testing.assert_array_equal(changed.projection("synapses").weights.present(), mask)
    assert changed.metadata["nir"]["changed_nodes"] == ["synapses"] and changed.metadata["data"] == "digits"
    assert changed.readout is not None and changed.readout.labels.tolist() == [1, 0] and changed.stage == "pruned"
    neuron = changed.population("neurons").neuron
    assert isinstance(neuron, LIF) and neuron.v_init == -60.0
    graph.nodes["synapses"].weight = np.full((2, 2), 5.0, np.float32)
    nir.write(tmp_path / "n.nir", graph)
    filled = import_nir(tmp_path / "n.nir")
    assert filled.projection("synapses").weights.mask is None
    assert filled.metadata["nir"]["dropped"] == ["mask or levels of projection 'synapses'"]


def test_quantized_weights_keep_codes_and_levels_unless_changed(tmp_path: Path) -> None:
    weights = Weights(codes=np.array([[0, 1], [2, 1]], np.uint8), levels=np.array([0.0, 0.5, 1.0]))
    network = into(LIF(), weights)
    export_nir(network, tmp_path / "n.nir")
    same = import_nir(tmp_path / "n.nir")
    assert same.digest() == network.digest() and same.projection("synapses").weights.quantized
    graph = nir.read(tmp_path / "n.nir")
    graph.nodes["synapses"].weight = graph.nodes["synapses"].weight + 0.25
    nir.write(tmp_path / "n.nir", graph)
    changed = import_nir(tmp_path / "n.nir")
    assert not changed.projection("synapses").weights.quantized
    assert changed.metadata["nir"]["dropped"] == ["mask or levels of projection 'synapses'"]


def test_metadata_that_is_not_ours_is_ignored() -> None:
    network = into(LIF(), [[1 / 3]])  # no float32: the exact array is in the metadata
    graph, _ = to_nir(network)
    for key, value in (("neurodeploy_network", "{"), ("neurodeploy_schema", 99), ("neurodeploy_arrays", "x")):
        damaged, _ = to_nir(network)
        damaged.metadata = {**graph.metadata, key: value}
        with pytest.raises(NeurodeployError, match="ND231"):
            import_nir(damaged)
        assert import_nir(damaged, convention="exact", dt=1.0).dt == 1.0


def test_the_weights_are_not_stored_twice(tmp_path: Path) -> None:
    values = np.random.default_rng(0).random((300, 300)).astype(np.float32)
    export_nir(into(LIF(), Weights(values=values)), tmp_path / "n.nir")
    assert (tmp_path / "n.nir").stat().st_size < 1.2 * values.nbytes
