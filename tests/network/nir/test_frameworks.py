"""Networks trained and exported by other frameworks spike here as there; ours spike there as here.

More networks of more frameworks: benchmarks/framework_exchange.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest

from neurodeploy.network import (
    LIF,
    Dense,
    Network,
    Population,
    Projection,
    SpikeBatch,
    SpikeSource,
    StepSemantics,
    Weights,
)
from neurodeploy.network.nir import export_nir, import_nir
from neurodeploy.simulation import build_plan, simulate

torch = pytest.importorskip("torch")

NETWORKS = ["snntorch_dense_subtract", "snntorch_synaptic_zero", "norse_lif_box_seconds", "rockpool_lif_multi_spike"]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", NETWORKS)
def test_the_same_spikes_as_the_framework(name: str, tmp_path: Path) -> None:
    framework = name.split("_")[0]
    pytest.importorskip(framework)
    from framework_networks import framework_record

    record = framework_record(name)
    nir.write(tmp_path / "graph.nir", record.graph)
    reset: Any = "subtraction" if record.reset.startswith("subtract") else "value"
    network = import_nir(tmp_path / "graph.nir", convention=framework, dt=1e3 * record.time_step, reset=reset)
    inputs = record.inputs.reshape(*record.inputs.shape[:2], -1)
    activity = simulate(
        network, SpikeBatch.from_dense(inputs, graded=True), plan=build_plan(network, np.float64), record_voltages=True
    )
    for node, spikes in record.spikes.items():
        ours = activity.spikes[node].dense().astype(np.float32)
        # float32 there, float64 here: a potential within rounding of the threshold may fall on either side
        assert spikes.sum() > 100 and (ours != spikes).sum() <= 1e-3 * spikes.sum(), node


def ours(dt: float, gain: float) -> Network:
    """A dense network in what snnTorch and Norse read from NIR: forward Euler, v > 1, reset to 0 in the same step."""
    rng = np.random.default_rng(0)
    euler = StepSemantics("euler", "euler", "jump", ">", zero_delay=True)
    values: dict[str, Any] = {
        "tau_m": 10 * dt, "cm": 10 * dt / gain, "v_rest": 0.0, "v_reset": 0.0, "v_init": 0.0, "v_thresh": 1.0,
        "synapse": "current", "semantics": euler,
    }  # fmt: skip
    scale = 6 / gain
    return Network(
        (
            Population("input", (12,), SpikeSource()), Population("hidden", (20,), LIF(**values)),
            Population("last", (5,), LIF(**values, i_offset=rng.uniform(0, 0.3 * scale, 5))),
        ),
        (
            Projection("w1", "input", "hidden", Dense(), Weights(values=rng.normal(0, scale, (12, 20)).astype(np.float32)), 0),
            Projection("w2", "hidden", "last", Dense(), Weights(values=rng.normal(0, scale, (20, 5)).astype(np.float32)), 0),
        ),
        dt,
    )  # fmt: skip


def random_input() -> np.ndarray:
    return np.random.default_rng(1).random((4, 40, 12)) < 0.4


@pytest.mark.filterwarnings("ignore")
def test_our_network_in_snntorch(tmp_path: Path) -> None:
    snntorch = pytest.importorskip("snntorch")
    from snntorch.import_nir import import_from_nir

    network, spikes = ours(0.1, 10.0), random_input()
    export_nir(network, tmp_path / "ours.nir")
    module: Any = import_from_nir(nir.read(tmp_path / "ours.nir"))
    expected = simulate(network, SpikeBatch.from_dense(spikes)).spikes["last"]
    found = np.zeros((4, 40, 5))
    for layer in module.modules():
        if isinstance(layer, snntorch.SpikingNeuron):
            layer.reset_mem()
    for step in range(40):
        found[:, step] = module(torch.from_numpy(spikes[:, step].astype(np.float32)))[0].detach().numpy()
    assert expected.total > 50
    np.testing.assert_array_equal(found, expected.dense())


@pytest.mark.filterwarnings("ignore")
def test_our_network_in_norse(tmp_path: Path) -> None:
    norse = pytest.importorskip("norse.torch")
    network, spikes = ours(1.0, 1.0), random_input()
    export_nir(network, tmp_path / "ours.nir")
    module: Any = norse.from_nir(nir.read(tmp_path / "ours.nir"), dt=1e-3)
    state = None
    expected = simulate(network, SpikeBatch.from_dense(spikes)).spikes["last"]
    found = np.zeros((4, 40, 5))
    for step in range(40):
        output, state = module(torch.from_numpy(spikes[:, step].astype(np.float32)), state)
        found[:, step] = output.detach().numpy()
    assert expected.total > 50
    np.testing.assert_array_equal(found, expected.dense())
