"""One row per layer, as Keras' ``summary`` has it: a population with the synapses that end on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from neurodeploy.costs.neurobench import projection_bytes
from neurodeploy.inspection.activity import LayerActivity
from neurodeploy.network import Network, Projection
from neurodeploy.network.validation import evaluation_order


@dataclass(frozen=True)
class ProjectionSummary:
    """``possible``: synapses that its kind would have unpruned; ``levels`` None for float weights; ``unit`` of weights."""

    name: str
    kind: str
    source: str
    receptor: str
    synapses: int
    possible: int
    delay_steps: tuple[int, int]
    levels: int | None
    distinct_weights: int
    smallest: float
    largest: float
    unit: str
    bytes: int

    @property
    def sparsity(self) -> float:
        """Share of possible synapses that do not exist."""
        return 1 - self.synapses / self.possible if self.possible else 0.0


@dataclass(frozen=True)
class LayerSummary:
    """A population, what ends on it and, where samples were run, what it did."""

    name: str
    model: str
    shape: tuple[int, ...]
    neurons: int
    inputs: tuple[ProjectionSummary, ...]
    activity: LayerActivity | None

    @property
    def synapses(self) -> int:
        """Synapses that end on it."""
        return sum(entry.synapses for entry in self.inputs)

    @property
    def sparsity(self) -> float | None:
        """Share of possible synapses that do not exist; None where nothing ends."""
        possible = sum(entry.possible for entry in self.inputs)
        return 1 - self.synapses / possible if possible else None

    @property
    def bytes(self) -> int:
        """Bytes of the stored weights."""
        return sum(entry.bytes for entry in self.inputs)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**asdict(self), "synapses": self.synapses, "sparsity": self.sparsity, "bytes": self.bytes}


def summarise(network: Network, activity: Mapping[str, LayerActivity] | None = None) -> list[LayerSummary]:
    """Layers in the order in which a step evaluates them; ``activity`` by population, from :func:`measure`."""
    return [
        LayerSummary(
            population.name, type(population.neuron).__name__, population.shape, population.size,
            tuple(_projection(network, p) for p in network.projections if p.target == population.name),
            (activity or {}).get(population.name),
        )
        for population in evaluation_order(network)
    ]  # fmt: skip


def _projection(network: Network, projection: Projection) -> ProjectionSummary:
    weights = projection.weights
    values = weights.decoded()[weights.present()]
    return ProjectionSummary(
        projection.name, projection.connectivity.kind, projection.source, projection.receptor,
        network.synapses(projection), int(network.fan_out(projection, np.ones(weights.shape, bool)).sum()),
        (min(projection.shortest_delay, projection.longest_delay), projection.longest_delay),
        None if weights.levels is None else int(weights.levels.shape[-1]), len(np.unique(values)),
        float(values.min()) if values.size else 0.0, float(values.max()) if values.size else 0.0,
        _unit(network, projection), projection_bytes(projection),
    )  # fmt: skip


def _unit(network: Network, projection: Projection) -> str:
    neuron = network.population(projection.target).neuron
    if neuron.kind == "conductance_leaky_integrate_and_fire":
        return "µS"
    synapse = getattr(neuron, "synapse", None)
    return {"delta": "mV", "current": "nA", "exponential": "nA"}.get(synapse or "", "")
