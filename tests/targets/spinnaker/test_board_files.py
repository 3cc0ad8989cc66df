"""The files for a board: the script needs nothing of neurodeploy, and says what we say."""

from __future__ import annotations

import ast
import json
import runpy
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from networks import digits_network, two_layer

from neurodeploy.compiler import compile_network, save_bundle
from neurodeploy.datasets import load_dataset
from neurodeploy.encoding import encode
from neurodeploy.network import ConductanceLIF
from neurodeploy.readout import classify


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compilation = compile_network(digits_network(), "spinnaker", {"mapping": "estimate"})
    return save_bundle(compilation, tmp_path_factory.mktemp("board") / "net.bundle")


@pytest.fixture(scope="module")
def script(bundle: Path) -> dict[str, Any]:
    return runpy.run_path(str(bundle / "run_on_board.py"), run_name="imported")


def test_imports_only_numpy_pynn_and_the_standard_library(bundle: Path) -> None:
    tree = ast.parse((bundle / "run_on_board.py").read_text())
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
    assert found - set(sys.stdlib_module_names) <= {"numpy", "pyNN", "spinn_utilities"}


def test_encoder_agrees_with_ours_statistically(script: dict[str, Any]) -> None:
    """Spikes per pixel over 60 samples: within 5 standard errors of each other and of the rates."""
    description, _ = script["load"]()
    data, network = load_dataset("digits", "test").limit(60), digits_network()
    indptr, neurons = script["encode"](data.images, description, 1)
    ours = encode(network, data)
    steps = description["encoder"]["steps"]
    assert len(indptr) == 60 * steps + 1 and indptr[-1] == len(neurons)
    probability = data.images / 16 * 127.5 * network.dt / 1000
    expected, variance = (probability * steps).sum(axis=0), (probability * (1 - probability) * steps).sum(axis=0)
    for found in (np.bincount(neurons, minlength=64), ours.counts().sum(axis=0)):
        assert np.all(np.abs(found - expected) <= 5 * np.sqrt(variance) + 1e-9)
    per_sample = np.diff(indptr[::steps])
    assert np.all(np.abs(per_sample - ours.counts().sum(axis=1)) <= 6 * np.sqrt(2 * (probability * steps).sum(axis=1)))


def test_regular_encoder_agrees_with_the_closed_form(script: dict[str, Any]) -> None:
    """Every pixel's spikes are the expected number, up or down to a whole one, and as far apart as its rate says."""
    description, _ = script["load"]()
    description["encoder"]["name"] = "regular"
    data, steps = load_dataset("digits", "test").limit(20), description["encoder"]["steps"]
    indptr, neurons = script["encode"](data.images, description, 1)
    dense = np.zeros((20 * steps, 64), bool)
    dense[np.repeat(np.arange(20 * steps), np.diff(indptr)), neurons] = True
    counts = dense.reshape(20, steps, 64).sum(axis=1)
    per_step = data.images / 16 * 127.5 * 0.5e-3
    assert dense.sum() == len(neurons) and np.all(np.abs(counts - per_step * steps) < 1)
    sample, pixel = np.argwhere(data.images == 16)[0]
    apart = np.diff(np.flatnonzero(dense.reshape(20, steps, 64)[sample, :, pixel]))
    assert set(apart) <= {15, 16}  # 1 / 0.06375 = 15.7
    description["encoder"]["name"] = "constant"
    with pytest.raises(SystemExit, match="'constant'.*--spikes"):
        script["encode"](data.images, description, 1)


class Train(list):  # type: ignore[type-arg]
    """A spike train in ms."""


def test_main_decodes_what_the_board_answers(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole script with a stand-in simulator that answers known spikes: counts, classes, period and times."""
    import types

    description = json.loads((bundle / "spinnaker.json").read_text())
    steps, dt = description["encoder"]["steps"], description["time_step_ms"]
    period = (steps + description["encoder"]["rest_steps"]) * dt
    rng = np.random.default_rng(0)
    counts = rng.integers(0, 4, (3, 100))
    trains = [[s * period + k * dt for s in range(3) for k in range(counts[s, n])] for n in range(100)]
    given: dict[str, Any] = {}

    class Population:
        def __init__(self, size: int, model: Any, **_: Any) -> None:
            self.size, self.model = size, model

        def initialize(self, v: Any) -> None:
            given["initial"] = v

        def record(self, _: str) -> None: ...
        def get_data(self, _: str) -> Any:
            return types.SimpleNamespace(segments=[types.SimpleNamespace(spiketrains=trains)])

    def source(times: Any) -> str:
        given["times"] = times
        return "source"

    fake = types.ModuleType("pyNN.spiNNaker")
    fake.__dict__.update(
        setup=lambda **kw: given.update(kw), Population=Population, SpikeSourceArray=source,
        IF_cond_exp=lambda **kw: kw, AllToAllConnector=lambda **_: None, StaticSynapse=lambda **_: None,
        FromListConnector=lambda rows, **_: given.update(rows=rows), Projection=lambda *_, **__: None,
        run=lambda ms: given.update(ms=ms), end=lambda: None,
    )  # fmt: skip
    holder = types.ModuleType("spinn_utilities.config_holder")
    holder.__dict__["get_config_bool"] = lambda *_: False
    parent = types.ModuleType("pyNN")
    parent.__dict__["spiNNaker"] = fake
    for name, module in (("pyNN", parent), ("pyNN.spiNNaker", fake), ("spinn_utilities.config_holder", holder),
                         ("spinn_utilities", types.ModuleType("spinn_utilities"))):  # fmt: skip
        monkeypatch.setitem(sys.modules, name, module)
    network, data = digits_network(), load_dataset("digits", "test").limit(3)
    inputs = encode(network, data)
    np.savez(tmp_path / "in.npz", indptr=inputs.indptr, neurons=inputs.neurons)
    np.save(tmp_path / "labels.npy", data.labels)
    arguments = ["--spikes", tmp_path / "in.npz", "--labels", tmp_path / "labels.npy", "--output", tmp_path / "out.npy"]
    monkeypatch.setattr(sys, "argv", ["run_on_board.py", *map(str, arguments)])
    runpy.run_path(str(bundle / "run_on_board.py"), run_name="__main__")
    np.testing.assert_array_equal(np.load(tmp_path / "out.npy"), counts)
    assert network.readout is not None
    predicted = classify(counts, network.readout)
    assert f"predicted classes: {predicted.tolist()}" in capsys.readouterr().out
    assert given["ms"] == pytest.approx(3 * period) and given["timestep"] == dt == 0.5
    dense = inputs.dense()
    for neuron in range(64):
        sample, step = np.nonzero(dense[:, :, neuron])
        np.testing.assert_allclose(np.sort(given["times"][neuron]), sample * period + step * dt)
    assert len(given["rows"]) == network.synapses(network.projections[0])
    model = network.population("excitatory").neuron
    assert isinstance(model, ConductanceLIF)
    np.testing.assert_array_equal(given["initial"], model.v_init)  # sPyNNaker's own default is -65 mV
    holder.__dict__["get_config_bool"] = lambda *_: True
    with pytest.raises(SystemExit, match="virtual_board = True: nothing would be computed"):
        runpy.run_path(str(bundle / "run_on_board.py"), run_name="__main__")


def test_description_is_what_the_network_says() -> None:
    from neurodeploy.targets.spinnaker.emission import describe
    from neurodeploy.targets.spinnaker.program import SpinnakerProgram

    program = compile_network(two_layer(), "spinnaker", {"mapping": "estimate"}).program
    assert isinstance(program, SpinnakerProgram)
    description, arrays = describe(program.mapping)
    assert description["time_scale_factor"] == 2 and description["inputs"] == [0] and description["outputs"] == [1]
    assert description["readout_labels"] == [0, 1, 2, 0, 1] and description["encoder"]["steps"] == 100
    assert arrays["w0"].shape == (60,) and arrays["indptr0"].tolist() == list(range(0, 61, 5))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--spikes", "none.npz"], "Cannot read '.*none.npz'.*indptr and neurons"),
        (["--spikes", "text.npz"], "Cannot read '.*text.npz'"),
        (["--spikes", "labels.npy"], "Cannot read '.*labels.npy'"),
        (["--spikes", "other.npz"], "Cannot read '.*other.npz'.*indptr and neurons"),
        (["--spikes", "short.npz"], "do not fit.*700 steps.*0 to 63"),
        (["--spikes", "large.npz"], "do not fit.*700 steps.*0 to 63"),
        (["--images", "none.npy"], "Cannot read '.*none.npy'"),
        (["--images", "other.npz"], "Cannot read '.*other.npz'"),
        (["--spikes", "good.npz", "--labels", "none.npy"], "Cannot read '.*none.npy'"),
        (["--spikes", "good.npz", "--labels", "labels.npy"], "2 labels for 1 samples"),
        (["--spikes", "good.npz", "--output", "no/counts.npy"], "Cannot write '.*counts.npy'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_files_that_are_not_there_end_in_one_line(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    """Before sPyNNaker is imported, let alone a board used."""
    (tmp_path / "text.npz").write_text("no arrays")
    np.save(tmp_path / "labels.npy", np.zeros(2))
    np.savez(tmp_path / "other.npz", spikes=np.zeros(2))
    nothing = np.zeros(0, np.int32)
    np.savez(tmp_path / "short.npz", indptr=np.zeros(700, np.int64), neurons=nothing)
    np.savez(tmp_path / "good.npz", indptr=np.zeros(701, np.int64), neurons=nothing)
    np.savez(tmp_path / "large.npz", indptr=np.minimum(np.arange(701), 1), neurons=np.array([64]))
    placed = [a if a.startswith("--") else str(tmp_path / a) for a in arguments]
    monkeypatch.setattr(sys, "argv", ["run_on_board.py", *placed])
    monkeypatch.setitem(sys.modules, "pyNN", None)  # importing it would raise an ImportError
    with pytest.raises(SystemExit, match=message) as caught:
        runpy.run_path(str(bundle / "run_on_board.py"), run_name="__main__")
    assert "\n" not in str(caught.value)
