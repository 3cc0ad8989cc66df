"""Which projections a compression applies to, and populations with other parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from neurodeploy.errors import NeurodeployError
from neurodeploy.network import LateralInhibition, Network, Neuron, OneToOne, Pooling2d, Projection, Relay


class Selection(NamedTuple):
    """Projections to compress, and why each of the others is left alone."""

    chosen: list[Projection]
    left_alone: list[dict[str, str]]


def select_projections(network: Network, names: Sequence[str] | None, *, pruning: bool = False) -> Selection:
    """The named projections, or every one whose weights are there to be compressed.

    Lateral inhibition and pooling store one weight for all their synapses: never compressed. A one-to-one projection
    from or to relays is a scale between linear operators, and pruning any other one would cut neurons off their only
    input: both are left alone unless they are named.

    Raises:
        NeurodeployError: ND202 when a name is unknown or nothing can be compressed.
    """
    able = [p for p in network.projections if not isinstance(p.connectivity, LateralInhibition | Pooling2d)]
    for name in names or ():
        if name not in {p.name for p in able}:
            raise NeurodeployError(
                "ND202",
                f"There is no projection '{name}' to compress.",
                f"Use one of: {', '.join(p.name for p in able) or 'none has a weight per synapse'}.",
            )
    chosen, left_alone = [], []
    for projection in network.projections:
        reason = _reason(network, projection, bool(names), pruning)
        if names and projection.name not in names:
            continue
        if reason:
            left_alone.append({"projection": projection.name, "why": reason})
        else:
            chosen.append(projection)
    if not chosen:
        raise NeurodeployError("ND202", "The network has no projection with a weight per synapse to compress.")
    return Selection(chosen, left_alone)


def _reason(network: Network, projection: Projection, named: bool, pruning: bool) -> str | None:
    """Why a projection is left alone, or None."""
    if isinstance(projection.connectivity, LateralInhibition | Pooling2d):
        return "one weight for all synapses"
    if named or not isinstance(projection.connectivity, OneToOne):
        return None
    if any(isinstance(network.population(name).neuron, Relay) for name in (projection.source, projection.target)):
        return "a scale between linear operators"
    return "one synapse per neuron" if pruning else None


def with_parameters(neuron: Neuron, **values: Any) -> Neuron:
    """The neuron with other values of parameters that its model has."""
    changed: Neuron = replace(neuron, **values)
    return changed
