"""What a graph that neurodeploy wrote and another program changed still has of the network it was made from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from neurodeploy.network.network import Network, Population, Projection
from neurodeploy.network.neurons import SpikeSource, SpikingNeuron
from neurodeploy.network.nir.embedding import Embedded


def restore_what_fits(network: Network, inside: Embedded) -> Network:
    """The imported network with encoder, read-out, masks and refractory periods of the stored one where they fit.

    Values come from NIR throughout. What changed, and what was dropped because it no longer fits, stands in the
    metadata under ``nir``.
    """
    stored, dropped = inside.network, []
    populations = tuple(_population(p, stored) for p in network.populations)
    projections = []
    for projection in network.projections:
        with_mask = _masked(projection, stored)
        projections.append(with_mask or projection)
        if with_mask is None:
            dropped.append(f"mask or levels of projection '{projection.name}'")
    sizes = {p.name: p.size for p in populations}
    readout, encoder = stored.readout, stored.encoder
    if readout is not None and sizes.get(readout.population) != len(readout.labels):
        readout, dropped = network.readout, [*dropped, "read-out"]
    sources = [p for p in populations if isinstance(p.neuron, SpikeSource)]
    if encoder is not None and {p.name: p.size for p in sources} != {p.name: p.size for p in stored.sources}:
        encoder, dropped = None, [*dropped, "encoder"]
    changed = [name or "edges" for name in inside.changed]
    about = {
        **network.metadata.get("nir", {}),
        "convention": "neurodeploy",
        "changed_nodes": changed,
        "dropped": dropped,
    }
    metadata = {**stored.metadata, "nir": about}
    return Network(
        populations, tuple(projections), network.dt, encoder, readout or network.readout, metadata, stored.stage
    )


def _population(population: Population, stored: Network) -> Population:
    """The population with the initial potential and refractory period it had, where it is still the same kind."""
    before: Any = next((p.neuron for p in stored.populations if p.name == population.name), None)
    neuron: Any = population.neuron
    if before is None or type(before) is not type(neuron) or stored.population(population.name).size != population.size:
        return population
    values = {"v_init": before.v_init} if hasattr(before, "v_init") else {}
    if isinstance(before, SpikingNeuron):
        values["tau_refrac"] = before.tau_refrac
    return replace(population, neuron=replace(neuron, **values))


def _masked(projection: Projection, stored: Network) -> Projection | None:
    """The projection with its mask, as long as what the mask leaves out is still zero; None when something is lost."""
    before = next((p.weights for p in stored.projections if p.name == projection.name), None)
    if before is None or (before.mask is None and not before.quantized):
        return projection
    weights = projection.weights
    if before.mask is None or before.shape != weights.shape or weights.values is None:
        return None
    if (weights.values[~before.mask] != 0).any():
        return None
    masked = replace(projection, weights=replace(weights, mask=before.mask))
    return None if before.quantized else masked
