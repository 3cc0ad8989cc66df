"""NeuroBench's metrics against numbers by hand."""

from dataclasses import replace

import numpy as np
import pytest
from networks import two_layer

from neurodeploy import api
from neurodeploy.costs.neurobench import connection_sparsity, neurobench
from neurodeploy.datasets import load_dataset
from neurodeploy.network import (
    LIF,
    Dense,
    Encoder,
    EventCounts,
    Network,
    Population,
    Projection,
    Readout,
    Relay,
    Sparse,
    SpikeSource,
    StepSemantics,
    Weights,
)

NEURON = LIF(synapse="delta", semantics=StepSemantics(zero_delay=True))


def chain(encoder: str = "poisson") -> Network:
    """4 -> 3 (dense, one weight absent and one zero) -> relay of 3 -> 2 (sparse, 4 bits)."""
    values = np.arange(12, dtype=np.float32).reshape(4, 3)
    mask = np.ones((4, 3), bool)
    mask[3, 2] = False
    rows = Sparse(np.array([0, 1, 2, 3]), np.array([0, 1, 0]))
    return Network(
        (
            Population("input", (4,), SpikeSource()), Population("hidden", (3,), NEURON), Population("sum", (3,), Relay()),
            Population("output", (2,), NEURON),
        ),
        (
            Projection("first", "input", "hidden", Dense(), Weights(values=values, mask=mask), 0),
            Projection("second", "hidden", "sum", Dense(), Weights(values=np.eye(3)), 0),
            Projection("third", "sum", "output", rows, Weights(codes=np.array([1, 15, 0]), levels=np.linspace(0, 1, 16)), 0),
        ),
        1.0, Encoder(encoder, 10, {"maximum_rate_hz": 100.0}),
    )  # fmt: skip


def test_by_hand() -> None:
    events = EventCounts(
        2, 10, {"input": 8, "hidden": 6, "sum": 6, "output": 1}, {"first": 24, "second": 18, "third": 6}, {},
        {"first": 20, "second": 6, "third": 4},
    )  # fmt: skip
    found = neurobench(chain(), events)
    # 12 + 9 + 3 stored weights; absent or zero: 2 + 6 + 1.
    assert found.connection_sparsity == pytest.approx(9 / 24) == pytest.approx(connection_sparsity(chain()))
    assert found.activation_sparsity == pytest.approx(1 - (6 + 1) / ((3 + 2) * 10 * 2))
    assert found.dense_operations == 10 * (12 + 9 + 3) and found.neuron_updates == 5 * 10
    assert found.effective_acs == (20 + 6) / 2 and found.effective_macs == 4 / 2  # what leaves the relay is graded
    first, second, third = 4 * 12 + 2, 4 * 9, 2 + 4 * 16 + 4 * (4 + 3)
    parameters = (
        12  # numbers of an LIF: tau_m, cm, 4 potentials, tau_refrac, 2 tau_syn, i_offset, theta, spikes per step
    )
    assert found.footprint_bytes == first + second + third + 4 * (2 * parameters + 3 + 2)
    assert set(found.as_dict()) == {
        "footprint", "connection_sparsity", "activation_sparsity", "synaptic_operations", "neuron_updates",
    }  # fmt: skip
    assert set(found.as_dict()["synaptic_operations"]) == {"Dense", "Effective_MACs", "Effective_ACs"}


def test_constant_input_is_multiplied() -> None:
    events = EventCounts(1, 10, {"input": 4}, {"first": 12, "second": 0, "third": 0})
    assert neurobench(chain("constant"), events).effective_macs == 12
    assert neurobench(chain("poisson"), events).effective_acs == 12


def test_every_inference_has_them() -> None:
    network = replace(two_layer(inputs=64, neurons=100), readout=Readout("excitatory", np.arange(100) % 10, 10))
    found = api.run(network, load_dataset("digits", "test").limit(5))
    spikes = found.events.spikes["excitatory"]
    steps = network.encoder.steps if network.encoder else 0
    assert found.neurobench.activation_sparsity == pytest.approx(1 - spikes / (5 * steps * 100))
    assert found.neurobench.effective_acs * 5 == pytest.approx(sum(found.events.effective_events.values()))
