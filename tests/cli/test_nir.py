"""neurodeploy import and export."""

from __future__ import annotations

import json
from pathlib import Path

import nir
import numpy as np
from command_line import call
from networks import into, two_layer
from nir_graphs import chain, lif

from neurodeploy.network import LIF, load_network, save_network


def test_import_and_export(tmp_path: Path) -> None:
    graph, first, again, second = (tmp_path / name for name in ("a.nir", "a.h5", "b.nir", "b.h5"))
    nir.write(graph, chain(nir.Linear(np.ones((4, 3), np.float32)), lif((4,)), shape=(3,)))
    result = call("import", graph, "--convention", "snntorch", "-o", first)
    assert result.code == 0 and "4 neurons, 12 synapses, steps of 0.1 ms" in result.out, result
    assert call("export", first, "-o", again).code == 0
    told = json.loads(call("import", again, "--json", "-o", second).out)
    assert told["populations"] == {"input": 3, "n1": 4} and told["synapses"] == 12
    assert first.read_bytes() == second.read_bytes()
    options = ("--dt", "2", "--reset", "value", "--reset-timing", "same_step", "--max-spikes-per-step", "1")
    assert call("import", graph, "--convention", "snntorch", *options, "-o", second).code == 0
    neuron = load_network(second).population("n1").neuron
    assert isinstance(neuron, LIF) and neuron.reset == "value" and load_network(second).dt == 2.0


def test_refusals_are_one_coded_message(tmp_path: Path) -> None:
    save_network(two_layer(), tmp_path / "net.h5")
    save_network(into(LIF(tau_refrac=2.0), [[1.0]]), tmp_path / "refractory.h5")
    out = tmp_path / "out.nir"
    cases = [
        (call("export", tmp_path / "net.h5", "-o", out), "ND232"),
        (call("export", tmp_path / "refractory.h5", "-o", out), "ND232"),
        (call("export", tmp_path / "none.h5", "-o", out), "ND101"),
        (call("import", tmp_path / "net.h5", "-o", out), "ND120"),
        (call("import", tmp_path / "none.nir", "-o", out), "ND101"),
        (call("import", tmp_path / "none.nir", "-o", tmp_path / "no" / "folder.h5"), "ND101"),
    ]
    for result, code in cases:
        assert result.code == 1 and result.err.startswith(code) and "Traceback" not in result.err, result
        assert not out.exists()
    told = json.loads(
        call("export", tmp_path / "refractory.h5", "--approximate", "refractory", "--json", "-o", out).out
    )
    assert told["remarks"] == ["other programs see no refractory period"]
    assert call("import", out, "-o", tmp_path / "back.h5").code == 0
    assert (tmp_path / "back.h5").read_bytes() == (tmp_path / "refractory.h5").read_bytes()
    assert call("export", tmp_path / "net.h5", "--approximate", "everything", "-o", out).code == 2
