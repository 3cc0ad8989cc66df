"""A NIR graph becomes populations and projections.

Input nodes become spike sources, neurons populations, operators between two populations projections. An operator that
feeds another operator, several nodes or an Output becomes a ``Relay`` population with projections into it, so that
structured connectivity stays structured. Shape-only nodes (Flatten, the ports of nested graphs) vanish.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.network.arrays import FloatArray
from neurodeploy.network.connectivity import Convolution1d, Convolution2d, Dense, Pooling2d
from neurodeploy.network.network import Network, Population, Projection, Readout
from neurodeploy.network.neurons import Neuron, Relay, SpikeSource, StepSemantics, has_threshold
from neurodeploy.network.nir.cycles import delay_feedback, neurons_that_feed_themselves
from neurodeploy.network.nir.graph import TRANSPARENT, Graph, Misfit, Node
from neurodeploy.network.nir.membranes import Discretisation, neuron_of
from neurodeploy.network.nir.operators import OPERATORS, Operator, identity, operator_of
from neurodeploy.network.nir.parameters import PARAMETERS, Shape, Unfit
from neurodeploy.network.nir.shapes import infer_shapes
from neurodeploy.network.validation import evaluation_order
from neurodeploy.network.weights import Weights

_RELAY = StepSemantics(zero_delay=True)
_LISTED = 12


def raise_misfits(misfits: list[Misfit], name: str) -> None:
    """One error that lists every node that cannot come in."""
    if misfits:
        lines = " ".join(f"'{m.node}': {m.what} ({m.remedy})." for m in misfits[:_LISTED])
        more = f" And {len(misfits) - _LISTED} more." if len(misfits) > _LISTED else ""
        raise NeurodeployError("ND230", f"The NIR graph cannot be represented as a network. {lines}{more}")


@dataclass
class NetworkBuilder:
    """Collects populations and projections; what cannot be represented goes to ``misfits``."""

    graph: Graph
    how: Discretisation
    round_delays: bool
    misfits: list[Misfit]
    populations: dict[str, Population] = field(default_factory=dict)
    projections: list[Projection] = field(default_factory=list)
    bias: dict[str, FloatArray] = field(default_factory=dict)

    def network(self) -> Network:
        """The network; ND230 when there are misfits."""
        shapes = infer_shapes(self.graph, self.misfits)
        for name, node in self.graph.nodes.items():
            if len(node.name) > 200:
                self.misfits.append(Misfit(f"{name[:40]}…", "its name is too long", "rename it"))
        raise_misfits(self.misfits, "graph")
        self.shapes, self.graph = shapes, _without_transparent(self.graph)
        self._populations()
        raise_misfits(self.misfits, "graph")
        self._projections()
        raise_misfits(self.misfits, "graph")
        self._shape_for_windows()
        populations = tuple(self._with_bias(p) for p in self.populations.values())
        projections = delay_feedback(populations, tuple(self.projections))
        if self.how.convention.forward_delay:
            projections = tuple(self._later(p) for p in projections)
        ordered = self._bias_sources(populations)
        network = Network(
            ordered[0], (*projections, *ordered[1]), self.how.dt, readout=self._readout(), metadata=self._metadata()
        )
        return _in_order(network)

    def _populations(self) -> None:
        recurrent = neurons_that_feed_themselves(self.graph)
        for name, node in self.graph.nodes.items():
            shape = self.shapes[name][1]
            neuron: Neuron | None = None
            if node.type == "Input":
                neuron = SpikeSource()
            elif node.type in PARAMETERS:
                try:
                    with np.errstate(over="ignore"):  # what overflows is infinite, and reported as such
                        neuron = neuron_of(node, shape, self.how, name in recurrent)
                except Unfit as unfit:
                    self.misfits.append(Misfit(name, unfit.what, unfit.remedy))
                    continue
            elif node.type == "Output" and len(self.graph.before(name)) != 1:
                if not self.graph.before(name):
                    self.misfits.append(Misfit(name, "nothing flows into this Output", "connect or remove it"))
                    continue
                neuron = Relay(semantics=_RELAY)
            elif node.type in OPERATORS and self._needs_relay(node):
                neuron = Relay(semantics=_RELAY)
            if neuron is not None:
                self.populations[name] = Population(name, shape, neuron)

    def _needs_relay(self, node: Node) -> bool:
        """Whether an operator's output is something of its own: not the input of exactly one population."""
        after = self.graph.after(node.name)
        if self._folds(node):
            return False
        return len(after) != 1 or self.graph.nodes[after[0]].type not in PARAMETERS

    def _folds(self, node: Node) -> bool:
        """Whether a delay, the same for all, becomes the delay of the operators behind it."""
        if node.type != "Delay" or np.ptp(np.asarray(node.values.get("delay", 0.0), float)) != 0:
            return False
        before, after = self.graph.before(node.name), self.graph.after(node.name)
        kinds = {self.graph.nodes[name].type for name in after}
        return (
            bool(after) and bool(before)
            and all(self.graph.nodes[b].type in ("Input", *PARAMETERS) for b in before)
            and kinds <= set(OPERATORS) - {"Delay"}
        )  # fmt: skip

    def _projections(self) -> None:
        for name in list(self.populations):
            if self.graph.nodes[name].type in OPERATORS:
                self._connect(name, name)
                continue
            for source in self.graph.before(name):
                if source in self.populations:  # an edge without an operator
                    self._project(f"{source}_to_{name}", source, name, identity(self.populations[name].size))
        for name, node in self.graph.nodes.items():
            if node.type in OPERATORS and name not in self.populations and not self._folds(node):
                (target,) = self.graph.after(name)
                self._connect(name, target)

    def _connect(self, operator_name: str, target: str) -> None:
        """Projections through one operator from whatever flows into it."""
        node = self.graph.nodes[operator_name]
        into, out = self.shapes[operator_name]
        try:
            operator = operator_of(node, into, out, self.how.dt, self.round_delays)
            sources = list(self._sources(operator_name))
        except Unfit as unfit:
            self.misfits.append(Misfit(operator_name, unfit.what, unfit.remedy))
            return
        if not sources:
            self.misfits.append(Misfit(operator_name, "nothing flows into it", "connect or remove it"))
        for source, delay in sources:
            name = operator_name if len(sources) == 1 else f"{operator_name}_from_{source}"
            self._project(name, source, target, operator, delay)
        if operator.bias is not None:
            self.bias[target] = self.bias.get(target, 0.0) + operator.bias

    def _sources(self, operator_name: str) -> Any:
        """Populations that feed an operator, and the delay on the way."""
        for before in self.graph.before(operator_name):
            node = self.graph.nodes[before]
            if before in self.populations:
                yield before, 0
            else:  # a delay that folds
                steps = operator_of(node, *self.shapes[before], self.how.dt, self.round_delays).delay
                for source in self.graph.before(before):
                    yield source, steps

    def _project(self, name: str, source: str, target: str, operator: Operator, delay: int = 0) -> None:
        taken = {p.name for p in self.projections}
        unique, number = name, 2
        while unique in taken:
            unique, number = f"{name}_{number}", number + 1
        total = operator.delay if np.ndim(operator.delay) else int(operator.delay) + delay
        self.projections.append(Projection(unique, source, target, operator.connectivity, operator.weights, total))

    def _shape_for_windows(self) -> None:
        """Give the ends of convolutions and poolings the layout they need."""
        fixed: dict[str, Shape] = {}
        for projection in self.projections:
            if isinstance(projection.connectivity, Convolution1d | Convolution2d | Pooling2d):
                node = projection.name.split("_from_")[0] if projection.name not in self.shapes else projection.name
                into, out = self.shapes[node]
                for name, shape in ((projection.source, into), (projection.target, out)):
                    if fixed.setdefault(name, shape) != shape:
                        self.misfits.append(
                            Misfit(name, f"it is laid out as {fixed[name]} and as {shape}", "use one layout")
                        )
        raise_misfits(self.misfits, "graph")
        for name, shape in fixed.items():
            self.populations[name] = replace(self.populations[name], shape=shape)

    def _with_bias(self, population: Population) -> Population:
        """The population with the biases of what feeds it, where they enter as a current does."""
        bias, neuron = self.bias.get(population.name), population.neuron
        if bias is None or getattr(neuron, "synapse", "") == "exponential":
            return population
        values = float(bias[0]) if (bias == bias[0]).all() else bias
        changed: Any = neuron
        return replace(population, neuron=replace(changed, i_offset=values))

    def _bias_sources(self, populations: tuple[Population, ...]) -> tuple[tuple[Population, ...], list[Projection]]:
        """A relay that sends 1 in every step, for biases that enter a synaptic state (CubaLIF, CubaLI)."""
        added, projections = [], []
        for population in populations:
            bias = self.bias.get(population.name)
            if bias is not None and getattr(population.neuron, "synapse", "") == "exponential":
                name = f"{population.name}_bias"
                while name in self.populations:
                    name += "_"
                weights = Weights(values=bias[None, :].astype(np.float64))
                added.append(Population(name, (1,), Relay(i_offset=1.0, semantics=_RELAY)))
                projections.append(Projection(name, name, population.name, Dense(), weights, 0))
        return (*populations, *added), projections

    def _later(self, projection: Projection) -> Projection:
        if isinstance(self.populations[projection.target].neuron, Relay):
            return projection
        feedback = projection.shortest_delay > 0 and projection.source == projection.target
        return (
            projection if feedback else replace(projection, delay=projection.delay + self.how.convention.forward_delay)
        )

    def _outputs(self) -> list[str]:
        """Populations that are the graph's outputs, by the names of its Output nodes in order."""
        outputs = []
        for name, node in self.graph.nodes.items():
            if node.type == "Output":
                outputs.append(name if name in self.populations else self.graph.before(name)[0])
        return outputs

    def _readout(self) -> Readout | None:
        outputs = self._outputs()
        if len(outputs) != 1 or isinstance(self.populations[outputs[0]].neuron, SpikeSource):
            return None
        population = self.populations[outputs[0]]
        name = "class_labels" if has_threshold(population.neuron) else "potential"
        size = prod(population.shape)
        return Readout(population.name, np.arange(size, dtype=np.int32), size, name)

    def _metadata(self) -> dict[str, Any]:
        about: dict[str, Any] = {"convention": self.how.convention.name, "nir_version": self.graph.version}
        about |= {"outputs": self._outputs(), "reset": self.how.effective_reset}
        w_in = {name: _w_in(node) for name, node in self.graph.nodes.items() if node.type.startswith("Cuba")}
        if kept := {name: value for name, value in w_in.items() if value != 1.0}:
            about["w_in"] = kept
        return {"nir": about}


def _in_order(network: Network) -> Network:
    """Populations from the sources on; projections in the order of their sources."""
    sources = [p.name for p in network.sources]
    computing = [p.name for p in evaluation_order(network) if p.name not in sources]
    rank = {name: i for i, name in enumerate([*sources, *computing])}
    populations = sorted(network.populations, key=lambda p: rank.get(p.name, len(rank)))
    projections = sorted(network.projections, key=lambda p: (rank.get(p.source, 0), rank.get(p.target, 0), p.name))
    return replace(network, populations=tuple(populations), projections=tuple(projections))


def _w_in(node: Node) -> Any:
    """A node's w_in, which R has taken in: kept so that an export splits them again."""
    array = np.asarray(node.values.get("w_in", 1.0), float)
    return float(array.flat[0]) if (array == array.flat[0]).all() else array.ravel().tolist()


def _without_transparent(graph: Graph) -> Graph:
    """The graph with shape-only nodes bridged."""
    edges = set(graph.edges)
    names = [name for name, node in graph.nodes.items() if node.type in TRANSPARENT]
    for name in names:
        before, after = [a for a, b in edges if b == name], [b for a, b in edges if a == name]
        edges -= {(a, name) for a in before} | {(name, b) for b in after}
        edges |= {(a, b) for a in before for b in after if a != name and b != name}
    kept: Mapping[str, Node] = {name: node for name, node in graph.nodes.items() if name not in names}
    return replace(graph, nodes=dict(kept), edges=tuple(sorted(edges)))
