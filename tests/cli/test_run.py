"""``neurodeploy run`` and ``nd.run``: precision, and what is printed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import call, said
from networks import two_layer

import neurodeploy as nd
from neurodeploy.cli.run import MOST_PARTS, energy_rows
from neurodeploy.compiler import Program, compile_network, save_bundle
from neurodeploy.encoding import encode
from neurodeploy.network import (
    IF,
    Encoder,
    Network,
    OneToOne,
    Population,
    Projection,
    Readout,
    SpikeSource,
    StepSemantics,
    Weights,
    save_network,
)
from neurodeploy.simulation import build_plan, simulate

SAMPLES = 6


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network on digits, and its bundle."""
    at = tmp_path_factory.mktemp("made")
    network = two_layer(64, 5).with_metadata(data="digits")
    save_network(network, at / "net.h5")
    save_bundle(compile_network(network, "spinnaker", {"mapping": "estimate"}), at / "net.bundle")
    return at


def counting(steps: int = 10) -> Network:
    """A neuron per pixel that needs ten times 0.1 to spike: in float32 the sum is above 1, in float64 below."""
    neuron = IF(synapse="delta", v_reset=0.0, v_init=0.0, v_thresh=1.0,
                semantics=StepSemantics("euler", "euler", "jump", ">=", zero_delay=True))  # fmt: skip
    return Network(
        (Population("input", (64,), SpikeSource()), Population("output", (64,), neuron)),
        (Projection("pixels", "input", "output", OneToOne(), Weights(values=np.full(64, 0.1)), 0),),
        1.0, Encoder("constant", steps, {"amplitude": 1.0}), Readout("output", np.arange(64) % 10, 10),
    )  # fmt: skip


def test_precision_of_a_network(tmp_path: Path) -> None:
    network = counting()
    save_network(network, tmp_path / "net.h5")
    data = nd.load_dataset("digits", "test").limit(SAMPLES)
    spikes = {}
    for precision, dtype in (("float32", np.float32), ("float64", np.float64)):
        expected = simulate(network, encode(network, data), plan=build_plan(network, dtype)).spikes["output"].counts()
        found = nd.run(network, data, precision=precision)
        assert (found.counts == expected).all()
        told = said("run", tmp_path / "net.h5", "--data", "digits", "--limit", SAMPLES, "--precision", precision)
        assert told["spikes"]["output"] == expected.sum() and told["precision"] == precision
        spikes[precision] = expected.sum()
    assert spikes["float32"] > spikes["float64"]
    assert (
        said("run", tmp_path / "net.h5", "--data", "digits", "--limit", SAMPLES)["spikes"]["output"]
        == spikes["float32"]
    )
    with pytest.raises(nd.NeurodeployError, match="ND502.*float16"):
        nd.run(network, data, precision="float16")


def test_precision_of_a_bundle(made: Path) -> None:
    """The reference executor takes it, and keeps such runs apart; the firmware model has its own arithmetic."""
    how = ("run", made / "net.bundle", "--limit", SAMPLES)
    single = said(*how, "--executor", "reference")
    double = said(*how, "--executor", "reference", "--precision", "float64")
    assert single["precision"] is None and double["precision"] == "float64" and single["output"] != double["output"]
    program = nd.load(made / "net.bundle")
    data = nd.load_dataset("digits", "test").limit(SAMPLES)
    assert isinstance(program, Program)
    plan = build_plan(program.lowered, np.float64)
    expected = simulate(program.lowered, encode(program.network, data), plan=plan)
    assert double["spikes"]["excitatory"] == expected.spikes["excitatory"].total
    result = call(*how, "--precision", "float64")
    assert (
        result.code == 1 and result.err.startswith("ND502") and "'model'" in result.err and "'reference'" in result.err
    )


def test_effective_operations_are_shown(made: Path) -> None:
    """Of zero weights that exist there are synaptic events, but no effective operations."""
    told = said("run", made / "net.bundle", "--limit", SAMPLES)
    found = nd.run(nd.load(made / "net.bundle"), limit=SAMPLES)
    assert told["effective_events"] == dict(found.events.effective_events) and sum(told["effective_events"].values())
    shown = call("run", made / "net.bundle", "--limit", SAMPLES).out
    for name, total in told["effective_events"].items():
        assert f"effective operations of '{name}' {total:,}" in " ".join(shown.split())
    assert "after the target's passes" in shown
    assert "after the target's passes" not in call("run", made / "net.h5", "--limit", SAMPLES).out


def test_the_metrics_of_a_bare_simulation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example of the documentation, on weights of which a third is zero."""
    network = two_layer(64, 6)
    values = network.projections[0].weights.values.copy()
    values[::3] = 0
    network = network.with_projections(replace(network.projections[0], weights=Weights(values=values)))
    save_network(network, tmp_path / "net.h5")
    page = (Path(__file__).resolve().parents[2] / "docs" / "simulation.md").read_text("utf-8")
    example = page.split("```python\n")[1].split("```")[0]
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(compile(example, "simulation.md", "exec"), names)
    activity = names["activity"]
    first = activity.spikes["input"].counts().sum(axis=0) @ (values != 0).sum(axis=1)
    metrics = nd.neurobench(network, activity.event_counts())
    assert activity.effective_events["input_to_excitatory"].sum() == first > 0
    assert metrics.effective_acs == sum(int(n.sum()) for n in activity.effective_events.values()) / 3
    assert metrics.connection_sparsity == pytest.approx((values == 0).sum() / (values.size + 1))


@pytest.mark.parametrize("command", ["run", "verify"])
def test_more_samples_than_there_are_is_said(made: Path, command: str, tmp_path: Path) -> None:
    """To standard error, so that JSON stays JSON."""
    labels = np.zeros(3, np.uint8)
    images = np.full((3, 8, 8), 16, np.uint8)
    folder = tmp_path / "mnist"
    folder.mkdir()
    for prefix in ("train", "t10k"):
        for name, array in (("images-idx3", images), ("labels-idx1", labels)):
            header = bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
            (folder / f"{prefix}-{name}-ubyte.gz").write_bytes(header + array.tobytes())
    how = (command, made / "net.bundle", "--data", "mnist", "--data-dir", tmp_path, "--json", "--limit")
    more, exact = call(*how, 1000), call(*how, 3)
    assert more.code == exact.code == 0 and json.loads(more.out)["samples"] == json.loads(exact.out)["samples"] == 3
    assert exact.err == "" and len(more.err.strip().splitlines()) == 1
    assert "--limit is 1,000" in more.err and "only 3 samples" in more.err


def test_energy_has_a_row_for_each_part_the_largest_first_and_the_smallest_of_many_together() -> None:
    items = [{"part": f"part {k}", "joules": 2.0**k, "joules_range": [2.0**k, 2.0 ** (k + 1)]} for k in range(15)]
    cost = {
        "method": "arrays",
        "samples": 2,
        "items": items,
        "joules": 2.0**15 - 1,
        "joules_range": [2.0**15 - 1, 2.0**16],
    }
    rows = energy_rows([cost])
    assert [row[1] for row in rows[:2]] == ["part 14", "part 13"] and len(rows) == MOST_PARTS + 1
    assert rows[0] == ["arrays", "part 14", "8.19 kJ", "50.0 %", "8.19 kJ to 16.4 kJ"]
    assert rows[-2][1:3] == ["4 smaller parts", "7.5 J"] and rows[-1][1:4] == ["total", "16.4 kJ", ""]
