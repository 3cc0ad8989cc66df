"""SOPs of a training and of an inference."""

from __future__ import annotations

import pytest
from networks import digits_network

from neurodeploy.costs.synaptic_operations import inference_operations, training_operations
from neurodeploy.network import EventCounts


def test_training_counts_accumulations_and_updates() -> None:
    counters = {"synaptic_events": 900, "stdp_updates": 100, "input_spikes": 9, "output_spikes": 3, "repeats": 1}
    found = training_operations(counters, 4)
    assert found.sops == 1_000 and found.sops_per_image == 250 and found.as_dict()["sops_per_image"] == 250


def test_inference_leaves_lateral_inhibition_out() -> None:
    network = digits_network()
    events = EventCounts(
        4, 10, {"input": 40, "excitatory": 8}, {"input_to_excitatory": 600, "lateral_inhibition": 5000}
    )
    found = inference_operations(network, events)
    assert found["sops_per_image"] == 150 and found["weight_accumulations"] == {"input_to_excitatory": 600}
    assert found["spikes_per_image"]["excitatory"] == pytest.approx(2)
