"""Parallel synapses become one cell."""

from __future__ import annotations

import numpy as np
from networks import into, random_spikes

from neurodeploy.compiler import Context
from neurodeploy.network import IF, Sparse, Weights
from neurodeploy.simulation import simulate
from neurodeploy.targets.crossbar.merge_parallel import MergeParallel


def test_weights_of_parallel_synapses_are_summed() -> None:
    rows = Sparse(np.array([0, 3, 3, 5]), np.array([2, 0, 2, 1, 1]))
    weights = Weights(codes=np.array([1, 2, 0, 2, 1], np.uint8), levels=np.array([0.0, 0.25, 0.5]))
    network, context = into(IF(), weights, connectivity=rows, size=3, sources=3), Context()
    merged = MergeParallel()(network, context).projection("synapses")
    assert isinstance(merged.connectivity, Sparse)
    assert merged.connectivity.indptr.tolist() == [0, 2, 2, 3] and merged.connectivity.indices.tolist() == [0, 2, 1]
    assert merged.weights.decoded().tolist() == [0.5, 0.25, 0.75]
    assert context.notes == ["'synapses': 2 parallel synapses merged into others (exact)"]
    inputs = random_spikes(3, 40, 3, 0.3)
    one, other = (simulate(n, inputs).spikes["neurons"] for n in (network, MergeParallel()(network, context)))
    assert one.total > 10 and np.array_equal(one.neurons, other.neurons)


def test_without_parallel_synapses_nothing_changes() -> None:
    rows = Sparse(np.array([0, 2, 3]), np.array([2, 0, 2]))
    network = into(IF(), np.ones(3), connectivity=rows, size=3, sources=2)
    assert MergeParallel()(network, Context()).projection("synapses") is network.projection("synapses")
