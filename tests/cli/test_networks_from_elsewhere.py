"""A network that came without encoder gets one, runs on the float simulator, and says NeuroBench's metrics."""

from pathlib import Path

import numpy as np
import pytest
from command_line import call, said

from neurodeploy.network import (
    LIF,
    Dense,
    Network,
    Population,
    Projection,
    Readout,
    SpikeSource,
    StepSemantics,
    Weights,
)
from neurodeploy.network.nir import export_nir

NEURON = LIF(synapse="delta", tau_m=9.5, v_rest=0.0, v_reset=0.0, v_init=0.0, v_thresh=1.0,
             semantics=StepSemantics("euler", "euler", "jump", ">", zero_delay=True))  # fmt: skip


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    weights = np.random.default_rng(0).normal(0, 0.3, (64, 10)).astype(np.float32)
    network = Network(
        (Population("input", (64,), SpikeSource()), Population("output", (10,), NEURON)),
        (Projection("synapses", "input", "output", Dense(), Weights(values=weights), 0),), 1.0,
        readout=Readout("output", np.arange(10), 10),
    )  # fmt: skip
    export_nir(network, tmp_path / "net.nir")
    return tmp_path / "net.nir"


@pytest.mark.parametrize(
    ("encoder", "kind"),
    [
        (["constant", "--amplitude", "2"], "Effective_MACs"),
        (["poisson", "--spike-probability", "0.5"], "Effective_ACs"),
        (["regular", "--spike-probability", "0.5", "--seed", "3"], "Effective_ACs"),
    ],
)
def test_import_run_and_inspect(graph: Path, encoder: list[str], kind: str, tmp_path: Path) -> None:
    net = tmp_path / "net.h5"
    said("import", graph, "--encoder", *encoder, "--steps", 12, "--data", "digits", "-o", net)
    found = said("run", net, "--limit", 20)
    assert found["executor"] == "reference" and found["samples"] == 20 and found["data"] == "digits"
    operations = found["neurobench"]["synaptic_operations"]
    assert operations["Dense"] == 12 * 640 and 0 < operations[kind] <= 12 * 640
    shown = said("inspect", net, "--samples", 20)
    assert shown["layers"][1]["activity"]["operations"] == pytest.approx(operations[kind])


@pytest.mark.parametrize(
    "wrong",
    [
        ["--encoder", "constant"], ["--steps", "5"], ["--encoder", "constant", "--steps", "5", "--seed", "1"],
        ["--encoder", "poisson", "--steps", "5", "--spike-probability", "1"], ["--amplitude", "2"],
        ["--encoder", "regular", "--steps", "5", "--amplitude", "2"],
    ],
)  # fmt: skip
def test_options_that_do_not_fit_are_wrong_usage(graph: Path, wrong: list[str], tmp_path: Path) -> None:
    result = call("import", graph, *wrong, "-o", tmp_path / "net.h5")
    assert result.code == 2 and not (tmp_path / "net.h5").exists()


def test_without_encoder_the_hint_says_how(graph: Path, tmp_path: Path) -> None:
    said("import", graph, "-o", tmp_path / "net.h5")
    result = call("run", tmp_path / "net.h5", "--data", "digits")
    assert result.code == 1 and "ND206" in result.err and "--encoder" in result.err


def test_an_import_that_stays_silent_is_warned_of(graph: Path, tmp_path: Path) -> None:
    """One step of weak input reaches no threshold; twelve of stronger input do."""
    net = tmp_path / "net.h5"
    how = ("import", graph, "--encoder", "constant", "--data", "digits", "-o", net)
    assert said(*how, "--steps", 12, "--amplitude", 2)["warnings"] == []
    silent = said(*how, "--steps", 1, "--amplitude", 0.01)["warnings"]
    assert len(silent) == 1 and "first 20 test samples of digits" in silent[0] and "--convention" in silent[0]
    shown = call(*how, "--steps", 1, "--amplitude", 0.01)
    assert shown.code == 0 and "No output spiked" in shown.out and net.exists()
    assert said("import", graph, "-o", net)["warnings"] == []


def test_an_import_for_another_data_set_is_warned_of(
    graph: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A set that is not here says nothing; one of other images does."""
    how = ("import", graph, "--encoder", "constant", "--steps", 5, "--data", "mnist", "-o", tmp_path / "net.h5")
    folder = tmp_path / "data" / "mnist"
    folder.mkdir(parents=True)
    monkeypatch.setenv("NEURODEPLOY_DATA", str(folder.parent))
    monkeypatch.setattr("neurodeploy.datasets.registry._cache", lambda: tmp_path / "cache")
    assert said(*how)["warnings"] == []
    for name, array in (("images-idx3", np.zeros((2, 28, 28), np.uint8)), ("labels-idx1", np.zeros(2, np.uint8))):
        header = bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
        for prefix in ("train", "t10k"):
            (folder / f"{prefix}-{name}-ubyte.gz").write_bytes(header + array.tobytes())
    (warning,) = said(*how)["warnings"]
    assert warning.startswith("ND305") and "784" in warning
