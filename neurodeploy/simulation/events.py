"""Counting: synaptic events from spikes and fan-out, the same way for every executor."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from neurodeploy.network import LateralInhibition, Network, SpikeBatch
from neurodeploy.network.arrays import IntArray


def fan_out(network: Network) -> dict[str, IntArray]:
    """Synapses that exist on each source neuron, int64 ``(sources,)``, by projection name."""
    result: dict[str, IntArray] = {}
    for projection in network.projections:
        if isinstance(projection.connectivity, LateralInhibition):
            size = network.population(projection.source).size
            result[projection.name] = np.full(size, network.synapses(projection) // size, np.int64)
        else:
            result[projection.name] = np.diff(network.expand(projection).indptr)
    return result


def synaptic_events(network: Network, spikes: Mapping[str, SpikeBatch]) -> dict[str, IntArray]:
    """Synaptic events of each sample, int64 ``(samples,)``, by projection: every spike times its synapses that exist."""
    result: dict[str, IntArray] = {}
    for name, degree in fan_out(network).items():
        batch = spikes[network.projection(name).source]
        running = np.concatenate([[0], np.cumsum(degree[batch.neurons])])
        result[name] = np.diff(running[batch.indptr[:: batch.steps]]).astype(np.int64)
    return result
