"""NeuroBench's metric names for a network and what it did.

Source: Yik et al. 2025, "The neurobench framework for benchmarking neuromorphic computing algorithms and systems"
(Nature Communications 16:1545), section "Metrics": footprint, connection sparsity, activation sparsity and synaptic
operations (dense, effective MACs, effective ACs), the operations per sample.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from neurodeploy.network import (
    Convolution1d,
    Convolution2d,
    Dense,
    EventCounts,
    Network,
    Pooling2d,
    Projection,
    Relay,
    Sparse,
    SpikeSource,
    has_threshold,
    is_graded,
)

GRADED_INPUT = ("constant",)
"""Encoders whose events carry values: their operations are multiplications."""


@dataclass(frozen=True)
class NeurobenchMetrics:
    """Static metrics of a network and workload metrics of a run.

    ``footprint_bytes``: stored weights (float32, or packed codes and codebooks), masks of one bit, sparse indices,
    neuron parameters and states in float32. ``connection_sparsity``: share of weights that are absent or zero.
    ``activation_sparsity``: share of (neuron, step) pairs of computing layers without an output. Operations are means
    per sample over all its steps: ``dense_operations`` as if every neuron sent in every step through every weight,
    ``effective_macs`` of non-zero weights with graded input, ``effective_acs`` of non-zero weights with spikes;
    ``neuron_updates`` counts membranes stepped.
    """

    footprint_bytes: int
    connection_sparsity: float
    activation_sparsity: float
    dense_operations: float
    effective_macs: float
    effective_acs: float
    neuron_updates: float

    def as_dict(self) -> dict[str, Any]:
        """NeuroBench's names."""
        values = asdict(self)
        operations = {"Dense": "dense_operations", "Effective_MACs": "effective_macs", "Effective_ACs": "effective_acs"}
        return {
            "footprint": values["footprint_bytes"],
            "connection_sparsity": values["connection_sparsity"],
            "activation_sparsity": values["activation_sparsity"],
            "synaptic_operations": {name: values[field] for name, field in operations.items()},
            "neuron_updates": values["neuron_updates"],
        }


def neurobench(network: Network, events: EventCounts) -> NeurobenchMetrics:
    """Metrics of ``network`` over a run; ``events`` (``activity.event_counts()``) names its populations and projections.

    ``network`` is the one that ran: for a program its lowered network, in which a projection may be split by sign.
    """
    samples = max(events.samples, 1)
    macs = acs = dense = 0.0
    for projection in network.projections:
        effective = events.effective_events.get(projection.name, events.synaptic_events.get(projection.name, 0))
        if _sends_values(network, projection):
            macs += effective
        else:
            acs += effective
        every = np.ones(projection.weights.shape, bool)
        dense += float(network.fan_out(projection, every).sum()) * events.steps
    computing = [p for p in network.populations if not isinstance(p.neuron, SpikeSource | Relay)]
    sending = [p for p in computing if p.name in events.spikes and has_threshold(p.neuron)]
    pairs = sum(p.size for p in sending) * events.steps * samples
    sent = sum(events.spikes[p.name] for p in sending)
    return NeurobenchMetrics(
        sum(projection_bytes(p) for p in network.projections) + sum(_population_bytes(network, p.name) for p in computing),
        connection_sparsity(network), 1 - sent / pairs if pairs else 0.0,
        dense, macs / samples, acs / samples, float(sum(p.size for p in computing) * events.steps),
    )  # fmt: skip


def connection_sparsity(network: Network) -> float:
    """Share of stored weights of dense, sparse, one-to-one and convolutional projections that are absent or zero."""
    stored = [p.weights.decoded() for p in network.projections if not isinstance(p.connectivity, Pooling2d)]
    total = sum(values.size for values in stored)
    return 1 - sum(int(np.count_nonzero(values)) for values in stored) / total if total else 0.0


def projection_bytes(projection: Projection) -> int:
    """Bytes that the stored weights need: float32, or codes packed into whole bits with their codebook."""
    weights, kind = projection.weights, projection.connectivity
    count = int(np.prod(weights.shape))
    if weights.levels is not None:
        bits = max(1, int(np.ceil(np.log2(weights.levels.shape[-1]))))
        size = -(-count * bits // 8) + 4 * weights.levels.size
    else:
        size = 4 * count
    if weights.mask is not None and isinstance(kind, Dense | Convolution1d | Convolution2d):
        size += -(-count // 8)
    if isinstance(kind, Sparse):
        size += 4 * (len(kind.indptr) + len(kind.indices))
    if np.ndim(projection.delay):
        size += count
    return size


def _population_bytes(network: Network, name: str) -> int:
    """Parameters (4 bytes for each number given) and states (potential, and synapses that decay)."""
    population = network.population(name)
    numbers = [
        np.size(value)
        for value in (getattr(population.neuron, entry.name) for entry in fields(population.neuron))
        if isinstance(value, int | float | np.generic | np.ndarray)
    ]
    decaying = getattr(population.neuron, "synapse", "exponential") == "exponential"
    return 4 * (sum(numbers) + population.size * (3 if decaying else 1))


def _sends_values(network: Network, projection: Projection) -> bool:
    source = network.population(projection.source).neuron
    if isinstance(source, SpikeSource):
        return network.encoder is not None and network.encoder.name in GRADED_INPUT
    return is_graded(source)
