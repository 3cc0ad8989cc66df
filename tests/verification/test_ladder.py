"""The fidelity ladder: distances by hand, missing rungs named, the same input on every rung."""

from __future__ import annotations

import numpy as np
import pytest
from networks import digits_network

from neurodeploy import api
from neurodeploy.compiler import compile_network
from neurodeploy.datasets import load_dataset
from neurodeploy.verification.ladder import _measured, climb, rungs_available, spike_distance


def test_spike_distance() -> None:
    one, other = np.array([[3, 0], [1, 4]]), np.array([[1, 1], [1, 6]])
    assert spike_distance(one, other) == 5 / 8 and spike_distance(one, one) == 0
    assert spike_distance(np.zeros((1, 2), int), np.array([[2, 1]])) == 3


@pytest.mark.parametrize("stages", [0, 1, 2])
def test_rungs_that_were_not_taken_say_so(stages: int) -> None:
    network = digits_network()
    if stages > 0:
        network = api.prune(network, "threshold", threshold=0.05)
    if stages > 1:
        network = api.quantize(network, levels=3)
    program = compile_network(network, "spinnaker", {"mapping": "estimate"}).program
    done: list[int] = []
    ladder = climb(program, load_dataset("digits", "test").limit(30), done.append)
    available = [rung.available for rung in ladder.rungs]
    assert available == [True, stages > 0, stages > 1, True, True, False]
    assert sum(done) == 30 * rungs_available(program) == 30 * sum(available)
    assert all(rung.why for rung in ladder.rungs if not rung.available)
    reference = api.run(digits_network(), "digits", limit=30)
    assert ladder.rung("float").accuracy == reference.accuracy
    assert ladder.rung("float").output_spikes == reference.counts.sum()
    # The model computes the lowered equations in 16 and 32 bits: who wins moves from spike to spike, the class hardly.
    model = ladder.rung("model")
    assert model.same_class is not None and model.same_class >= 0.8
    assert model.spike_distance is not None and 0 < model.spike_distance < 0.6


def test_removed_readout_neurons_have_no_spike_distance() -> None:
    network = digits_network()
    smaller = api.prune(network, "neurons", to_sparsity=0.2, remove=True, projections=["input_to_excitatory"])
    found = [api.run(each, "digits", limit=10) for each in (network, smaller)]
    rung = _measured("pruned", found[1], found[0])
    assert rung.spike_distance is None and rung.same_class is not None and smaller.population("excitatory").size == 80
