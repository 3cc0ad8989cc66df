"""Can a core keep up?  Instructions that sPyNNaker's neuron binaries need in a time step, beside the cycles there are.

Instructions are counted, not cycles: an ARM968 takes one cycle for most and more for loads, multiplications and jumps,
and a row waits for SDRAM.  So a core with more instructions than cycles cannot keep up; one with fewer may.

Source of the constants: sPyNNaker 7.4.1's binaries on the software board, ``python benchmarks/core_time.py`` (a linear fit,
0.8 % from the counts in the mean).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurodeploy.targets.spinnaker.emission import time_scale_factor
from neurodeploy.targets.spinnaker.mapping import SpinnakerMapping

CYCLES_PER_MS = 200_000
STEP = 725
NEURON = {"IF_curr_exp": 126, "IF_curr_delta": 122, "IF_cond_exp": 158}
ARRIVING_SPIKE = 418
SYNAPTIC_EVENT = 25


@dataclass(frozen=True)
class CoreTime:
    """The busiest core: instructions of a step with every input at its maximum rate, and cycles that a step has."""

    population: str
    neurons: int
    instructions: float
    cycles: float
    spikes: float

    @property
    def text(self) -> str:
        """Where, and beside what."""
        return (
            f"{self.instructions / self.cycles:.0%} of the {self.cycles:,.0f} cycles of a step: '{self.population}', "
            f"{self.neurons} neurons, {self.spikes:.3g} input spikes a step; spikes of neurons come on top"
        )


def instructions(model: str, neurons: float, spikes: float, synaptic_events: float) -> float:
    """Instructions of a core in a step in which ``spikes`` arrive that cause ``synaptic_events`` in it."""
    return STEP + NEURON[model] * neurons + ARRIVING_SPIKE * spikes + SYNAPTIC_EVENT * synaptic_events


def busiest_core(mapping: SpinnakerMapping) -> CoreTime | None:
    """The core with most to do when every input spikes at its maximum rate and no neuron does; None without neurons."""
    network, most = mapping.lowered, mapping.options.neurons_per_core
    rate = network.encoder.parameters.get("maximum_rate_hz") if network.encoder else None
    probability = 1.0 if rate is None else min(1.0, rate * network.dt / 1000)
    cycles = CYCLES_PER_MS * network.dt * time_scale_factor(network.dt)
    found = []
    for index, population in enumerate(mapping.populations):
        if population.model == "SpikeSourceArray":
            continue
        for first in range(0, population.size, most):
            neurons = min(most, population.size - first)
            spikes = events = 0.0
            for projection in mapping.projections:
                source = mapping.populations[projection.source]
                if projection.target != index or source.model != "SpikeSourceArray":
                    continue
                here = (projection.indices >= first) & (projection.indices < first + neurons)
                connected = np.diff(np.concatenate([[0], np.cumsum(here)])[projection.indptr]) > 0
                spikes += probability * float(np.sum(connected))
                events += probability * float(np.sum(here))
            found.append(
                CoreTime(
                    population.label, neurons, instructions(population.model, neurons, spikes, events), cycles, spikes
                )
            )
    return max(found, key=lambda core: core.instructions, default=None)
