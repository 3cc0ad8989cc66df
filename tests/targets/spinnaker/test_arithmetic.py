"""What s16.15 cannot hold is refused before it can compute something else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from networks import into

from neurodeploy.compiler import compile_network
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import LIF, Neuron, SpikeBatch
from neurodeploy.targets.spinnaker.firmware import run_on_model


def compiled(neuron: Neuron, weight: float = 0.1) -> Any:
    """One source onto two neurons."""
    return compile_network(into(neuron, np.full((1, 2), weight)), "spinnaker", {"mapping": "estimate"}).program


@pytest.mark.parametrize(
    ("neuron", "what"),
    [
        (LIF(tau_m=100.0, cm=0.001), "resistance"),
        (LIF(tau_m=7e4), "tau_m"),
        (LIF(tau_syn_E=1e-5), "tau_syn_E becomes 0"),
        (LIF(cm=1e-6), "cm becomes 0"),
        (LIF(v_rest=0.0, v_reset=0.0, v_init=0.0, v_thresh=1e-6), "threshold equals the reset"),
        (LIF(tau_m=40_000.0, cm=1000.0), "leak per step"),
        (LIF(tau_m=60.0, cm=0.01, i_offset=20.0), "overflows"),
    ],
)
def test_what_does_not_fit_is_named(neuron: Neuron, what: str) -> None:
    with pytest.raises(NeurodeployError, match=f"ND411.*{what}"):
        compiled(neuron)


def test_a_delta_synapse_jumps_by_its_weight_also_with_a_slow_leak() -> None:
    program = compiled(LIF(synapse="delta", tau_m=1000.0, cm=1.0, v_thresh=0.0), weight=5.0)
    spikes = SpikeBatch.from_dense(np.eye(1, 20)[None, :, :].reshape(1, 20, 1))
    voltage = next(iter(run_on_model(program.mapping, spikes, record_voltages=True).voltages.values()))
    assert voltage[0, 2, 0] - voltage[0, 1, 0] == pytest.approx(5.0, abs=0.02)
