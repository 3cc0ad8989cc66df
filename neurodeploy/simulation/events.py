"""Counting: synaptic events from spikes and fan-out, the same way for every executor."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from neurodeploy.network import Network, SpikeBatch
from neurodeploy.network.arrays import IntArray


def synaptic_events(network: Network, spikes: Mapping[str, SpikeBatch]) -> dict[str, IntArray]:
    """Synaptic events of each sample, int64 ``(samples,)``, by projection: every spike times its synapses that exist."""
    return count_events(network, {p.name: network.fan_out(p) for p in network.projections}, spikes)


def effective_events(network: Network, spikes: Mapping[str, SpikeBatch]) -> dict[str, IntArray]:
    """The same, of synapses whose weight is not zero."""
    degrees = {p.name: network.fan_out(p, p.weights.decoded() != 0) for p in network.projections}
    return count_events(network, degrees, spikes)


def count_events(
    network: Network, fan_out: Mapping[str, IntArray], spikes: Mapping[str, SpikeBatch]
) -> dict[str, IntArray]:
    """Events of each sample by projection, given the synapses on each source neuron (``fan_out``, by projection)."""
    result: dict[str, IntArray] = {}
    for projection in network.projections:
        batch, degree = spikes[projection.source], fan_out[projection.name]
        running = np.concatenate([[0], np.cumsum(degree[batch.neurons])])
        ends = batch.indptr[:: batch.steps] if batch.steps else np.zeros(batch.samples + 1, np.int64)
        result[projection.name] = np.diff(running[ends]).astype(np.int64)
    return result
