"""The order in which populations can be computed."""

from __future__ import annotations

from collections.abc import Iterator

from neurodeploy.network.network import Network, Population, Projection


def evaluation_order(network: Network) -> list[Population]:
    """Populations in an order in which every projection of delay 0 goes forward; those of a cycle are left out."""
    waiting = {population.name: population for population in network.populations}
    blockers = {
        name: {p.source for p in connected(network) if p.target == name and p.shortest_delay == 0} for name in waiting
    }
    ordered: list[Population] = []
    while free := [name for name in waiting if not blockers[name] & waiting.keys()]:
        ordered += [waiting.pop(name) for name in free]
    return ordered


def connected(network: Network) -> Iterator[Projection]:
    """Projections whose ends exist; the others are reported by :func:`projections_connect`."""
    names = {p.name for p in network.populations}
    return (p for p in network.projections if p.source in names and p.target in names)
