"""Networks of a chosen number of cores and a chosen activity, for ``slow_down.py``.

Neurons fire by themselves, at random phases, at a rate that their input current sets; groups of up to sixteen cores (1,024
neurons) send their spikes to themselves and to the next group, twenty synapses to a neuron, drawn on the chip, too weak to matter.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

from record import private_home

NEURONS_PER_CORE, CORES_PER_GROUP, SYNAPSES = 64, 16, 20
TAU, REST, THRESHOLD = 20.0, -65.0, -50.0


def current(rate_hz: float) -> float:
    """Input current, nA, at which a neuron (cm 1 nF) fires at a rate: v' = (REST - v) / TAU + i / cm."""
    interval = 1000 / rate_hz
    return (THRESHOLD - REST) / TAU / (1 - math.exp(-interval / TAU))


def run(address: str, folder: Path, cores: int, rate_hz: float, milliseconds: int) -> None:
    """Build and run; writes how many spikes there were to ``folder/found.json``."""
    private_home(folder, address)
    import pyNN.spiNNaker as sim

    sim.setup(1.0, n_boards_required=1)
    sim.set_number_of_neurons_per_core(sim.IF_curr_exp, NEURONS_PER_CORE)
    cell = sim.IF_curr_exp(
        tau_m=TAU, cm=1.0, tau_refrac=0.1, v_rest=REST, v_reset=REST, v_thresh=THRESHOLD, i_offset=current(rate_hz)
    )
    sizes = [NEURONS_PER_CORE * min(CORES_PER_GROUP, cores - first) for first in range(0, cores, CORES_PER_GROUP)]
    groups = [sim.Population(size, cell, label=f"group {number}") for number, size in enumerate(sizes)]
    for number, group in enumerate(groups):
        group.initialize(v=sim.RandomDistribution("uniform", (REST, THRESHOLD)))
        for target in {number, (number + 1) % len(groups)}:
            sim.Projection(
                group,
                groups[target],
                sim.FixedNumberPreConnector(SYNAPSES // 2),
                sim.StaticSynapse(weight=0.001, delay=1.0),
            )
    groups[0].record("spikes")
    sim.run(milliseconds)
    trains = groups[0].get_data("spikes").segments[0].spiketrains
    rate = sum(len(train) for train in trains) / sizes[0] / milliseconds * 1000
    (folder / "found.json").write_text(json.dumps({"rate_hz": rate}))
    sim.end()


if __name__ == "__main__":
    run(sys.argv[1], Path(sys.argv[2]).resolve(), int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5]))
