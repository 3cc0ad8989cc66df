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
from neurodeploy.network.arrays import FloatArray
from neurodeploy.targets.spinnaker.core_memory import neuron_slices
from neurodeploy.targets.spinnaker.emission import time_scale_factor
from neurodeploy.targets.spinnaker.firmware import run_on_model
from neurodeploy.targets.spinnaker.mapping import PynnProjection, SpinnakerMapping

CYCLES_PER_MS = 200_000
STEP = 735
NEURON = {"IF_curr_exp": 107, "IF_curr_delta": 104, "IF_cond_exp": 139}
PLACE = {"IF_curr_exp": 19, "IF_curr_delta": 17, "IF_cond_exp": 19}
"""Of the ring buffers: the neurons of the population's fullest core, rounded up to a power of two."""
ARRIVING_SPIKE = 421
SYNAPTIC_EVENT = 25
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
    places = 2 ** ceil(log2(max(most, 2)))
    constant = STEP + NEURON[model] * neurons + PLACE[model] * places
    return constant + ARRIVING_SPIKE * spikes + SYNAPTIC_EVENT * synaptic_events


def busiest_core(mapping: SpinnakerMapping) -> CoreTime | None:
    """The core with most to do when every input spikes at its maximum rate and no neuron does; None without neurons."""
    network = mapping.lowered
    rate = network.encoder.parameters.get("maximum_rate_hz") if network.encoder else None
    probability = 1.0 if rate is None else min(1.0, rate * network.dt / 1000)
    found = []
    for core in _cores(mapping):
        spikes = events = 0.0
        for projection, synapses in core.rows:
            if mapping.populations[projection.source].model == "SpikeSourceArray":
                spikes += probability * float(np.count_nonzero(synapses))
                events += probability * float(synapses.sum())
        found.append(core.time(core.instructions(spikes, events), spikes))
    return max(found, key=lambda time: time.instructions, default=None)


def busiest_step(mapping: SpinnakerMapping, spikes: Mapping[str, SpikeBatch]) -> CoreTime | None:
    """The core and time step with most to do in a run with these ``spikes`` of every population; None without neurons."""
    found = step_instructions(mapping, spikes)
    return max((core for core, _ in found), key=lambda core: core.instructions, default=None)


def step_instructions(
    mapping: SpinnakerMapping, spikes: Mapping[str, SpikeBatch]
) -> Iterator[tuple[CoreTime, FloatArray]]:
    """Every core with its busiest step, and its instructions in all steps, float64 ``(samples * steps,)``."""
    for core in _cores(mapping):
        arriving = events = np.zeros(1)
        for projection, synapses in core.rows:
            batch = spikes[mapping.populations[projection.source].label]
            shape = (batch.samples * batch.steps, batch.size)
            raster = sparse.csr_array((np.ones(batch.total), batch.neurons, batch.indptr), shape=shape)
            arriving, events = arriving + raster @ (synapses > 0), events + raster @ synapses
        needed = core.instructions(arriving, events)
        step = int(np.argmax(needed))
        yield core.time(float(needed[step]), float(arriving[step])), needed


def busiest_step_of_samples(mapping: SpinnakerMapping, inputs: SpikeBatch) -> CoreTime | None:
    """:func:`busiest_step` on the firmware model, of the first 100 samples of ``inputs``, 16 at a time."""
    found = []
    for first in range(0, min(inputs.samples, MOST_SAMPLES), _CHUNK):
        part = inputs.part(first, min(first + _CHUNK, inputs.samples, MOST_SAMPLES))
        found.append(busiest_step(mapping, run_on_model(mapping, part).spikes))
    return max((core for core in found if core is not None), key=lambda core: core.instructions, default=None)


@dataclass(frozen=True)
class _Core:
    """Neurons ``first`` to ``end`` of a population; ``rows``: projections and the synapses of each source on them."""

    population: str
    model: str
    first: int
    end: int
    most: int
    cycles: float
    rows: list[tuple[PynnProjection, FloatArray]]

    def instructions(self, spikes: Any, synaptic_events: Any) -> Any:
        return instructions(self.model, self.end - self.first, self.most, spikes, synaptic_events)

    def time(self, needed: float, spikes: float) -> CoreTime:
        return CoreTime(self.population, self.first, self.end, needed, self.cycles, spikes)


def _cores(mapping: SpinnakerMapping) -> Iterator[_Core]:
    network, most = mapping.lowered, mapping.options.neurons_per_core
    cycles = CYCLES_PER_MS * network.dt * time_scale_factor(network.dt)
    for index, population in enumerate(mapping.populations):
        if population.model == "SpikeSourceArray":
            continue
        into = [projection for projection in mapping.projections if projection.target == index]
        for first, end in neuron_slices(mapping, index):
            rows = [(p, _synapses(p, mapping.populations[p.source].size, first, end)) for p in into]
            fullest = min(most, population.size)
            yield _Core(population.label, population.model, first, end, fullest, cycles, rows)


def _synapses(projection: PynnProjection, sources: int, first: int, end: int) -> FloatArray:
    """Synapses of each source neuron on neurons ``first`` to ``end``, float64 ``(sources,)``."""
    if projection.all_but_self:
        one_less = (np.arange(sources) >= first) & (np.arange(sources) < end)
        return (end - first) - one_less.astype(np.float64)
    here = (projection.indices >= first) & (projection.indices < end)
    return np.diff(np.concatenate([[0.0], np.cumsum(here)])[projection.indptr])
