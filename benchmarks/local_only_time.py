"""Instructions that sPyNNaker's convolution and pool-dense binaries execute for a spike, by kernel entries and synaptic events.

    python benchmarks/local_only_time.py

One source of 12 x 12 neurons drives kernels of four sizes and dense layers of three on the software board, which counts
instructions; another number of sources spikes in every step.  A least-squares fit over all steps, with a constant for every
population, gives the costs; ``core_time.py`` has those of synaptic rows.
"""

from __future__ import annotations

import argparse
import json
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
from neurodeploy.firmware_models.spinnaker.local_only import first_targets
from neurodeploy.targets.spinnaker.board_configuration import write_board_configuration

ADDRESS = "127.0.0.25"
SIDE, STEPS, MOST_SPIKES, WARM_UP = 12, 240, 40, 20
KERNELS, DENSE = (1, 3, 5, 7), (10, 50, 100)
Floats = NDArray[np.float64]


def case() -> tuple[NDArray[np.bool_], dict[int, Floats], dict[int, Floats]]:
    """Spikes [steps, sources], kernels and dense matrices [sources, neurons], both with 30 % zeros."""
    random = np.random.default_rng(0)
    spikes = random.random((STEPS, SIDE * SIDE)) < random.integers(0, MOST_SPIKES + 1, (STEPS, 1)) / SIDE**2
    kernels = {side: np.where(random.random((side, side)) < 0.7, 0.001, 0) for side in KERNELS}
    dense = {size: np.where(random.random((SIDE * SIDE, size)) < 0.7, 0.001, 0) for size in DENSE}
    return spikes, kernels, dense


def client() -> None:
    """Run everything with sPyNNaker, in a process of its own whose HOME names the board; print the targets' cores."""
    import pyNN.spiNNaker
    from pyNN.space import Grid2D
    from spynnaker.pyNN.data import SpynnakerDataView

    sim: Any = pyNN.spiNNaker
    spikes, kernels, dense = case()
    sim.setup(1.0)
    times = [[float(t) for t in np.flatnonzero(train)] for train in spikes.T]
    plane: dict[str, Any] = {"structure": Grid2D(1.0)}
    source = sim.Population(SIDE * SIDE, sim.SpikeSourceArray(times), **plane)
    source.set_max_atoms_per_core((SIDE, SIDE))
    targets = {}
    for side, kernel in kernels.items():
        target = targets[f"convolution {side}"] = sim.Population(SIDE * SIDE, sim.IF_curr_exp(), **plane)
        target.set_max_atoms_per_core((SIDE, SIDE))
        sim.Projection(source, target, sim.ConvolutionConnector(kernel, padding=side // 2), sim.Convolution())
    for size, weights in dense.items():
        target = targets[f"dense {size}"] = sim.Population(size, sim.IF_curr_exp())
        rows = weights.reshape(SIDE, SIDE, size).swapaxes(0, 1)  # the connector's rows are x * height + y
        sim.Projection(source, target, sim.PoolDenseConnector(rows.ravel()), sim.PoolDense())
    for target in targets.values():
        target.record("spikes")
    sim.run(STEPS)
    if any(len(train) for target in targets.values() for train in target.get_data().segments[0].spiketrains):
        raise RuntimeError("the neurons were not to spike")
    place = {p.vertex.app_vertex: [p.x, p.y, p.p] for p in SpynnakerDataView.iterate_placemements()}
    Path("found.json").write_text(json.dumps({name: place[target._vertex] for name, target in targets.items()}))
    sim.end()


def counted() -> dict[str, Floats]:
    """Instructions [steps] of every target's core."""
    server = BoardServer(SoftwareBoard(ADDRESS, count_instructions=True))
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        with tempfile.TemporaryDirectory() as home:
            environment = write_board_configuration(Path(home), ADDRESS)
            command = [sys.executable, str(Path(__file__).resolve()), "--client"]
            done = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True)
            if done.returncode:
                raise RuntimeError(f"sPyNNaker failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
            places = json.loads((Path(home) / "found.json").read_text())
    finally:
        server.stop()
        thread.join()
        server.close()
    found = server.board.instructions
    return {name: np.array([n for _, n in found[(x, y), p]], float)[:STEPS] for name, (x, y, p) in places.items()}


def events_per_source(kernel: Floats) -> Floats:
    """Synaptic events of a spike of each source neuron: entries of the kernel that are not 0 and meet the plane."""
    rows = first_targets(SIDE, len(kernel), len(kernel) // 2, 1, 1)[:, None] + np.arange(len(kernel))
    inside = ((rows >= 0) & (rows < SIDE)).astype(float)
    events: Floats = (inside @ (kernel != 0) @ inside.T).ravel()
    return events


def fit(name: str, parts: list[tuple[Floats, Floats]]) -> list[Any]:
    """One line of the table; the last terms of every part are spikes and what a spike causes."""
    constants = np.repeat(np.eye(len(parts)), [len(count) for _, count in parts], axis=0)
    terms = np.column_stack([constants, np.concatenate([terms for terms, _ in parts])])
    count = np.concatenate([count for _, count in parts])
    found, *_ = np.linalg.lstsq(terms, count, rcond=None)
    error = np.abs(terms @ found - count) / count
    costs = [f"{value:,.1f}" for value in found[len(parts) :]]
    return [
        name,
        *(costs if len(costs) == 3 else [costs[0], "–", costs[1]]),
        f"{error.mean():.1%}",
        f"{error.max():.1%}",
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--client", action="store_true", help=argparse.SUPPRESS)
    if parser.parse_args().client:
        client()
        return
    spikes, kernels, dense = case()
    instructions, arriving = counted(), spikes.sum(axis=1)

    def part(name: str, *terms: Floats) -> tuple[Floats, Floats]:
        count = instructions[name]
        return np.column_stack([arriving, *terms]).astype(float)[WARM_UP : len(count)], count[WARM_UP:]

    convolutions = [
        part(f"convolution {side}", arriving * side**2, spikes @ events_per_source(kernel))
        for side, kernel in kernels.items()
    ]
    matrices = [part(f"dense {size}", spikes @ (weights != 0).sum(axis=1)) for size, weights in dense.items()]
    columns = ["binary", "a spike that arrives", "a kernel entry", "a synaptic event", "mean error", "largest"]
    print_markdown(columns, [fit("IF_curr_exp_conv", convolutions), fit("IF_curr_exp_pool_dense", matrices)])


if __name__ == "__main__":
    main()
