"""Recurrent edges: NIR's cycles have no delay, a step-by-step simulation needs one on the edge that goes back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from neurodeploy.network.network import Population, Projection
from neurodeploy.network.neurons import SpikeSource
from neurodeploy.network.nir.graph import Graph
from neurodeploy.network.nir.parameters import PARAMETERS


def neurons_that_feed_themselves(graph: Graph) -> set[str]:
    """Neurons from which a path over operators leads back to themselves (RLeaky, RSynaptic)."""
    after: dict[str, list[str]] = {name: [] for name in graph.nodes}
    for a, b in graph.edges:
        after[a].append(b)
    found = set()
    for name, node in graph.nodes.items():
        if node.type not in PARAMETERS:
            continue
        waiting, seen = list(after[name]), set()
        while waiting:
            at = waiting.pop()
            if at == name:
                found.add(name)
                break
            if at not in seen and graph.nodes[at].type not in PARAMETERS:
                seen.add(at)
                waiting += after[at]
    return found


def delay_feedback(populations: tuple[Population, ...], projections: tuple[Projection, ...]) -> tuple[Projection, ...]:
    """One step of delay on each projection that closes a cycle without delay.

    Which one closes it is found by walking from the spike sources along projections without delay, populations in the
    order given: the projection that arrives at a population that is still being walked from goes back.
    """
    sources = [p.name for p in populations if isinstance(p.neuron, SpikeSource)]
    free: dict[str, list[Projection]] = {population.name: [] for population in populations}
    for projection in projections:
        if projection.shortest_delay == 0:
            free[projection.source].append(projection)
    back = feedback([*sources, *free], {n: [(p.name, p.target) for p in found] for n, found in free.items()})
    return tuple(
        replace(p, delay=np.maximum(p.delay, 1) if np.ndim(p.delay) else 1) if p.name in back else p
        for p in projections
    )


def feedback(starts: Iterable[str], after: Mapping[str, list[tuple[str, str]]]) -> set[str]:
    """Names of the edges that go back in a depth-first walk; ``after``: edges ``(name, target)`` that leave each node."""
    done: set[str] = set()
    active: set[str] = set()
    back: set[str] = set()
    for start in starts:
        if start in done:
            continue
        stack = [(start, iter(after[start]))]
        active.add(start)
        while stack:
            node, edges = stack[-1]
            for name, target in edges:
                if target in active:
                    back.add(name)
                elif target not in done:
                    active.add(target)
                    stack.append((target, iter(after[target])))
                    break
            else:
                stack.pop()
                active.discard(node)
                done.add(node)
    return back
