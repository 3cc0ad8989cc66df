"""Running a network in float arithmetic: the reference that every target is compared with."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from math import prod
from typing import Any

import numba
import numpy as np
from threadpoolctl import ThreadpoolController

from neurodeploy.errors import NeurodeployError
from neurodeploy.network import Activity, Network, Pooling2d, SpikeBatch, has_threshold
from neurodeploy.network.arrays import Array, Int32Array
from neurodeploy.simulation.collecting import collect
from neurodeploy.simulation.events import count_events
from neurodeploy.simulation.inputs import Events
from neurodeploy.simulation.kernel import run_layer
from neurodeploy.simulation.plan import Layer, Plan, build_plan

_DRIVE_VALUES = 1 << 20
"""Input values (samples x steps x neurons) computed before the membranes consume them: 4 MiB of float32: it stays in the cache."""
_BLOCK_VALUES = 1 << 18
"""The same for one sample: longer runs of larger layers are cut into blocks of steps."""

Recording = bool | Collection[str] | Mapping[str, Sequence[int] | None]


def simulate(
    network: Network,
    inputs: SpikeBatch | Mapping[str, SpikeBatch],
    *,
    record_voltages: Recording = False,
    plan: Plan | None = None,
) -> Activity:
    """Run a batch of samples, each from the network's initial state, as long as the input lasts.

    ``inputs``: spikes (or graded events) of the one spike source, or of each by name. ``record_voltages``: of all
    populations, of those named, or of chosen neurons of those named; a population whose potential is read out is always
    recorded. ``plan``: a plan built before with :func:`build_plan`, to run many batches; its dtype is the arithmetic's.
    A sample's result depends neither on the number of threads nor on the rest of the batch. Memory: the batch's
    spikes, recorded voltages, and some 10 MB of working space per thread (more only if one step of a layer needs more).

    Raises:
        NeurodeployError: ND501 when the inputs do not fit the spike sources, or an unknown population is to be recorded.
    """
    plan = plan or build_plan(network)
    by_name = {plan.source_names[0]: inputs} if isinstance(inputs, SpikeBatch) and plan.source_names else inputs
    if not plan.source_names or isinstance(by_name, SpikeBatch):
        raise NeurodeployError(
            "ND501",
            "The network has no spike source: nothing says how long to run it.",
            "Add a SpikeSource, silent if need be, and give it an empty batch of so many steps.",
        )
    check_inputs(network, by_name)
    recorded = _recorded(network, record_voltages)
    samples = next(iter(by_name.values())).samples
    size = _DRIVE_VALUES // max(1, max(_block_steps(layer, by_name) * layer.size for layer in plan.layers))
    size = max(numba.get_num_threads(), size)
    parts, memory = [], _Memory()
    with _threads(min(size, max(samples, 1))), _single_threaded_blas():  # a product within a sample is not split again
        for first in range(0, max(samples, 1), size):
            chunk = {name: batch.part(first, min(first + size, samples)) for name, batch in by_name.items()}
            parts.append(_run(network, plan, chunk, recorded, memory))
    return Activity.concatenate(parts) if len(parts) > 1 else parts[0]


@contextmanager
def _threads(most: int) -> Iterator[None]:
    """No more threads than samples: starting one for nothing costs more than a small network's step."""
    before = numba.get_num_threads()
    numba.set_num_threads(min(before, most))
    try:
        yield
    finally:
        numba.set_num_threads(before)


class _Memory:
    """Working space that chunks use again: fresh memory from the system costs more than the arithmetic on it."""

    def __init__(self) -> None:
        self._blocks: dict[str, Array] = {}

    def take(self, name: str, shape: tuple[int, ...], dtype: Any) -> Array:
        """An array whose content is whatever was left there."""
        count = prod(shape)
        block = self._blocks.get(name)
        if block is None or block.size < count or block.dtype != dtype:
            block = self._blocks[name] = np.empty(count, dtype)
        return block[:count].reshape(shape)


def _run(
    network: Network,
    plan: Plan,
    inputs: Mapping[str, SpikeBatch],
    recorded: Mapping[str, Int32Array],
    memory: _Memory,
) -> Activity:
    spikes, voltages = dict(inputs), {}
    for layer in plan.layers:
        sent, seen = _run_layer(layer, spikes, {n: recorded[n] for n in layer.names if n in recorded}, memory)
        spikes.update(sent)
        voltages.update(seen)
    counts = count_events(network, plan.fan_out, spikes)
    same = all(degree is plan.fan_out[name] for name, degree in plan.effective_fan_out.items())
    effective = counts if same else count_events(network, plan.effective_fan_out, spikes)
    ordered = {population.name: spikes[population.name] for population in network.populations}
    return Activity(ordered, counts, voltages, {}, effective)


def _run_layer(
    layer: Layer, spikes: Mapping[str, SpikeBatch], recorded: Mapping[str, Int32Array], memory: _Memory
) -> tuple[dict[str, SpikeBatch], dict[str, Array]]:
    """Spikes of the layer's populations, and voltages of the ``recorded`` neurons, by population name."""
    first = next(iter(spikes.values()))
    samples, steps, dtype = first.samples, first.steps, layer.coefficients.dtype
    block, size = _block_steps(layer, spikes), layer.size
    v = np.tile(layer.coefficients[0], (samples, 1))
    state_e, state_i = np.zeros((samples, size), dtype), np.zeros((samples, size), dtype)
    held, pending = np.zeros((samples, size), np.int32), np.zeros((samples, size), dtype)
    graded = bool((layer.populations[:, 4] % 2).any())
    # Room for every neuron in every step: the system gives memory only to what is written.
    sent = memory.take("sent", (samples, steps * size), np.int32)
    values = memory.take("values", (samples, steps * size if graded else 0), dtype)
    pointers = np.zeros((samples, len(layer.names), steps, 2), np.int64)
    neurons, columns = _record_columns(layer, recorded)
    voltages = np.empty((samples, steps, len(neurons)), dtype)
    events = {feed.source: Events.of(spikes[feed.source]) for feed in layer.feeds}
    two = bool(layer.populations[:, 3].any())
    for begin in range(0, steps, block):
        length = min(block, steps - begin)
        drives = [
            memory.take(f"drive {state}", (samples, length if two or not state else 0, size), dtype) for state in (0, 1)
        ]
        for drive in drives:
            drive.fill(0)
        for feed in layer.feeds:
            feed.operator.add(events[feed.source], feed.delay, begin, drives[feed.state])
        run_layer(
            begin, drives[0], drives[1], layer.populations, layer.projections, layer.coefficients, layer.refractory_steps,
            layer.external, layer.weights, layer.row_pointers, layer.targets, v, state_e, state_i, held, pending, sent,
            values, pointers, neurons, voltages,
        )  # fmt: skip
    result = {}
    for index, name in enumerate(layer.names):
        start, end = layer.populations[index, :2]
        in_order = bool((np.diff(layer.external[start:end]) > 0).all())
        own_values = values if layer.populations[index, 4] else None
        result[name] = collect(sent, own_values, pointers[:, index], int(end - start), in_order)
    return result, {name: voltages[:, :, span] for name, span in columns.items()}


def _block_steps(layer: Layer, spikes: Mapping[str, SpikeBatch]) -> int:
    steps = next(iter(spikes.values())).steps
    return max(1, min(steps, _BLOCK_VALUES // max(layer.size, 1)))


_blas: list[ThreadpoolController] = []


def _single_threaded_blas() -> AbstractContextManager[object]:
    if not _blas:  # looking for the libraries takes milliseconds, so it is done once
        import scipy.linalg  # noqa: F401 (the BLAS that numba calls)

        _blas.append(ThreadpoolController())
    limited: AbstractContextManager[object] = _blas[0].limit(limits=1, user_api="blas")
    return limited


def _recorded(network: Network, wanted: Recording) -> dict[str, Int32Array]:
    """Neurons to record by population."""
    computing = {p.name: p.size for p in network.populations if p not in network.sources}
    if isinstance(wanted, bool):
        chosen: Mapping[str, Sequence[int] | None] = dict.fromkeys(computing) if wanted else {}
    else:
        chosen = wanted if isinstance(wanted, Mapping) else dict.fromkeys(wanted)
    result = {}
    for name, neurons in chosen.items():
        if name not in computing:
            raise NeurodeployError("ND501", f"'{name}' has no potential to record.", f"Use one of {sorted(computing)}.")
        given = np.arange(computing[name]) if neurons is None else np.asarray(neurons)
        if given.size and given.dtype.kind not in "iu":
            raise NeurodeployError("ND501", f"Neurons to record of '{name}' are {given.dtype}.", "Use whole numbers.")
        indices = given.astype(np.int64)
        if indices.size and not (indices.min() >= 0 and indices.max() < computing[name]):
            raise NeurodeployError(
                "ND501",
                f"Neuron {indices.max() if indices.min() >= 0 else indices.min()} of '{name}' cannot be recorded.",
                f"Use 0 to {computing[name] - 1}.",
            )
        result[name] = indices.astype(np.int32)
    readout = network.readout
    if readout is not None and not has_threshold(network.population(readout.population).neuron):
        result[readout.population] = np.arange(computing[readout.population], dtype=np.int32)
    return result


def _record_columns(layer: Layer, recorded: Mapping[str, Int32Array]) -> tuple[Int32Array, dict[str, slice]]:
    """Which of the layer's neurons to record, and the columns of each population among them."""
    neurons: list[Int32Array] = [np.zeros(0, np.int32)]
    columns: dict[str, slice] = {}
    at = 0
    for index, name in enumerate(layer.names):
        if name in recorded:
            start, end = layer.populations[index, :2]
            internal = np.empty(end - start, np.int32)
            internal[layer.external[start:end]] = np.arange(start, end, dtype=np.int32)
            neurons.append(internal[recorded[name]])
            columns[name] = slice(at, at + len(recorded[name]))
            at = columns[name].stop
    return np.concatenate(neurons), columns


def check_inputs(network: Network, inputs: Mapping[str, SpikeBatch]) -> None:
    """Refuse inputs that do not fit the spike sources (ND501)."""
    expected = {p.name: p.size for p in network.sources}
    if set(inputs) != set(expected) or not expected:
        raise NeurodeployError(
            "ND501",
            f"The input names {sorted(inputs)}, the spike sources are {sorted(expected)}.",
            "Give one SpikeBatch for each spike source.",
        )
    if len({(batch.samples, batch.steps) for batch in inputs.values()}) > 1:
        lengths = {name: (batch.samples, batch.steps) for name, batch in inputs.items()}
        raise NeurodeployError("ND501", f"The inputs differ in (samples, steps): {lengths}.", "Give all the same.")
    for name, batch in inputs.items():
        if batch.size != expected[name]:
            raise NeurodeployError(
                "ND501",
                f"The input of '{name}' has {batch.size} neurons; the spike source has {expected[name]}.",
                "Use the data set the network was trained on.",
            )
        if problem := batch.problem():
            raise NeurodeployError("ND501", f"The input of '{name}' is not a spike batch: {problem}.", "Make it again.")
    for projection in network.projections:
        kind = projection.connectivity
        graded = projection.source in inputs and inputs[projection.source].values is not None
        if graded and isinstance(kind, Pooling2d) and kind.function == "max":
            raise NeurodeployError(
                "ND501",
                f"The input of '{projection.source}' is graded; '{projection.name}' takes the maximum of spikes.",
                "Present spikes, or use average pooling.",
            )
