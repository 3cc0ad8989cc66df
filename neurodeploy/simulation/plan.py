"""A network flattened into layers of arrays that the simulation kernels read: built once, run for every batch.

A layer is a population, or the populations of a recurrent loop; layers run one after the other, each over all its steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from neurodeploy.network import (
    ComputingNeuron,
    Convolution1d,
    Convolution2d,
    Dense,
    Integrator,
    LateralInhibition,
    LeakyIntegrator,
    Network,
    Pooling2d,
    Population,
    Projection,
    Relay,
    SpikeSource,
    is_graded,
)
from neurodeploy.network.arrays import Array, FloatArray, Int32Array, IntArray
from neurodeploy.network.neurons import synapse_factors
from neurodeploy.network.validation import evaluation_order
from neurodeploy.simulation.inputs import ConvolutionInput, DenseInput, Events, MaximumInput, SparseInput
from neurodeploy.simulation.membranes import coefficients, keeps_two_states, membrane_form

SPIKES, GRADED, NOTHING, SPIKE_COUNTS = 0, 1, 2, 3
DENSE_ROWS, SPARSE_ROWS, ALL_OTHERS, MAXIMUM = 0, 1, 2, 3
RESETS = ("value", "subtraction", "none")
_DENSE_FROM_DENSITY = 0.25
"""Above this share of synapses that exist, contiguous rows are faster than sparse ones."""


class Input(Protocol):
    """A projection's input operator: see :mod:`neurodeploy.simulation.inputs`."""

    def add(self, events: Events, delay: int, begin: int, drive: Array) -> None:
        """Add the input of the steps from ``begin`` on to ``drive`` (samples, steps, neurons)."""


@dataclass(frozen=True, eq=False)
class Feed:
    """Input from an earlier layer: whose events, with which delay, onto which state (0 excitatory, 1 inhibitory)."""

    source: str
    delay: int
    state: int
    operator: Input


@dataclass(frozen=True, eq=False)
class Layer:
    """Flat arrays for the kernel; the neurons of the layer's populations stand one after the other.

    ``populations`` int64 (populations, 10): first neuron, end, membrane form, whether it keeps two synaptic states, what
    it sends (:data:`SPIKES`, :data:`GRADED`, :data:`NOTHING`, :data:`SPIKE_COUNTS`), reset rule, late reset, synapses survive a reset,
    refractory, synapses without memory. ``projections`` int64 (recurrent projections, 8): source and target population, target's size, state,
    delay, kind, offset into ``weights``, offset into ``row_pointers``. Weights include what a spike adds per unit of weight (the
    synaptic gain). ``coefficients`` (13, neurons): see :data:`COEFFICIENTS`. ``external`` int32 (neurons): position in
    the population's own order (a convolution's target stands channel last here).
    """

    names: tuple[str, ...]
    feeds: tuple[Feed, ...]
    populations: IntArray
    projections: IntArray
    coefficients: Array
    refractory_steps: Int32Array
    external: Int32Array
    weights: Array
    row_pointers: IntArray
    targets: Int32Array

    @property
    def size(self) -> int:
        """Number of neurons."""
        return len(self.external)

    @property
    def longest_delay(self) -> int:
        """The greatest delay of a recurrent projection, in steps."""
        return int(self.projections[:, 4].max(initial=0))


@dataclass(frozen=True, eq=False)
class Plan:
    """The layers in order, and the synapses on each source neuron (those that exist; those not zero) by projection.

    ``history_steps`` by population name: how many steps later a spike is still read, the longest delay it meets.
    """

    layers: tuple[Layer, ...]
    fan_out: Mapping[str, IntArray]
    effective_fan_out: Mapping[str, IntArray]
    history_steps: Mapping[str, int]


def build_plan(network: Network, dtype: type = np.float32, *, products: bool = True) -> Plan:
    """Flatten a valid network; ``dtype`` (float32 or float64) is that of states, weights and coefficients.

    ``products``: whether dense weights multiply the steps in which many sources are active by one matrix product (faster;
    the last bit of a sum then depends on how many such steps there are). False: always row by row.
    """
    layers = tuple(_layer(network, members, dtype, products) for members in _loops(network))
    present = {p.name: network.fan_out(p) for p in network.projections}
    effective = {}
    for projection in network.projections:
        nonzero = projection.weights.decoded() != 0
        same = bool(np.array_equal(nonzero, projection.weights.present()))
        effective[projection.name] = present[projection.name] if same else network.fan_out(projection, nonzero)
    return Plan(layers, present, effective, _history_steps(layers))


def _history_steps(layers: tuple[Layer, ...]) -> dict[str, int]:
    """See :class:`Plan`; the populations of a loop keep the same stretch."""
    delays = [(name, layer.longest_delay) for layer in layers for name in layer.names]
    delays += [(feed.source, feed.delay) for layer in layers for feed in layer.feeds]
    result: dict[str, int] = {}
    for name, delay in delays:
        result[name] = max(result.get(name, 0), delay)
    return {name: steps for name, steps in result.items() if steps}


def _loops(network: Network) -> list[list[Population]]:
    """Computing populations in topological order; those joined by recurrent projections stand together."""
    ordered = [p for p in evaluation_order(network) if not isinstance(p.neuron, SpikeSource)]
    index = {population.name: i for i, population in enumerate(ordered)}
    edges = [(index[p.source], index[p.target]) for p in network.projections if p.source in index]
    rows, columns = np.array(edges, np.int64).reshape(-1, 2).T
    graph = csr_array((np.ones(len(edges)), (rows, columns)), shape=(len(ordered), len(ordered)))
    count, label = connected_components(graph, directed=True, connection="strong")
    needs: list[set[int]] = [set() for _ in range(count)]
    for source, target in edges:
        if label[source] != label[target]:
            needs[label[target]].add(label[source])
    result: list[list[Population]] = []
    done: set[int] = set()
    while len(done) < count:  # first those whose first member comes first, so that the order is always the same
        ready = next(i for i in label if i not in done and needs[i] <= done)
        result.append([p for p, own in zip(ordered, label, strict=True) if own == ready])
        done.add(int(ready))
    return result


def _layer(network: Network, members: list[Population], dtype: type, products: bool) -> Layer:
    starts = np.concatenate([[0], np.cumsum([p.size for p in members])]).astype(np.int64)
    index = {population.name: i for i, population in enumerate(members)}
    external = [_external_order(network, population) for population in members]
    rows, tables, pauses = [], [], []
    for i, population in enumerate(members):
        neuron: ComputingNeuron = population.neuron  # type: ignore[assignment]
        table, pause = coefficients(neuron, population.size, network.dt, dtype)
        tables.append(table[:, external[i]])
        pauses.append(pause[external[i]])
        rows.append(
            (
                starts[i], starts[i + 1], membrane_form(neuron), keeps_two_states(neuron),
                _sends(neuron, any(p.source == population.name for p in network.projections)),
                RESETS.index(getattr(neuron, "reset", "none")),
                neuron.semantics.reset_timing == "next_step", neuron.semantics.reset_keeps_synapses, pause.any(),
                not np.any(synapse_factors(neuron, network.dt)[0]),
            )
        )  # fmt: skip
    builder = _RecurrentBuilder(dtype)
    feeds: list[Feed] = []
    for projection in network.projections:
        if projection.target in index:
            at = index[projection.target]
            for part in _by_delay(network, projection):
                if part.source in index:
                    builder.add(network, part, index[part.source], at, external[at])
                else:
                    feeds.append(_feed(network, part, int(starts[at]), external[at], dtype, products))
    return Layer(
        tuple(p.name for p in members), tuple(feeds), np.array(rows, np.int64), builder.table(),
        np.ascontiguousarray(np.concatenate(tables, axis=1)), np.concatenate(pauses), np.concatenate(external), *builder.arrays(),
    )  # fmt: skip


def _external_order(network: Network, population: Population) -> Int32Array:
    """Position of each neuron of the layer in its population: channel last behind a convolution."""
    order = np.arange(population.size, dtype=np.int32)
    kinds = [p.connectivity for p in network.projections if p.target == population.name]
    if len(population.shape) > 1 and any(isinstance(kind, Convolution1d | Convolution2d) for kind in kinds):
        return np.ascontiguousarray(np.moveaxis(order.reshape(population.shape), 0, -1).ravel())
    return order


def _by_delay(network: Network, projection: Projection) -> list[Projection]:
    """A projection with a delay per synapse as one for each delay."""
    if not isinstance(projection.delay, np.ndarray) or projection.delay.ndim == 0:
        return [replace(projection, delay=int(projection.delay))]
    present = projection.weights.present()
    parts = []
    for delay in np.unique(projection.delay[present]):
        mask = present & (projection.delay == delay)
        parts.append(replace(projection, delay=int(delay), weights=replace(projection.weights, mask=mask)))
    return parts


def _gain(network: Network, projection: Projection) -> FloatArray:
    """What a spike of weight 1 adds to each target neuron's state."""
    target = network.population(projection.target)
    receptor = 0 if projection.receptor == "excitatory" else 1
    return np.broadcast_to(synapse_factors(target.neuron, network.dt)[2 + receptor], (target.size,))  # type: ignore[arg-type]


def _state(network: Network, projection: Projection) -> int:
    two = keeps_two_states(network.population(projection.target).neuron)  # type: ignore[arg-type]
    return int(two and projection.receptor == "inhibitory")


def _feed(
    network: Network, projection: Projection, first: int, external: Int32Array, dtype: type, products: bool
) -> Feed:  # fmt: skip
    """One projection's input operator; kinds without one of their own become sparse rows."""
    delay, state = int(projection.delay), _state(network, projection)
    gain, kind, weights = _gain(network, projection), projection.connectivity, projection.weights
    source, target = network.shapes(projection)
    internal = np.empty_like(external)
    internal[external] = np.arange(len(external), dtype=np.int32) + first
    operator: Input
    if isinstance(kind, Pooling2d) and kind.function == "max":
        rows = kind.windows().expand(source, target, weights)
        operator = MaximumInput(rows.indptr, internal[rows.targets], (rows.values * gain[rows.targets]).astype(dtype))
    elif isinstance(kind, Convolution1d | Convolution2d) and np.ptp(gain) == 0:
        y, x = kind.planar(source)
        planar = weights.decoded().reshape(target[0], source[0] // kind.groups, y.kernel, x.kernel)
        operator = ConvolutionInput.of((planar * gain[0]).astype(dtype), (y, x), kind.groups, first)
    elif isinstance(kind, Dense) and weights.present().mean() >= _DENSE_FROM_DENSITY:
        table = (weights.decoded() * gain)[:, external]
        operator = DenseInput(np.ascontiguousarray(table, dtype), first, products)
    else:
        rows = network.expand(projection)
        operator = SparseInput(rows.indptr, internal[rows.targets], (rows.values * gain[rows.targets]).astype(dtype))
    return Feed(projection.source, delay, state, operator)


class _RecurrentBuilder:
    """Collects the projections within a layer into flat arrays."""

    def __init__(self, dtype: type) -> None:
        self._dtype = dtype
        self._projections: list[tuple[int, ...]] = []
        self._weights: list[Array] = [np.zeros(0)]
        self._pointers: list[IntArray] = [np.zeros(0, np.int64)]
        self._targets: list[Int32Array] = [np.zeros(0, np.int32)]

    def add(self, network: Network, projection: Projection, source: int, target: int, external: Int32Array) -> None:
        """Append one projection between populations ``source`` and ``target`` of the layer."""
        gain, size = _gain(network, projection), len(external)
        weights_at, pointers_at = sum(map(len, self._weights)), sum(map(len, self._pointers))
        in_order = bool((external == np.arange(size)).all())
        connectivity = projection.connectivity
        if isinstance(connectivity, LateralInhibition) and np.ptp(gain) == 0 and in_order:
            kind, values = ALL_OTHERS, projection.weights.decoded() * gain[0]
        elif isinstance(connectivity, Dense) and projection.weights.present().mean() >= _DENSE_FROM_DENSITY:
            kind, values = DENSE_ROWS, (projection.weights.decoded() * gain)[:, external].ravel()
        else:
            kind = SPARSE_ROWS
            if isinstance(connectivity, Pooling2d) and connectivity.function == "max":
                kind, connectivity = MAXIMUM, connectivity.windows()
            rows = connectivity.expand(*network.shapes(projection), projection.weights)
            values = rows.values * gain[rows.targets]
            internal = np.empty_like(external)
            internal[external] = np.arange(size, dtype=np.int32)
            listed = sum(map(len, self._targets))
            self._pointers.append(rows.indptr + listed)
            self._targets.append(internal[rows.targets])
            weights_at -= listed  # row pointers count within ``targets``
        self._projections.append(
            (source, target, size, _state(network, projection), int(projection.delay), kind, weights_at, pointers_at)
        )
        self._weights.append(values)

    def table(self) -> IntArray:
        """The table of projections."""
        return np.array(self._projections, np.int64).reshape(-1, 8)

    def arrays(self) -> tuple[Array, IntArray, Int32Array]:
        """Weights, row pointers and targets of all projections."""
        weights: Array = np.concatenate(self._weights).astype(self._dtype)
        return weights, np.concatenate(self._pointers), np.concatenate(self._targets)


def _sends(neuron: ComputingNeuron, listened_to: bool) -> int:
    if isinstance(neuron, Relay | Integrator | LeakyIntegrator):
        return GRADED if listened_to else NOTHING
    return SPIKE_COUNTS if is_graded(neuron) else SPIKES
