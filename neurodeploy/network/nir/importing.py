"""From a NIR graph to a :class:`~neurodeploy.network.Network`: whose step it follows, and whether neurodeploy wrote it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.network.network import Network
from neurodeploy.network.neurons import Reset, SpikeSource, StepSemantics
from neurodeploy.network.nir.conventions import CONVENTIONS, Convention, ResetTiming, convention_named
from neurodeploy.network.nir.embedding import Embedded, embedded
from neurodeploy.network.nir.graph import Graph, Misfit, graph_from_nir, graph_from_tree
from neurodeploy.network.nir.membranes import Discretisation
from neurodeploy.network.nir.network_builder import NetworkBuilder
from neurodeploy.network.nir.reading import read_tree
from neurodeploy.network.nir.restoring import restore_what_fits
from neurodeploy.network.validation import validate

_RELAY = StepSemantics(zero_delay=True)


def import_nir(
    source: str | Path | Any,
    *,
    convention: str | None = None,
    dt: float | None = None,
    reset: Reset | None = None,
    reset_timing: ResetTiming | None = None,
    max_spikes_per_step: int | None = None,
    round_delays: bool = False,
) -> Network:
    """Read a NIR graph (a ``.nir`` file, or a ``nir.NIRGraph``) as a network.

    ``convention`` names an entry of :data:`~neurodeploy.network.nir.conventions.CONVENTIONS`: how a framework steps the
    graph; not needed where the graph's metadata says it (``framework``), or neurodeploy wrote the file: such a file gives
    back the network it was made from. ``dt`` is the time step in ms (None: what the framework's exporter assumes);
    ``reset``, ``reset_timing`` and ``max_spikes_per_step`` overrule the convention's, since NIR does not record them.
    ``round_delays``: round delays to whole steps instead of refusing others.

    Raises:
        NeurodeployError: ND101–ND103, ND120, ND121 when the file cannot be read, ND230 with every node that cannot be
            represented, ND231 when the convention or the time step is missing or unknown.
    """
    misfits: list[Misfit] = []
    name = str(source) if isinstance(source, str | Path) else "graph"
    graph = (
        graph_from_tree(read_tree(source), misfits)
        if isinstance(source, str | Path)
        else graph_from_nir(source, misfits)
    )
    inside = embedded(graph)
    chosen = (convention, dt, reset, reset_timing, max_spikes_per_step)
    if inside is not None and all(option is None for option in chosen):
        if not inside.changed and not misfits:
            validate(inside.network, name)
            return inside.network
        return changed_network(graph, inside, round_delays, misfits, name)
    how = _discretisation(convention or _framework(graph), dt)
    how = replace(how, reset=reset, reset_timing=reset_timing, max_spikes_per_step=max_spikes_per_step)
    network = NetworkBuilder(graph, how, round_delays, misfits).network()
    validate(network, name)
    return network


def changed_network(graph: Graph, inside: Embedded, round_delays: bool, misfits: list[Misfit], name: str) -> Network:
    """A graph that neurodeploy wrote and another program changed: NIR's values, and what still fits of the rest."""
    stored = inside.network
    semantics = {p.name: p.neuron for p in stored.populations if not isinstance(p.neuron, SpikeSource)}
    base = convention_named(
        "euler" if any(getattr(n, "semantics", _RELAY).integrator == "euler" for n in semantics.values()) else "exact"
    )
    how = Discretisation(base, stored.dt, known=semantics)
    network = restore_what_fits(NetworkBuilder(graph, how, round_delays, misfits).network(), inside)
    validate(network, name)
    return network


def _framework(graph: Graph) -> str | None:
    named = graph.metadata.get("framework")
    return named.lower() if isinstance(named, str) and named.lower() in CONVENTIONS else None


def _discretisation(name: str | None, dt: float | None) -> Discretisation:
    convention: Convention = convention_named(name)
    step = convention.dt if dt is None else dt
    if step is None:
        raise NeurodeployError(
            "ND231", f"The convention '{convention.name}' has no time step of its own.", "Give --dt (dt=…) in ms."
        )
    if not (np.isfinite(step) and step > 0):
        raise NeurodeployError("ND231", f"The time step is {step} ms.", "Give a positive number.")
    return Discretisation(convention, float(step))
