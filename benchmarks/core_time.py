"""Instructions that sPyNNaker's neuron binaries execute in a time step, by neurons, arriving spikes and synaptic events.

    python benchmarks/core_time.py

Real sPyNNaker runs a source and one core of neurons on the software board, which counts instructions; in every step another
number of sources spikes.  A least-squares fit over all steps gives what a neuron, a place of the ring buffers (neurons
rounded up to a power of two), a spike that arrives and a synaptic event cost: the constants of ``targets/spinnaker/time_budget.py``.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tables import print_markdown

from neurodeploy.firmware_models.spinnaker.board import BoardServer, SoftwareBoard
from neurodeploy.targets.spinnaker.board_configuration import write_board_configuration

ADDRESS = "127.0.0.21"
MODELS = ("IF_curr_exp", "IF_curr_delta", "IF_cond_exp")
SIZES = (16, 40, 70, 128, 150, 250)
SOURCES, STEPS, MOST_SPIKES, WARM_UP = 100, 240, 40, 20


def case(neurons: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Spikes [steps, sources] and synapses [sources, neurons]."""
    random = np.random.default_rng(neurons)
    spikes = random.random((STEPS, SOURCES)) < random.integers(0, MOST_SPIKES + 1, (STEPS, 1)) / SOURCES
    return spikes, random.random((SOURCES, neurons)) < random.random((SOURCES, 1))


def client(model: str, neurons: int) -> None:
    """Run one case with sPyNNaker, in a process of its own whose HOME names the board; print the neurons' core."""
    import pyNN.spiNNaker as sim
    from spynnaker.pyNN.data import SpynnakerDataView

    spikes, synapses = case(neurons)
    sim.setup(1.0)
    times = [[float(t) for t in np.flatnonzero(spikes[:, source])] for source in range(SOURCES)]
    source = sim.Population(SOURCES, sim.SpikeSourceArray(times), label="source")
    target = sim.Population(
        neurons,
        getattr(sim, model)(),
        label="target",
        neurons_per_core=256,
        additional_parameters={"n_synapse_cores": 0},
    )
    weight = 0.0001 if model == "IF_cond_exp" else 0.01
    pairs = [(int(i), int(j), weight, 1.0) for i, j in np.argwhere(synapses)]
    sim.Projection(source, target, sim.FromListConnector(pairs), receptor_type="excitatory")
    target.record("spikes")
    sim.run(STEPS)
    spiked = sum(len(train) for train in target.get_data("spikes").segments[0].spiketrains)
    place = next(p for p in SpynnakerDataView.iterate_placemements() if p.vertex.app_vertex is target._vertex)
    Path("found.json").write_text(json.dumps([place.x, place.y, place.p, spiked]))
    sim.end()


def measure(model: str, neurons: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Terms [steps, 5] (one, neurons, places of the ring buffers, spikes, synaptic events) and instructions [steps] of the neurons' core."""
    server = BoardServer(SoftwareBoard(ADDRESS, count_instructions=True))
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        with tempfile.TemporaryDirectory() as home:
            environment = write_board_configuration(Path(home), ADDRESS)
            command = [sys.executable, str(Path(__file__).resolve()), "--client", model, str(neurons)]
            done = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True)
            if done.returncode:
                raise RuntimeError(f"sPyNNaker failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
            x, y, core, spiked = json.loads((Path(home) / "found.json").read_text())
    finally:
        server.stop()
        thread.join()
        server.close()
    if spiked:
        raise RuntimeError("the neurons were not to spike")
    counted = np.array([count for _, count in server.board.instructions[(x, y), core]], float)[:STEPS]
    spikes, synapses = case(neurons)
    events = spikes @ synapses.sum(axis=1)
    # A row arrives in the step in which its source spikes; neurons are updated in every step.
    places = 2 ** math.ceil(math.log2(neurons))
    constant = np.tile([1.0, neurons, places], (STEPS, 1))
    terms = np.column_stack([constant, spikes.sum(axis=1), events]).astype(float)
    return terms[WARM_UP : len(counted)], counted[WARM_UP:]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--client", nargs=2, default=None, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.client:
        client(arguments.client[0], int(arguments.client[1]))
        return

    def row(model: str) -> list[Any]:
        measured = [measure(model, neurons) for neurons in SIZES]
        terms, counted = (np.concatenate(part) for part in zip(*measured, strict=True))
        fit, *_ = np.linalg.lstsq(terms, counted, rcond=None)
        error = np.abs(terms @ fit - counted) / counted
        return [model, *(f"{value:,.1f}" for value in fit), f"{error.mean():.1%}", f"{error.max():.1%}"]

    columns = [
        "model",
        "a step",
        "a neuron",
        "a place of the ring buffers",
        "a spike that arrives",
        "a synaptic event",
        "mean error",
        "largest",
    ]
    print_markdown(columns, (row(model) for model in MODELS))


if __name__ == "__main__":
    main()
