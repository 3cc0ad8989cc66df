"""Running a plan for a while: every layer from the state in which the steps before left it.

One way for whole recordings (from the initial state) and for input that arrives in pieces. Between two pieces a layer's
state is kept, and of each population the spikes that a delay still carries into the next piece.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields

import numba
import numpy as np

from neurodeploy.network import Activity, Network, SpikeBatch
from neurodeploy.network.arrays import Array, Int32Array
from neurodeploy.simulation.collecting import collect, restore
from neurodeploy.simulation.events import count_events
from neurodeploy.simulation.inputs import Events
from neurodeploy.simulation.kernel import run_layer
from neurodeploy.simulation.plan import Layer, Plan
from neurodeploy.simulation.recording import record_columns
from neurodeploy.simulation.working_space import Memory

_DRIVE_VALUES = 1 << 20
"""Input values (samples x steps x neurons) computed before the membranes consume them: 4 MiB of float32: it stays in the cache."""
_BLOCK_VALUES = 1 << 18
"""The same for one sample: longer runs of larger layers are cut into blocks of steps."""


@dataclass(frozen=True, eq=False)
class LayerState:
    """What a layer carries from step to step, each ``(samples, neurons)``; a run writes into the arrays.

    Potentials ``v``, the synapses' two states, steps for which neurons are still ``held``, resets still ``pending``.
    """

    v: Array
    state_e: Array
    state_i: Array
    held: Int32Array
    pending: Array

    @staticmethod
    def initial(layer: Layer, samples: int) -> LayerState:
        """Before the first step."""
        shape, dtype = (samples, layer.size), layer.coefficients.dtype
        synapses = np.zeros(shape, dtype), np.zeros(shape, dtype)
        v: Array = np.tile(layer.coefficients[0], (samples, 1))
        return LayerState(v, *synapses, np.zeros(shape, np.int32), np.zeros(shape, dtype))

    def part(self, first: int, end: int) -> LayerState:
        """A copy of samples ``first`` to ``end`` (exclusive)."""
        return LayerState(*(getattr(self, entry.name)[first:end].copy() for entry in fields(self)))

    @staticmethod
    def concatenate(parts: Sequence[LayerState]) -> LayerState:
        """The states of consecutive samples as one."""
        return LayerState(*(np.concatenate([getattr(p, e.name) for p in parts]) for e in fields(LayerState)))


@dataclass(frozen=True, eq=False)
class State:
    """Where a network stands: its ``layers``, in the plan's order, and the ``history`` of its populations.

    ``history`` holds the spikes of the last steps by population, as many as :attr:`Plan.history_steps` names and there
    were so far; a population that is missing has none.
    """

    layers: tuple[LayerState, ...]
    history: Mapping[str, SpikeBatch] = field(default_factory=dict)

    @staticmethod
    def initial(plan: Plan, samples: int) -> State:
        """Before the first step."""
        return State(tuple(LayerState.initial(layer, samples) for layer in plan.layers))

    def part(self, first: int, end: int) -> State:
        """A copy of samples ``first`` to ``end`` (exclusive)."""
        history = {name: batch.part(first, end) for name, batch in self.history.items()}
        return State(tuple(layer.part(first, end) for layer in self.layers), history)


def chunks(plan: Plan, samples: int, steps: int) -> Iterator[tuple[int, int]]:
    """First and end of the samples that run at a time: as many as the cache holds input for, at least one per thread."""
    largest = max((_block_steps(layer, steps) * layer.size for layer in plan.layers), default=1)
    size = max(numba.get_num_threads(), _DRIVE_VALUES // max(1, largest))
    for first in range(0, max(samples, 1), size):
        yield first, min(first + size, samples)


def run_plan(
    network: Network,
    plan: Plan,
    inputs: Mapping[str, SpikeBatch],
    state: State,
    recorded: Mapping[str, Int32Array],
    memory: Memory,
) -> Activity:
    """Run all layers over the steps of ``inputs``; the arrays of ``state`` go on to the end of them, its history does not."""
    spikes, voltages = dict(inputs), {}
    for layer, own in zip(plan.layers, state.layers, strict=True):
        wanted = {name: recorded[name] for name in layer.names if name in recorded}
        sent, seen = _run_layer(layer, own, state.history, spikes, wanted, memory)
        spikes.update(sent)
        voltages.update(seen)
    counts = count_events(network, plan.fan_out, spikes)
    same = all(degree is plan.fan_out[name] for name, degree in plan.effective_fan_out.items())
    effective = counts if same else count_events(network, plan.effective_fan_out, spikes)
    ordered = {population.name: spikes[population.name] for population in network.populations}
    return Activity(ordered, counts, voltages, {}, effective)


def _run_layer(
    layer: Layer,
    state: LayerState,
    history: Mapping[str, SpikeBatch],
    spikes: Mapping[str, SpikeBatch],
    recorded: Mapping[str, Int32Array],
    memory: Memory,
) -> tuple[dict[str, SpikeBatch], dict[str, Array]]:
    """Spikes of the layer's populations, and voltages of the ``recorded`` neurons, by population name."""
    batch = next(iter(spikes.values()))
    samples, steps, dtype = batch.samples, batch.steps, layer.coefficients.dtype
    kept = [history[name] for name in layer.names] if len(layer.projections) and layer.names[0] in history else []
    past = min((layer.longest_delay, *(batch.steps for batch in kept))) if kept else 0
    graded = bool((layer.populations[:, 4] % 2).any())
    # Room for every neuron in every step: the system gives memory only to what is written.
    room = (past + steps) * layer.size
    sent = memory.take("sent", (samples, room), np.int32)
    values = memory.take("values", (samples, room if graded else 0), dtype)
    pointers = np.zeros((samples, len(layer.names), past + steps, 2), np.int64)
    if past:
        restore([b.window(b.steps - past, b.steps) for b in kept], layer.external, sent, values, pointers)
    neurons, columns = record_columns(layer, recorded)
    voltages = np.empty((samples, past + steps, len(neurons)), dtype)
    for begin, drives in _drives(layer, history, spikes, memory):
        run_layer(
            past + begin, drives[0], drives[1], layer.populations, layer.projections, layer.coefficients,
            layer.refractory_steps, layer.external, layer.weights, layer.row_pointers, layer.targets, state.v,
            state.state_e, state.state_i, state.held, state.pending, sent, values, pointers, neurons, voltages,
        )  # fmt: skip
    result = {}
    for index, name in enumerate(layer.names):
        start, end = layer.populations[index, :2]
        in_order = bool((np.diff(layer.external[start:end]) > 0).all())
        own_values = values if layer.populations[index, 4] else None
        result[name] = collect(sent, own_values, pointers[:, index, past:], int(end - start), in_order)
    return result, {name: voltages[:, past:, span] for name, span in columns.items()}


def _drives(
    layer: Layer, history: Mapping[str, SpikeBatch], spikes: Mapping[str, SpikeBatch], memory: Memory
) -> Iterator[tuple[int, list[Array]]]:
    """Blocks of steps: the first step, and what reaches the two synaptic states, ``(samples, steps, neurons)`` each."""
    batch, dtype = next(iter(spikes.values())), layer.coefficients.dtype
    two = bool(layer.populations[:, 3].any())
    events, past = {}, {}
    for name in {feed.source for feed in layer.feeds}:
        past[name] = history[name].steps if name in history else 0
        events[name] = Events.of(history[name].followed_by(spikes[name]) if past[name] else spikes[name])
    block = _block_steps(layer, batch.steps)
    for begin in range(0, batch.steps, block):
        length = min(block, batch.steps - begin)
        lengths = (length, length if two else 0)
        drives = [
            memory.take(f"drive {state}", (batch.samples, rows, layer.size), dtype)
            for state, rows in enumerate(lengths)
        ]
        for drive in drives:
            drive.fill(0)
        for feed in layer.feeds:
            feed.operator.add(events[feed.source], feed.delay, past[feed.source] + begin, drives[feed.state])
        yield begin, drives


def _block_steps(layer: Layer, steps: int) -> int:
    return max(1, min(steps, _BLOCK_VALUES // max(layer.size, 1)))
