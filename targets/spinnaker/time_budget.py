"""Can a core keep up?  Instructions that sPyNNaker's neuron binaries need in a time step, beside the cycles there are.

Instructions are counted, not cycles: an ARM968 takes one cycle for most and more for loads, multiplications and jumps,
and a row waits for SDRAM.  So a core with more instructions than cycles cannot keep up; one with fewer may.

Source of the constants: sPyNNaker 7.4.1's binaries on the software board, ``python benchmarks/core_time.py`` (a linear fit,
0.7 % from the counts in the mean).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil, log2
from typing import Any

import numpy as np
from scipy import sparse

from neurodeploy.network import SpikeBatch
from neurodeploy.network.arrays import Array, FloatArray
from neurodeploy.targets.spinnaker.core_memory import neuron_slices, row_targets
from neurodeploy.targets.spinnaker.emission import time_scale_factor
from neurodeploy.targets.spinnaker.firmware import run_on_model
from neurodeploy.targets.spinnaker.mapping import SpinnakerMapping
from neurodeploy.targets.spinnaker.pynn_network import PynnConvolution, PynnProjection

CYCLES_PER_MS = 200_000
STEP = 735
NEURON = {"IF_curr_exp": 107, "IF_curr_delta": 104, "IF_cond_exp": 139}
PLACE = {"IF_curr_exp": 19, "IF_curr_delta": 17, "IF_cond_exp": 19}
"""Of the ring buffers: the neurons of the population's fullest core, rounded up to a power of two."""
ARRIVING_SPIKE = 421
SYNAPTIC_EVENT = 25
CONVOLVED_SPIKE, KERNEL_ENTRY, CONVOLVED_EVENT = 303, 5.0, 43.6
"""Of IF_curr_exp_conv, ``python benchmarks/local_only_time.py``."""
MOST_SAMPLES = 100
_CHUNK = 16


@dataclass(frozen=True)
class CoreTime:
    """The busiest core: ``instructions`` of a step that has ``cycles`` of them; neurons ``first`` to ``end`` (exclusive)."""

    population: str
    first: int
    end: int
    instructions: float
    cycles: float
    spikes: float

    @property
    def text(self) -> str:
        """Where, and beside what."""
        return (
            f"{self.instructions / self.cycles:.0%} of the {self.cycles:,.0f} cycles of a step: '{self.population}', "
            f"neurons {self.first} to {self.end - 1}, {self.spikes:.3g} spikes arrive"
        )


def instructions(model: str, neurons: int, most: int, spikes: Any, synaptic_events: Any) -> Any:
    """Instructions of a core in a step in which ``spikes`` arrive that cause ``synaptic_events`` in it.

    ``most``: neurons of the population's fullest core.
    """
    return _constant(model, neurons, most) + ARRIVING_SPIKE * spikes + SYNAPTIC_EVENT * synaptic_events


def convolving_instructions(neurons: int, most: int, spikes: Any, entries: Any, synaptic_events: Any) -> Any:
    """The same of a core of ``IF_curr_exp_conv``; ``entries``: of all kernels that the arriving spikes use."""
    arriving = CONVOLVED_SPIKE * spikes + KERNEL_ENTRY * entries + CONVOLVED_EVENT * synaptic_events
    return _constant("IF_curr_exp", neurons, most) + arriving


def _constant(model: str, neurons: int, most: int) -> int:
    """What a step costs without any spike."""
    places: int = 2 ** ceil(log2(max(most, 2)))
    return STEP + NEURON[model] * neurons + PLACE[model] * places


def busiest_core(mapping: SpinnakerMapping) -> CoreTime | None:
    """The core with most to do when every input spikes at its maximum rate and no neuron does; None without neurons."""
    network = mapping.lowered
    rate = network.encoder.parameters.get("maximum_rate_hz") if network.encoder else None
    probability = 1.0 if rate is None else min(1.0, rate * network.dt / 1000)
    found = []
    for core in _cores(mapping):
        totals = np.zeros(3)
        for load in core.loads:
            if mapping.populations[load.source].model == "SpikeSourceArray":
                totals += probability * load.counts.sum(axis=1)
        found.append(core.time(float(core.instructions(totals)), totals[0]))
    return max(found, key=lambda time: time.instructions, default=None)


def busiest_step(mapping: SpinnakerMapping, spikes: Mapping[str, SpikeBatch]) -> CoreTime | None:
    """The core and time step with most to do in a run with these ``spikes`` of every population; None without neurons."""
    found = step_instructions(mapping, spikes)
    return max((core for core, _ in found), key=lambda core: core.instructions, default=None)


def step_instructions(
    mapping: SpinnakerMapping, spikes: Mapping[str, SpikeBatch]
) -> Iterator[tuple[CoreTime, FloatArray]]:
    """Every core with its busiest step, and its instructions in all steps, float64 ``(samples * steps,)``."""
    rasters = {}
    for name, batch in spikes.items():
        shape = (batch.samples * batch.steps, batch.size)
        rasters[name] = sparse.csc_array((np.ones(batch.total), batch.neurons, batch.indptr), shape=shape[::-1]).T
    for core in _cores(mapping):
        totals: Any = np.zeros((3, 1))
        for load in core.loads:
            source = mapping.populations[load.source]
            raster = rasters[source.part_of or source.label]
            totals = totals + (raster[:, source.first : source.first + source.size] @ load.counts.T).T
        needed = core.instructions(totals)
        step = int(np.argmax(needed))
        yield core.time(float(needed[step]), float(totals[0][step])), needed


def busiest_step_of_samples(mapping: SpinnakerMapping, inputs: SpikeBatch) -> CoreTime | None:
    """:func:`busiest_step` on the firmware model, of the first 100 samples of ``inputs``, 16 at a time."""
    found = []
    for first in range(0, min(inputs.samples, MOST_SAMPLES), _CHUNK):
        part = inputs.part(first, min(first + _CHUNK, inputs.samples, MOST_SAMPLES))
        found.append(busiest_step(mapping, run_on_model(mapping, part).spikes))
    return max((core for core in found if core is not None), key=lambda core: core.instructions, default=None)


@dataclass(frozen=True)
class _Load:
    """What a spike of each neuron of population ``source`` is to a core, float64 ``(3, neurons)``: arrivals (0 or 1), entries
    of kernels, synaptic events.
    """

    source: int
    counts: FloatArray


@dataclass(frozen=True)
class _Core:
    """Neurons ``first`` to ``end`` of a population, and what reaches them."""

    population: str
    model: str
    convolves: bool
    first: int
    end: int
    most: int
    cycles: float
    loads: list[_Load]

    def instructions(self, totals: Any) -> Any:
        """``totals``: arriving spikes, entries, events."""
        neurons = self.end - self.first
        if self.convolves:
            return convolving_instructions(neurons, self.most, *totals)
        return instructions(self.model, neurons, self.most, totals[0], totals[2])

    def time(self, needed: float, spikes: float) -> CoreTime:
        return CoreTime(self.population, self.first, self.end, needed, self.cycles, spikes)


def _cores(mapping: SpinnakerMapping) -> Iterator[_Core]:
    network = mapping.lowered
    cycles = CYCLES_PER_MS * network.dt * time_scale_factor(network.dt)
    for index, population in enumerate(mapping.populations):
        if population.model == "SpikeSourceArray":
            continue
        into = [projection for projection in mapping.projections if projection.target == index]
        kernels = _kernels_into(mapping, index)
        slices = neuron_slices(mapping, index)
        fullest = slices[0][1] - slices[0][0]
        for number, (first, end) in enumerate(slices):
            loads = [_Load(p.source, _row_counts(mapping, p, first, end)) for p in into]
            loads += [
                _Load(source, _kernel_counts(mapping, index, source, number, found))
                for source, found in kernels.items()
            ]
            yield _Core(population.label, population.model, bool(kernels), first, end, fullest, cycles, loads)


def _row_counts(mapping: SpinnakerMapping, projection: PynnProjection, first: int, end: int) -> FloatArray:
    synapses = _synapses(mapping, projection, mapping.populations[projection.source].size, first, end)
    return np.stack([(synapses > 0).astype(float), np.zeros_like(synapses), synapses])


def _synapses(mapping: SpinnakerMapping, projection: PynnProjection, sources: int, first: int, end: int) -> FloatArray:
    """Synapses of each source neuron on neurons ``first`` to ``end``, float64 ``(sources,)``."""
    if projection.all_but_self:
        one_less = (np.arange(sources) >= first) & (np.arange(sources) < end)
        return (end - first) - one_less.astype(np.float64)
    targets = row_targets(mapping, projection)
    here = (targets >= first) & (targets < end)
    return np.diff(np.concatenate([[0.0], np.cumsum(here)])[projection.indptr])


def _kernels_into(mapping: SpinnakerMapping, target: int) -> dict[int, list[tuple[Array, PynnConvolution]]]:
    """Kernels onto a plane, as the chip applies them, by the population they come from."""
    found: dict[int, list[tuple[Array, PynnConvolution]]] = {}
    for convolution in mapping.convolutions:
        for o, i, after, source in convolution.pairs():
            if after == target:
                found.setdefault(source, []).append((convolution.chip_kernel(o, i), convolution))
    return found


def _kernel_counts(
    mapping: SpinnakerMapping, target: int, source: int, core: int, kernels: list[tuple[Array, PynnConvolution]]
) -> FloatArray:
    """A spike arrives once for all kernels of its source, from all neurons of a core that one of them reaches from.

    Source: ``get_connected_vertices`` of the ConvolutionConnector.
    """
    before, after = mapping.populations[source].plane, mapping.populations[target].plane
    assert before is not None and after is not None
    arrives, entries, events = (np.zeros((before.height, before.width)) for _ in range(3))
    corner = after.blocks()[core]
    for kernel, convolution in kernels:
        reached, meets = [], []
        for axis, extent in enumerate((before.width, before.height)):
            side, pad = kernel.shape[1 - axis], convolution.padding[axis]
            centre, half = np.arange(extent) - side // 2 + pad, side // 2
            first, end = corner[axis], corner[axis] + after.core[axis]
            near = ((centre + half >= first) & (centre - half < end)).reshape(-1, before.core[axis])
            reached.append(np.repeat(near.any(axis=1), before.core[axis]))
            at = centre[:, None] - half + np.arange(side)
            meets.append(((at >= first) & (at < end)).astype(float))
        here = np.outer(reached[1], reached[0]).astype(float)
        arrives = np.maximum(arrives, here)
        entries += here * kernel.size
        events += meets[1] @ (kernel != 0) @ meets[0].T
    return np.stack([arrives.ravel(), entries.ravel(), events.ravel()])
