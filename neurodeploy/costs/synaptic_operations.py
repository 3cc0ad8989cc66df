"""Synaptic operations (SOPs): what an event-driven chip does per spike and synapse (guo2020, section "Computational Cost
Reduction"). Training: weight accumulations and STDP updates; inference: weight accumulations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from neurodeploy.network import EventCounts, Network


@dataclass(frozen=True)
class TrainingOperations:
    """Totals of a training over ``images`` images; presentations that were repeated are in them.

    ``weight_accumulations``: input spikes times the synapses (not removed) they reach, lateral inhibition not among them;
    ``stdp_updates``: weights that a learning rule wrote.
    """

    images: int
    weight_accumulations: int
    stdp_updates: int
    input_spikes: int
    output_spikes: int

    @property
    def sops(self) -> int:
        """Synaptic operations."""
        return self.weight_accumulations + self.stdp_updates

    @property
    def sops_per_image(self) -> float:
        """Synaptic operations per image."""
        return self.sops / self.images if self.images else 0.0

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {**vars(self), "sops": self.sops, "sops_per_image": self.sops_per_image}


def training_operations(counters: Mapping[str, int], images: int) -> TrainingOperations:
    """Operations of a training from the trainer's counters."""
    return TrainingOperations(
        images, counters["synaptic_events"], counters["stdp_updates"], counters["input_spikes"],
        counters["output_spikes"],
    )  # fmt: skip


def inference_operations(network: Network, events: EventCounts) -> dict[str, Any]:
    """Weight accumulations and spikes of an inference: totals, per image, and of each layer.

    Projections that end where they start (lateral inhibition) have no weights to read in the paper's chip and are left out.
    """
    forward = [p.name for p in network.projections if p.source != p.target]
    accumulations = {name: int(events.synaptic_events.get(name, 0)) for name in forward}
    samples = max(events.samples, 1)
    return {
        "images": events.samples,
        "weight_accumulations": accumulations,
        "sops_per_image": sum(accumulations.values()) / samples,
        "spikes": {name: int(count) for name, count in events.spikes.items()},
        "spikes_per_image": {name: count / samples for name, count in events.spikes.items()},
    }
