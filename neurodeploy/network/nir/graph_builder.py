"""Populations and projections become a NIR graph.

Populations become neurons, projections operators, relays vanish (NIR's operators follow each other directly). What NIR
says otherwise is said its way: a bias belongs to an operator, quantized weights are decoded, a mask is zeros.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np

from neurodeploy.network.arrays import FloatArray
from neurodeploy.network.connectivity import Convolution1d, Convolution2d, OneToOne, Pooling2d
from neurodeploy.network.network import Network, Population, Projection
from neurodeploy.network.neurons import LIF, ConductanceLIF, LeakyIntegrator, Relay, SpikeSource
from neurodeploy.network.nir.cycles import delay_feedback, feedback
from neurodeploy.network.nir.graph import Misfit
from neurodeploy.network.nir.membranes import MS
from neurodeploy.network.nir.neuron_nodes import (
    input_offset,
    node_values,
    offset_as_leak,
)
from neurodeploy.network.nir.operator_nodes import (
    operator_values,
    source_delays,
    takes_bias,
)
from neurodeploy.network.nir.parameters import Shape

_WINDOWS = (Convolution1d, Convolution2d, Pooling2d)


@dataclass
class GraphBuilder:
    """Collects nodes and edges; what NIR cannot say goes to ``misfits``.

    ``names``: node of each population that has one; ``chains``: nodes of each projection, none for a plain edge.
    """

    network: Network
    approximate: frozenset[str]
    dtype: Any
    misfits: list[Misfit] = field(default_factory=list)
    nodes: dict[str, Any] = field(default_factory=dict)
    edges: list[tuple[str, str]] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    chains: dict[str, list[str]] = field(default_factory=dict)

    def graph(self) -> Any:
        """The graph; unchecked by nir, whose checks refuse what it can say (see :func:`_strict_reading`)."""
        import nir

        return nir.NIRGraph(nodes=self.nodes, edges=sorted(set(self.edges)), metadata={}, type_check=False)

    def build(self) -> None:
        """Make all nodes and edges."""
        network = self.network
        self.into = {p.name: [q for q in network.projections if q.target == p.name] for p in network.populations}
        self.layout = self._layouts()
        self.constant = {p.name for p in network.populations if isinstance(p.neuron, Relay) and not self.into[p.name]}
        self.live = [p for p in network.projections if p.source not in self.constant]
        self.kept_delays = self._delays()
        carried, leaks = self._biases()
        for population in network.populations:
            self._population(population, leaks.get(population.name, 0.0))
        for projection in self.live:
            self._operator(projection, carried.get(projection.name))
        for projection in self.live:
            self._wire(projection)
        self._outputs()

    def _unique(self, wanted: str) -> str:
        base = "node" if wanted in (".", "..") or "\0" in wanted else wanted
        name, number = base, 2
        while name in self.nodes:
            name, number = f"{base}_{number}", number + 1
        return name

    def _add(self, wanted: str, kind: str, values: Mapping[str, Any]) -> str:
        import nir

        name = self._unique(wanted)
        self.nodes[name] = getattr(nir, kind)(**values)
        return name

    def _layouts(self) -> dict[str, Shape]:
        """Shape of each population's values in NIR, which can flatten and not unflatten: flat unless windows need more."""
        spatial = {
            name
            for p in self.network.projections
            if isinstance(p.connectivity, _WINDOWS)
            for name in (p.source, p.target)
        }
        shapes = {p.name: p.shape for p in self.network.populations}
        changed = True
        while changed:
            more = {
                p.source for p in self.network.projections
                if isinstance(p.connectivity, OneToOne) and p.target in spatial and shapes[p.source] == shapes[p.target]
            }  # fmt: skip
            changed = not more <= spatial
            spatial |= more
        return {name: shape if name in spatial else (prod(shape),) for name, shape in shapes.items()}

    def _delays(self) -> dict[str, Any]:
        """Steps of the Delay node of each projection, by source neuron; 0 where the graph's cycle itself means 1."""
        network = self.network
        delays: dict[str, Any] = {p.name: source_delays(network, p) for p in self.live}
        back = _feedback(network, self.live)
        if "delays" in self.approximate:
            delays = {name: np.zeros(1, np.int64) if name not in back else d for name, d in delays.items()}
        implied = {p.name for p in self.live if p.name in back and not np.ndim(p.delay) and p.delay == 1}
        while True:
            trial = tuple(replace(p, delay=0 if p.name in implied else int(np.min(delays[p.name]))) for p in self.live)
            regained = {p.name for p in delay_feedback(network.populations, trial) if p.shortest_delay == 1}
            lost = implied - regained
            if not lost:
                break
            implied -= lost
        return {name: np.zeros(1, np.int64) if name in implied else steps for name, steps in delays.items()}

    def _biases(self) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
        """What each projection's operator adds (by projection), and what is added to v_leak (by population)."""
        carried: dict[str, FloatArray] = {}
        leaks: dict[str, FloatArray] = {}
        for population in self.network.populations:
            neuron = population.neuron
            if isinstance(neuron, SpikeSource | ConductanceLIF) or population.name in self.constant:
                continue
            bias = np.zeros(population.size)
            if getattr(neuron, "synapse", "") == "exponential":
                leaks[population.name] = offset_as_leak(neuron)  # type: ignore[arg-type]
            else:
                bias = bias + input_offset(neuron, self.network.dt)
            for projection in self.into[population.name]:
                if projection.source in self.constant:
                    bias = bias + self._constant_input(projection)
            if not bias.any():
                continue
            carriers = [p for p in self.into[population.name] if p in self.live and takes_bias(self.network, p, bias)]
            if carriers:
                carried[carriers[0].name] = bias
            elif isinstance(neuron, LIF | LeakyIntegrator) and neuron.synapse == "current":
                leaks[population.name] = bias * np.asarray(neuron.tau_m, float) / np.asarray(neuron.cm, float)
            elif isinstance(neuron, LIF | LeakyIntegrator) and neuron.synapse == "delta":
                leaks[population.name] = offset_as_leak(neuron)
            else:
                self.misfits.append(
                    Misfit(f"population '{population.name}'", "no operator of NIR before it can carry its i_offset",
                           "feed it through a dense projection or a convolution")
                )  # fmt: skip
        return carried, leaks

    def _constant_input(self, projection: Projection) -> FloatArray:
        """What a relay that sends the same in every step adds to each target."""
        source = self.network.population(projection.source)
        offset = np.broadcast_to(np.asarray(source.neuron.i_offset, float), (source.size,))  # type: ignore[union-attr]
        if projection.longest_delay > 0:
            self.misfits.append(
                Misfit(f"projection '{projection.name}'", "a constant input that begins late", "give it no delay")
            )
        rows = self.network.expand(projection)
        result = np.zeros(self.network.population(projection.target).size)
        np.add.at(result, rows.targets, rows.values * np.repeat(offset, np.diff(rows.indptr)))
        return result

    def _population(self, population: Population, leak: Any) -> None:
        neuron, shape = population.neuron, self.layout[population.name]
        if isinstance(neuron, Relay):
            return
        if isinstance(neuron, SpikeSource):
            self.names[population.name] = self._add(population.name, "Input", {"input_type": np.array(shape)})
            return
        kind, values = node_values(
            self.network, population, shape, self.dtype, self._flat_or_number(leak), self._split(population)
        )
        self.names[population.name] = self._add(population.name, kind, values)

    @staticmethod
    def _flat_or_number(leak: Any) -> Any:
        array = np.asarray(leak, float)
        return float(array.flat[0]) if array.ndim and (array == array.flat[0]).all() else array

    def _split(self, population: Population) -> Any:
        """The ``w_in`` that a population was imported with; 1 otherwise."""
        about = self.network.metadata.get("nir")
        stored = about.get("w_in", {}).get(population.name, 1.0) if isinstance(about, Mapping) else 1.0
        try:
            array = np.asarray(stored, float)
        except (TypeError, ValueError):
            return np.asarray(1.0)
        fits = array.size in (1, population.size) and np.isfinite(array).all() and array.min(initial=1.0) > 0
        return array.reshape(()) if fits and array.size == 1 else array if fits else np.asarray(1.0)

    def _operator(self, projection: Projection, bias: FloatArray | None) -> None:
        """The chain of nodes of one projection: flatten, delay, operator, scale; its tail feeds the target."""
        kind, out = projection.connectivity, self.layout[projection.target]
        chain, at = self._flattened(projection)
        steps = self.kept_delays[projection.name]
        if steps.any():
            delay = np.broadcast_to(steps * self.network.dt / MS, (prod(at),)).reshape(at)
            chain.append(self._add(f"{projection.name}_delay", "Delay", {"delay": delay.astype(self.dtype)}))
        node, values = operator_values(self.network, projection, bias, self.dtype)
        if node == "Scale":
            values = {"scale": values["scale"].reshape(out)}
        if not (node == "Scale" and (values["scale"] == 1).all() and self._plain_edge(projection, chain)):
            chain.append(self._add(projection.name, node, values))
        weight = float(projection.weights.decoded()[0]) if isinstance(kind, Pooling2d) else 1.0
        if weight != 1.0:
            chain.append(self._add(f"{projection.name}_weight", "Scale", {"scale": np.full(out, weight, self.dtype)}))
        self.edges += list(pairwise(chain))
        self.chains[projection.name] = chain

    def _flattened(self, projection: Projection) -> tuple[list[str], Shape]:
        """A Flatten node where the operator takes flat values, and the shape it gets."""
        kind = projection.connectivity
        at, out = self.layout[projection.source], self.layout[projection.target]
        wanted = at if isinstance(kind, _WINDOWS) else out if isinstance(kind, OneToOne) else (prod(at),)
        made = out if isinstance(kind, (*_WINDOWS, OneToOne)) else (prod(out),)
        if made != out or wanted not in (at, (prod(at),)):
            shape = out if made != out else wanted
            what = f"NIR cannot lay flat values out as {shape}"
            self.misfits.append(Misfit(f"projection '{projection.name}'", what, "end it on a flat population"))
        if wanted == at or wanted != (prod(at),):
            return [], at
        values = {"input_type": {"input": np.array(at)}, "start_dim": 0, "end_dim": -1}
        return [self._add(f"{projection.name}_flatten", "Flatten", values)], wanted

    def _plain_edge(self, projection: Projection, chain: list[str]) -> bool:
        """Whether an edge alone can stand for a one-to-one projection of weight 1."""
        relays = any(
            isinstance(self.network.population(name).neuron, Relay) for name in (projection.source, projection.target)
        )
        parallel = [p for p in self.live if (p.source, p.target) == (projection.source, projection.target)]
        return bool(chain) or (not relays and len(parallel) == 1)

    def _emitters(self, population: str) -> list[str]:
        """Nodes whose sum is what a population sends: its own, or what feeds a relay."""
        if population in self.names:
            return [self.names[population]]
        return [self.chains[p.name][-1] for p in self.into[population] if p in self.live]

    def _wire(self, projection: Projection) -> None:
        chain = self.chains[projection.name]
        head = chain[:1] or [self.names[projection.target]]
        self.edges += [(emitter, head[0]) for emitter in self._emitters(projection.source)]
        if chain and projection.target in self.names:
            self.edges.append((chain[-1], self.names[projection.target]))

    def _outputs(self) -> None:
        """An Output behind the population that is read out, and behind each that feeds nothing."""
        readout = self.network.readout.population if self.network.readout else None
        fed = {p.source for p in self.live}
        for population in self.network.populations:
            if population.name in self.constant or isinstance(population.neuron, SpikeSource):
                continue
            if population.name == readout or population.name not in fed:
                wanted = "output" if population.name == readout else f"output_{population.name}"
                name = self._add(wanted, "Output", {"output_type": np.array(self.layout[population.name])})
                self.edges += [(emitter, name) for emitter in self._emitters(population.name)]


def _feedback(network: Network, live: list[Projection]) -> set[str]:
    """Projections that go back, whatever their delay."""
    after: dict[str, list[tuple[str, str]]] = {p.name: [] for p in network.populations}
    for projection in live:
        after[projection.source].append((projection.name, projection.target))
    sources = [p.name for p in network.sources]
    return feedback([*sources, *after], after)
