"""Every primitive of NIR 1.0 against an interpreter of NIR's own equations (tests/helpers/nir_graphs.py)."""

from __future__ import annotations

from typing import Any

import nir
import numpy as np
import pytest
from nir_graphs import chain, graph, interpret, lif

from neurodeploy.errors import NeurodeployError
from neurodeploy.network import LIF, Network, Relay, SpikeBatch, SpikeSource, is_graded
from neurodeploy.network.nir import import_nir
from neurodeploy.simulation import build_plan, simulate

DT = 1e-3


def random(*shape: int, seed: int = 0, low: float = -1.0, high: float = 1.0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(low, high, shape)


def frames(shape: tuple[int, ...], steps: int = 30, seed: int = 5) -> np.ndarray:
    return random(steps, *shape, seed=seed, low=-0.5, high=1.5).astype(np.float32).astype(float)


def simulated(network: Network, inputs: np.ndarray | dict[str, np.ndarray]) -> Any:
    batches = {
        name: SpikeBatch.from_dense(values.reshape(1, len(values), -1), graded=True)
        for name, values in (inputs if isinstance(inputs, dict) else {network.sources[0].name: inputs}).items()
    }
    return simulate(network, batches, record_voltages=True, plan=build_plan(network, np.float64))


def assert_same(of: nir.NIRGraph, name: str, order: list[str], inputs: np.ndarray, **options: Any) -> Network:
    """The imported population ``name`` sends what the interpreter's node sends."""
    network = import_nir(of, convention="euler", dt=1e3 * DT, **options)
    activity, expected = simulated(network, inputs), interpret(of, inputs, DT, order)
    steps = len(inputs)
    graded = is_graded(
        network.population(name).neuron
    )  # sends only what somebody receives: its potential is that value
    found = activity.voltages[name][0] if graded else activity.spikes[name].dense()[0].astype(float)
    np.testing.assert_allclose(found, expected[name].reshape(steps, -1), atol=2e-6)
    if f"{name}.v" in expected:
        np.testing.assert_allclose(activity.voltages[name][0], expected[f"{name}.v"].reshape(steps, -1), atol=2e-6)
    return network


def cuba(shape: tuple[int, ...], spiking: bool = True) -> Any:
    values = {
        "tau_mem": random(*shape, seed=1, low=0.004, high=0.02), "tau_syn": random(*shape, seed=2, low=0.002, high=0.01),
        "r": random(*shape, seed=3, low=0.5, high=3), "v_leak": random(*shape, seed=4, low=-0.1, high=0.1),
        "w_in": random(*shape, seed=6, low=0.5, high=3),
    }  # fmt: skip
    if not spiking:
        return nir.CubaLI(**values)
    return nir.CubaLIF(**values, v_threshold=random(*shape, seed=7, low=0.1, high=0.3), v_reset=np.full(shape, -0.1))


def heterogeneous_lif(shape: tuple[int, ...]) -> nir.LIF:
    return nir.LIF(
        tau=random(*shape, seed=1, low=0.002, high=0.01), r=random(*shape, seed=2, low=0.5, high=3),
        v_leak=random(*shape, seed=3, low=-0.1, high=0.1), v_threshold=random(*shape, seed=4, low=0.2, high=0.5),
        v_reset=random(*shape, seed=5, low=-0.2, high=0.0),
    )  # fmt: skip


NEURONS = {
    "LIF": heterogeneous_lif((4,)),
    "LI": nir.LI(tau=random(4, low=0.002, high=0.01), r=random(4, low=1, high=2), v_leak=random(4)),
    "IF": nir.IF(r=random(4, low=100, high=300), v_threshold=random(4, low=0.2, high=0.5), v_reset=np.full(4, -0.1)),
    "I": nir.I(r=random(4, low=1, high=50)),
    "CubaLIF": cuba((4,)),
    "CubaLI": cuba((4,), spiking=False),
    "Threshold": nir.Threshold(threshold=random(4, low=0.0, high=0.7)),
}


@pytest.mark.parametrize("kind", NEURONS)
@pytest.mark.parametrize("biased", [False, True], ids=["Linear", "Affine"])
def test_neurons(kind: str, biased: bool) -> None:
    weight = random(4, 3, seed=8, high=2)
    operator = nir.Affine(weight, random(4, seed=9, low=0, high=0.4)) if biased else nir.Linear(weight)
    of = chain(operator, NEURONS[kind], shape=(3,))
    network = assert_same(of, "n1", ["input", "n0", "n1"], frames((3,)))
    assert network.readout is not None and network.readout.population == "n1"
    assert network.readout.name == ("potential" if kind in ("LI", "I", "CubaLI") else "class_labels")
    spiking = kind in ("LIF", "IF", "CubaLIF", "Threshold")
    if spiking:
        assert simulated(network, frames((3,))).spikes["n1"].total > 5


CONVOLUTIONS: dict[str, dict[str, Any]] = {
    "plain": {}, "stride": {"stride": (2, 1)}, "padding": {"padding": (1, 2)}, "same": {"padding": "same"},
    "valid": {"padding": "valid"}, "dilation": {"dilation": (2, 1), "padding": (2, 1)}, "groups": {"groups": 2},
    "same, even kernel": {"padding": "same", "kernel": (2, 4)}, "depthwise": {"groups": 4},
    "integers": {"stride": 2, "padding": 1},
}  # fmt: skip


@pytest.mark.parametrize("case", CONVOLUTIONS)
def test_conv2d(case: str) -> None:
    options: dict[str, Any] = {
        "stride": (1, 1),
        "padding": (0, 0),
        "dilation": (1, 1),
        "groups": 1,
        **CONVOLUTIONS[case],
    }
    kernel = options.pop("kernel", (3, 2))
    weight = random(4, 4 // options["groups"], *kernel, seed=3)
    conv = nir.Conv2d(input_shape=(6, 5), weight=weight, bias=random(4, seed=2), **options)
    of = chain(conv, lif(threshold=0.2), shape=(4, 6, 5))
    network = assert_same(of, "n1", ["input", "n0", "n1"], frames((4, 6, 5), 12))
    assert network.projections[0].connectivity.kind == "convolution2d"


@pytest.mark.parametrize(
    "options", [{}, {"stride": 2}, {"padding": 2, "dilation": 2}, {"padding": "same"}, {"groups": 2}], ids=str
)
def test_conv1d(options: dict[str, Any]) -> None:
    values: dict[str, Any] = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, **options}
    conv = nir.Conv1d(input_shape=9, weight=random(4, 2 // values["groups"], 3), bias=random(4, seed=1), **values)
    assert_same(chain(conv, lif(threshold=0.2), shape=(2, 9)), "n1", ["input", "n0", "n1"], frames((2, 9), 12))


@pytest.mark.parametrize("pool", [nir.SumPool2d, nir.AvgPool2d])
@pytest.mark.parametrize(
    ("kernel", "stride", "padding"), [((2, 2), (2, 2), (0, 0)), ((3, 2), (1, 2), (1, 1)), (2, 2, 0)]
)
def test_pooling(pool: Any, kernel: Any, stride: Any, padding: Any) -> None:
    node = pool(kernel_size=np.array(kernel), stride=np.array(stride), padding=np.array(padding))
    assert_same(chain(node, lif(threshold=0.3), shape=(2, 6, 5)), "n1", ["input", "n0", "n1"], frames((2, 6, 5), 12))


def test_scale_and_flatten_and_operators_in_a_row() -> None:
    """Operators without neurons between become relays, structured as they are; axes are not moved by Flatten."""
    pool = nir.AvgPool2d(kernel_size=np.array([2, 2]), stride=np.array([2, 2]), padding=np.array([0, 0]))
    conv = nir.Conv2d((2, 3), random(3, 2, 2, 2), 1, 0, 1, 1, random(3, seed=1))
    of = chain(
        pool, conv, nir.Scale(random(3, 1, 2)), nir.Flatten({"input": np.array([3, 1, 2])}, 0, -1),
        nir.Affine(random(5, 6), random(5)), nir.Linear(random(4, 5, seed=2)), lif((4,), threshold=0.1), shape=(2, 4, 6),
    )  # fmt: skip
    order = ["input", *(f"n{i}" for i in range(7))]
    network = assert_same(of, "n6", order, frames((2, 4, 6), 15))
    kinds = {p.name: (p.connectivity.kind, p.target) for p in network.projections}
    assert kinds == {
        "n0": ("pooling2d", "n0"), "n1": ("convolution2d", "n1"), "n2": ("one_to_one", "n2"), "n4": ("dense", "n4"),
        "n5": ("dense", "n6"),
    }  # fmt: skip
    assert all(p.delay == 0 for p in network.projections)
    for name in ("n0", "n1", "n2", "n4"):
        assert_same(of, name, order, frames((2, 4, 6), 5))


@pytest.mark.parametrize("delay", [np.full(3, 0.004), np.array([0.0, 0.002, 0.007])], ids=["one", "per neuron"])
@pytest.mark.parametrize("place", ["before", "after"])
def test_delay(delay: np.ndarray, place: str) -> None:
    operator = nir.Affine(random(3, 3, seed=8), random(3, seed=9))
    nodes = [nir.Delay(delay), operator] if place == "before" else [operator, nir.Delay(delay)]
    of = chain(*nodes, lif((3,), threshold=0.2), shape=(3,))
    network = assert_same(of, "n2", ["input", "n0", "n1", "n2"], frames((3,)))
    if place == "before" and np.ptp(delay) == 0:
        assert [(p.name, p.delay) for p in network.projections] == [("n1", 4)]


def test_delays_that_are_no_whole_steps() -> None:
    of = chain(nir.Delay(np.array([0.0014, 0.002])), lif((2,)), shape=(2,))
    with pytest.raises(NeurodeployError, match=r"ND230.*'n0'.*0\.4 steps of 1 ms.*round_delays"):
        import_nir(of, convention="euler", dt=1.0)
    network = import_nir(of, convention="euler", dt=1.0, round_delays=True)
    assert np.array_equal(network.projection("n0").delay, [1, 2])


def test_recurrence_gets_one_step_on_the_edge_that_goes_back() -> None:
    nodes = {
        "input": nir.Input(np.array([3])), "in": nir.Linear(random(4, 3)), "rec": nir.Affine(random(4, 4), random(4, seed=1)),
        "neurons": lif((4,), threshold=0.2), "output": nir.Output(np.array([4])),
    }  # fmt: skip
    edges = [("input", "in"), ("in", "neurons"), ("neurons", "rec"), ("rec", "neurons"), ("neurons", "output")]
    network = assert_same(graph(nodes, edges), "neurons", ["input", "in", "neurons", "rec"], frames((3,)))
    assert {p.name: p.delay for p in network.projections} == {"in": 0, "rec": 1}


def test_a_loop_over_two_populations() -> None:
    nodes = {
        "input": nir.Input(np.array([3])), "a": lif((3,), threshold=0.05), "b": lif((2,), threshold=0.02),
        "ab": nir.Linear(random(2, 3, seed=1)), "ba": nir.Linear(random(3, 2, seed=2)), "output": nir.Output(np.array([2])),
    }  # fmt: skip
    edges = [("input", "a"), ("a", "ab"), ("ab", "b"), ("b", "ba"), ("ba", "a"), ("b", "output")]
    network = assert_same(graph(nodes, edges), "b", ["input", "a", "ab", "b", "ba"], frames((3,)))
    assert {p.name: p.delay for p in network.projections} == {"input_to_a": 0, "ab": 0, "ba": 1}


def test_a_delay_in_a_loop_is_the_loops_delay() -> None:
    nodes = {
        "input": nir.Input(np.array([3])), "a": lif((3,), threshold=0.05), "hold": nir.Delay(np.full(3, 0.002)),
        "rec": nir.Linear(random(3, 3)), "output": nir.Output(np.array([3])),
    }  # fmt: skip
    edges = [("input", "a"), ("a", "hold"), ("hold", "rec"), ("rec", "a"), ("a", "output")]
    network = import_nir(graph(nodes, edges), convention="euler", dt=1.0)
    assert {p.name: p.delay for p in network.projections} == {"input_to_a": 0, "rec": 2}


def test_several_inputs_and_sums() -> None:
    nodes = {
        "x": nir.Input(np.array([3])), "y": nir.Input(np.array([2])), "wx": nir.Affine(random(4, 3), random(4, seed=5)),
        "wy": nir.Affine(random(4, 2), random(4, seed=6)), "n": lif((4,), threshold=0.1), "out": nir.Output(np.array([4])),
    }  # fmt: skip
    of = graph(nodes, [("x", "wx"), ("y", "wy"), ("wx", "n"), ("wy", "n"), ("n", "out")])
    network = import_nir(of, convention="euler", dt=1.0)
    assert sorted(p.name for p in network.sources) == ["x", "y"]
    given = {"x": frames((3,)), "y": frames((2,), seed=9)}
    found = simulated(network, given).voltages["n"][0]
    joined = chain(
        nir.Affine(np.hstack([nodes["wx"].weight, nodes["wy"].weight]), nodes["wx"].bias + nodes["wy"].bias),
        lif((4,), threshold=0.1), shape=(5,),
    )  # fmt: skip
    expected = interpret(joined, np.hstack([given["x"], given["y"]]), DT, ["input", "n0", "n1"])["n1.v"]
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_one_operator_into_two_populations_and_an_operator_fed_twice() -> None:
    nodes = {
        "input": nir.Input(np.array([3])), "w": nir.Linear(random(3, 3)), "a": lif((3,), threshold=0.05),
        "b": lif((3,), threshold=0.03), "u": nir.Linear(random(2, 3, seed=4)), "c": lif((2,), threshold=0.01),
        "output": nir.Output(np.array([2])),
    }  # fmt: skip
    edges = [("input", "w"), ("w", "a"), ("w", "b"), ("a", "u"), ("b", "u"), ("u", "c"), ("c", "output")]
    network = assert_same(graph(nodes, edges), "c", ["input", "w", "a", "b", "u", "c"], frames((3,)))
    assert isinstance(network.population("w").neuron, Relay)
    assert {p.name for p in network.projections if p.target == "c"} == {"u_from_a", "u_from_b"}


def test_a_linear_output_is_a_relay_read_by_its_potential() -> None:
    network = assert_same(chain(nir.Linear(random(2, 3)), shape=(3,)), "n0", ["input", "n0"], frames((3,)))
    assert network.readout is not None and (network.readout.name, network.readout.classes) == ("potential", 2)


def nested() -> nir.NIRGraph:
    inner = graph(
        {
            "input": nir.Input(np.array([4])), "output": nir.Output(np.array([4])), "lif": lif((4,), threshold=0.2),
            "w_rec": nir.Linear(random(4, 4, seed=3)),
        },
        [("input", "lif"), ("lif", "w_rec"), ("w_rec", "lif"), ("lif", "output")],
    )  # fmt: skip
    nodes = {
        "input": nir.Input(np.array([3])), "w": nir.Linear(random(4, 3)), "layer": inner,
        "u": nir.Linear(random(2, 4, seed=7)), "last": lif((2,), threshold=0.05), "output": nir.Output(np.array([2])),
    }  # fmt: skip
    return graph(nodes, [("input", "w"), ("w", "layer"), ("layer", "u"), ("u", "last"), ("last", "output")])


def test_nested_graphs_are_flattened() -> None:
    network = import_nir(nested(), convention="euler", dt=1.0)
    assert {p.name for p in network.populations} == {"input", "layer.lif", "last"}
    assert {p.name: p.delay for p in network.projections} == {"w": 0, "layer.w_rec": 1, "u": 0}
    flat_nodes = {**nested().nodes, **{f"layer.{k}": v for k, v in nested().nodes["layer"].nodes.items()}}
    flat_edges = [("input", "w"), ("w", "layer.lif"), ("layer.lif", "layer.w_rec"), ("layer.w_rec", "layer.lif"),
                  ("layer.lif", "u"), ("u", "last")]  # fmt: skip
    of, order = graph(flat_nodes, flat_edges), ["input", "w", "layer.lif", "layer.w_rec", "u", "last"]
    expected = interpret(of, frames((3,)), DT, order)
    found = simulated(network, frames((3,)))
    np.testing.assert_array_equal(found.spikes["last"].dense()[0], expected["last"])
    assert expected["last"].sum() > 3


def test_weights_are_stored_as_they_came() -> None:
    weight = random(4, 3).astype(np.float32)
    network = import_nir(chain(nir.Linear(weight), lif((4,)), shape=(3,)), convention="snntorch")
    stored = network.projection("n0").weights.values
    assert stored is not None and stored.dtype == np.float32
    np.testing.assert_array_equal(stored, weight.T)
    neuron = network.population("n1").neuron
    assert isinstance(neuron, LIF) and (neuron.tau_m, neuron.cm, neuron.synapse) == (10.0, 10.0, "current")
    assert isinstance(network.population("input").neuron, SpikeSource)
