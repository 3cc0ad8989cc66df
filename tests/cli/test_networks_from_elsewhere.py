"""A network that came without encoder gets one, runs on the float simulator, and says NeuroBench's metrics."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import call

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


def said(*arguments: object) -> Any:
    """The JSON that a command prints."""
    result = call(*arguments, "--json")
    assert result.code == 0, result.err
    return json.loads(result.out)


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
    ],
)  # fmt: skip
def test_options_that_do_not_fit_are_wrong_usage(graph: Path, wrong: list[str], tmp_path: Path) -> None:
    result = call("import", graph, *wrong, "-o", tmp_path / "net.h5")
    assert result.code == 2 and not (tmp_path / "net.h5").exists()


def test_without_encoder_the_hint_says_how(graph: Path, tmp_path: Path) -> None:
    said("import", graph, "-o", tmp_path / "net.h5")
    result = call("run", tmp_path / "net.h5", "--data", "digits")
    assert result.code == 1 and "ND206" in result.err and "--encoder" in result.err
