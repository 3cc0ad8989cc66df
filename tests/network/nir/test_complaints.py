"""What users of NIR complain about: shapes, scalars, reset, time steps (NIR issues #70, #137, #176), and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import nir
import numpy as np
import pytest
from nir_graphs import chain, graph, lif

from neurodeploy.errors import NeurodeployError
from neurodeploy.network import IF, LIF, LeakyIntegrator, Network
from neurodeploy.network.nir import CONVENTIONS, import_nir


def weights(out: int, into: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(out, into)).astype(np.float32)


def imported(of: Any, **options: Any) -> Network:
    return import_nir(of, **{"convention": "norse", "dt": 1.0, **options})


def write(path: Path, nodes: dict[str, dict[str, Any]], edges: list[tuple[str, str]]) -> Path:
    """A file by h5py alone, so that it may hold what the nir package refuses to write."""
    with h5py.File(path, "w") as file:
        file["version"] = "1.0.4"
        root = file.create_group("node")
        root["type"] = "NIRGraph"
        root.create_dataset("edges", data=np.array(edges, dtype=object), dtype=h5py.string_dtype())
        for name, values in nodes.items():
            group = root.create_group(f"nodes/{name}")
            for key, value in values.items():
                group[key] = value
    return path


LINE = [("input", "w"), ("w", "n"), ("n", "output")]


def line(neuron: dict[str, Any], *, out: int = 4, shape: Any = (3,)) -> dict[str, dict[str, Any]]:
    return {
        "input": {"type": "Input", "shape": np.array(shape)}, "w": {"type": "Linear", "weight": weights(out, 3)},
        "n": neuron, "output": {"type": "Output", "shape": np.array([out])},
    }  # fmt: skip


def test_scalar_parameters_and_no_v_reset(tmp_path: Path) -> None:
    """snnTorch 0.9 wrote 0-d parameters and no v_reset; nir 1.0.8 refuses its shapes."""
    neuron = {"type": "LIF", "tau": np.float32(0.01), "r": 1.0, "v_leak": 0.0, "v_threshold": np.float32(1.0)}
    network = imported(write(tmp_path / "a.nir", line(neuron), LINE))
    found = network.population("n").neuron
    assert isinstance(found, LIF) and network.population("n").shape == (4,)
    assert found.tau_m == pytest.approx(10) and (found.v_thresh, found.v_reset) == (1.0, 0.0)


def test_scalars_beside_arrays() -> None:
    """One value for some parameters, one per neuron for others (the nir package's own check refuses them)."""
    node = lif((4,))
    node.tau, node.v_threshold = np.float32(0.01), np.array([1.0, 2.0, 3.0, 4.0])
    found = imported(chain(nir.Linear(weights(4, 3)), node, shape=(3,))).population("n1").neuron
    assert isinstance(found, LIF) and np.ndim(found.tau_m) == 0
    np.testing.assert_array_equal(found.v_thresh, [1, 2, 3, 4])


@pytest.mark.parametrize("shape", [(4,), (1, 4), (4, 1, 1), (1,), ()], ids=str)
def test_parameters_of_any_shape_that_has_one_reading(shape: tuple[int, ...]) -> None:
    network = imported(chain(nir.Linear(weights(4, 3)), lif(shape), shape=(3,)))
    assert network.population("n1").size == 4


def test_one_value_per_channel() -> None:
    conv = nir.Conv2d((5, 5), np.ones((2, 1, 3, 3), np.float32), 1, 0, 1, 1, np.zeros(2))
    node = lif((2, 1, 1))
    node.v_threshold = np.array([1.0, 2.0]).reshape(2, 1, 1)
    population = imported(chain(conv, node, shape=(1, 5, 5))).population("n1")
    assert population.shape == (2, 3, 3) and isinstance(population.neuron, LIF)
    np.testing.assert_array_equal(population.neuron.v_thresh, [1.0] * 9 + [2.0] * 9)


@pytest.mark.parametrize("shape", [(1, 3), (1, 1, 3)], ids=str)
def test_a_batch_axis_of_one_in_the_input(shape: tuple[int, ...]) -> None:
    assert imported(chain(nir.Linear(weights(4, 3)), lif((4,)), shape=shape)).sources[0].size == 3


def test_a_larger_batch_axis_is_named() -> None:
    with pytest.raises(NeurodeployError, match=r"ND230.*'n0'.*\(50, 3\).*batch"):
        imported(chain(nir.Linear(weights(4, 3)), lif((4,)), shape=(50, 3)))


def test_no_shapes_at_all(tmp_path: Path) -> None:
    """Norse and Sinabs leave out a convolution's input_shape, others the Input's shape or Flatten's input_type."""
    conv = {"type": "Conv2d", "weight": np.ones((2, 1, 3, 3), np.float32), "stride": 1, "padding": 0, "dilation": 1,
            "groups": 1, "bias": np.zeros(2)}  # fmt: skip
    nodes: dict[str, dict[str, Any]] = {
        "input": {"type": "Input", "shape": np.array([1, 5, 5])}, "conv": conv, "flat": {"type": "Flatten", "start_dim": 0, "end_dim": -1},
        "w": {"type": "Linear", "weight": weights(4, 18)}, "n": {"type": "IF", "r": 1.0, "v_threshold": 1.0},
        "output": {"type": "Output"},
    }  # fmt: skip
    edges = [("input", "conv"), ("conv", "flat"), ("flat", "w"), ("w", "n"), ("n", "output")]
    network = imported(write(tmp_path / "a.nir", nodes, edges))
    assert network.population("conv").shape == (2, 3, 3) and network.population("n").shape == (4,)
    del nodes["input"]["shape"]
    nodes["conv"]["input_shape"] = np.array([5, 5])
    assert imported(write(tmp_path / "b.nir", nodes, edges)).population("input").shape == (1, 5, 5)
    del nodes["conv"]["input_shape"]
    with pytest.raises(NeurodeployError, match=r"ND230.*'conv': its shape cannot be found out"):
        imported(write(tmp_path / "c.nir", nodes, edges))


@pytest.mark.parametrize(
    ("name", "reset"), [("snntorch", "subtraction"), ("norse", "value"), ("sinabs", "subtraction")]
)
def test_the_reset_is_the_frameworks_or_what_the_user_says(name: str, reset: str) -> None:
    of = chain(nir.Linear(weights(4, 3)), lif((4,), tau=2000.0), shape=(3,))
    neuron = import_nir(of, convention=name).population("n1").neuron
    assert isinstance(neuron, LIF) and neuron.reset == reset
    other = import_nir(of, convention=name, reset="value", reset_timing="next_step").population("n1").neuron
    assert isinstance(other, LIF) and (other.reset, other.semantics.reset_timing) == ("value", "next_step")


def test_the_time_step_is_the_exporters_or_what_the_user_says() -> None:
    of = chain(nir.Linear(weights(4, 3)), lif((4,)), shape=(3,))
    assert import_nir(of, convention="snntorch").dt == 0.1
    assert import_nir(of, convention="snntorch", dt=2.0).dt == 2.0
    for bad, code in (({"dt": 0.0}, "ND231"), ({"dt": float("nan")}, "ND231"), ({"dt": 20.0}, "ND230")):
        with pytest.raises(NeurodeployError, match=code):
            import_nir(of, convention="snntorch", **bad)
    with pytest.raises(NeurodeployError, match=r"ND231.*no time step of its own"):
        import_nir(of, convention="exact")


def test_a_step_longer_than_a_time_constant_is_named() -> None:
    of = chain(nir.Linear(weights(4, 3)), lif((4,), tau=0.0005), shape=(3,))
    with pytest.raises(NeurodeployError, match=r"ND230.*'n1': its tau is 0\.5 ms, shorter than the step of 1 ms"):
        imported(of)
    assert isinstance(import_nir(of, convention="exact", dt=1.0).population("n1").neuron, LIF)


def test_the_convention_must_be_named_unless_the_graph_does() -> None:
    of = chain(nir.Linear(weights(4, 3)), lif((4,)), shape=(3,))
    with pytest.raises(NeurodeployError, match="ND231") as caught:
        import_nir(of)
    assert all(name in str(caught.value) for name in CONVENTIONS)
    with pytest.raises(NeurodeployError, match=r"ND231.*'spam'"):
        import_nir(of, convention="spam")
    of.metadata = {"framework": "snnTorch"}
    assert import_nir(of).metadata["nir"]["convention"] == "snntorch"


def test_everything_that_cannot_come_in_is_listed_at_once(tmp_path: Path) -> None:
    nodes = line({"type": "Izhikevich", "a": 1.0})
    nodes |= {
        "w2": {"type": "Linear", "weight": weights(2, 7)},
        "m": {"type": "LIF", "tau": np.ones(3), "r": np.ones(2)},
    }
    edges = [*LINE, ("input", "w2"), ("w2", "m"), ("m", "ghost")]
    with pytest.raises(NeurodeployError) as caught:
        imported(write(tmp_path / "a.nir", nodes, edges))
    text = str(caught.value)
    assert caught.value.code == "ND230"
    for needle in ("'n': the primitive 'Izhikevich'", "'w2': its weight takes 7 values", "'ghost': edges name it"):
        assert needle in text, text


def _without_stride() -> nir.Conv2d:
    """A damaged file can say so; nir's own constructor cannot."""
    node = nir.Conv2d((5, 5), np.ones((3, 1, 5, 5)), 1, 0, 1, 1, np.zeros(3))
    node.stride = (0, 0)
    return node


MISFITS: dict[str, tuple[Any, str]] = {
    "shapes differ": (chain(nir.Linear(weights(4, 3)), nir.Threshold(np.ones(5)), shape=(3,)), r"'n1': its parameters have the shape \(5,\)"),
    "NaN": (chain(nir.Linear(weights(4, 3) * np.nan), lif((4,)), shape=(3,)), "'n0': 12 values of its weight are NaN"),
    "infinite tau": (chain(nir.Linear(weights(4, 3)), lif((4,), tau=np.inf), shape=(3,)), "'n1': its tau is infinite"),
    "negative r": (chain(nir.Linear(weights(4, 3)), lif((4,), r=-1.0), shape=(3,)), "'n1': its r is -1"),
    "negative tau": (chain(nir.Linear(weights(4, 3)), lif((4,), tau=-1.0), shape=(3,)), "'n1': its smallest tau is -1 s"),
    "groups": (
        chain(nir.Conv2d((5, 5), np.ones((3, 1, 3, 3)), 1, 0, 1, 2, np.zeros(3)), lif(), shape=(2, 5, 5)), "'n0': 2 groups do not divide",
    ),
    "kernel too large": (
        chain(nir.Conv2d((2, 2), np.ones((3, 1, 3, 3)), 1, 0, 1, 1, np.zeros(3)), lif(), shape=(1, 2, 2)), "'n0': its output would have",
    ),
    "no stride": (
        chain(_without_stride(), lif(), shape=(1, 5, 5)), r"'n0': kernel \(5, 5\), stride \(0, 0\)"),
    "same with stride": (
        chain(nir.Conv2d((5, 5), np.ones((3, 1, 3, 3)), 2, "same", 1, 1, np.zeros(3)), lif(), shape=(1, 5, 5)), "'n0': padding 'same' with stride",
    ),
    "batched weights": (chain(nir.Linear(np.ones((2, 4, 3))), lif((4,)), shape=(3,)), r"'n0': its weight has the shape \(2, 4, 3\)"),
    "negative delay": (chain(nir.Delay(np.array([-1.0, 0.0])), lif((2,)), shape=(2,)), "'n0': its delays run from -1"),
    "nothing flows in": (
        graph({"input": nir.Input(np.array([2])), "a": lif((2,)), "output": nir.Output(np.array([2])), "w": nir.Linear(np.ones((2, 2)))},
              [("input", "a"), ("a", "output"), ("w", "a")]), "'w': nothing flows into it",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", MISFITS)
def test_refused_by_name(case: str) -> None:
    of, reason = MISFITS[case]
    with pytest.raises(NeurodeployError, match=reason) as caught:
        imported(of)
    assert caught.value.code == "ND230"


def test_names_that_the_ir_cannot_have() -> None:
    nodes = {"input": nir.Input(np.array([2])), "a/b": lif((2,)), "output": nir.Output(np.array([2]))}
    network = imported(graph(nodes, [("input", "a/b"), ("a/b", "output")]))
    assert [p.name for p in network.populations] == ["input", "a_b"]


def test_an_integrate_and_fire_input_counts_per_step_or_per_second() -> None:
    """dv/dt = r I gains r dt per step; the PyTorch frameworks add r whatever dt is."""
    of = chain(nir.IF(r=np.full(2, 2.0), v_threshold=np.ones(2)), shape=(2,))
    per_second = import_nir(of, convention="euler", dt=0.5).population("n0").neuron
    per_step = import_nir(of, convention="sinabs").population("n0").neuron
    assert isinstance(per_second, IF) and 0.5 / np.asarray(per_second.cm) == pytest.approx(2.0 * 0.5e-3)
    assert isinstance(per_step, IF) and 1000.0 / np.asarray(per_step.cm) == pytest.approx(2.0)


def test_a_lone_node_is_a_graph(tmp_path: Path) -> None:
    """NIR files may hold a single node instead of a graph."""
    nir.write(tmp_path / "a.nir", nir.LI(tau=np.full(3, 0.01), r=np.ones(3), v_leak=np.zeros(3)))
    network = imported(tmp_path / "a.nir")
    assert isinstance(network.population("node").neuron, LeakyIntegrator)
