"""The pre-flight's DTCM and instructions beside what sPyNNaker's binaries use, on the software board.

    python benchmarks/preflight_on_board.py [--images 2]

Networks are compiled, real sPyNNaker loads and runs them on the software board; from every core that runs neurons the board
reads SARK's heap in the data memory and counts instructions in every time step.
"""

from __future__ import annotations

import argparse
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tables import print_markdown

import neurodeploy as nd
from neurodeploy.datasets import load_dataset
from neurodeploy.encoding import encode
from neurodeploy.firmware_models.spinnaker.board import BoardServer, SoftwareBoard
from neurodeploy.firmware_models.spinnaker.board import memory_map as at
from neurodeploy.network import LIF, Dense, Network, Population, Projection, Weights
from neurodeploy.targets.spinnaker.continuous import joined, run_continuously
from neurodeploy.targets.spinnaker.preflight import estimate_cores
from neurodeploy.targets.spinnaker.program import SpinnakerProgram
from neurodeploy.targets.spinnaker.time_budget import step_instructions

ADDRESS = "127.0.0.27"
LOOK_AFTER = 50  # instants after which a core's data memory is read
STACK = 2048
ALLOCATED = 0xFFFF0000  # of a block's word for the free chain: the block is in use (sark_alloc.c)


class WatchedBoard(SoftwareBoard):
    """A board that looks into the data memory of running cores."""

    def reboot(self) -> None:
        super().reboot()
        self.heaps: dict[tuple[tuple[int, int], int], int] = {}
        self.instants = 0

    def advance(self, until: float | None = None) -> bool:
        found = super().advance(until)
        self.instants += found
        if self.instants == LOOK_AFTER:
            for place, chip in self.chips.items():
                for number, core in chip.cores.items():
                    self.heaps[place, number] = dtcm_in_use(core.local.view("<u4"))
        return found


def dtcm_in_use(words: NDArray[np.uint32]) -> int:
    """Bytes of static data and of SARK's heap in use, and the stack's.

    The heap's root (free, first, last, free bytes) lies in front of its first block; blocks are chained by address.
    """
    for root in range(len(words) - 8):
        first, last = int(words[root + 1]), int(words[root + 2])
        if first != at.DTCM + 4 * (root + 4) or not first < last < at.DTCM + at.DTCM_SIZE:
            continue
        used, block = 0, first
        while first <= block < last:
            following, free = int(words[(block - at.DTCM) // 4]), int(words[(block - at.DTCM) // 4 + 1])
            used += (following - block) if free & ALLOCATED == ALLOCATED else 0
            if following <= block:
                break
            block = following
        if block == last:
            return 4 * (root + 4) + used + STACK
    raise ValueError("no heap found")


def networks() -> Iterator[tuple[str, Network, dict[str, Any]]]:
    """Name, network and options."""
    trained = nd.prune(nd.train("mnist-100"), threshold=0.1)
    yield "mnist-100, conductances", trained, {}
    yield "mnist-100, currents", trained, {"synapses": "current"}
    yield "mnist-100 on four cores", trained, {"neurons_per_core": 25}
    random = np.random.default_rng(0)
    encoder = trained.encoder
    for synapse, scale in (("exponential", 0.3), ("delta", 1.5)):
        neuron = LIF(synapse=synapse, tau_m=20.0, v_thresh=-50.0, v_reset=-65.0, tau_syn_E=5.0, tau_syn_I=5.0)  # type: ignore[arg-type]
        sizes, names = (784, 300, 10), ("input", "hidden", "output")
        populations = tuple(
            replace(trained.populations[0], name="input") if i == 0 else Population(name, (size,), neuron)
            for i, (name, size) in enumerate(zip(names, sizes, strict=True))
        )
        projections = tuple(
            Projection(
                f"{names[i]}_to_{names[i + 1]}", names[i], names[i + 1], Dense(),
                Weights(values=scale * random.normal(0.15, 1.0, (sizes[i], sizes[i + 1]))), 1 + 3 * i,
            )
            for i in range(2)
        )  # fmt: skip
        yield f"784-300-10, {synapse}", Network(populations, projections, 1.0, encoder=encoder), {}


def measure(network: Network, options: dict[str, Any], images: int) -> Iterator[list[object]]:
    """Our figures and the board's for every core of neurons."""
    program = nd.compile(network, "spinnaker", lost_weights=1.0, **options)
    assert isinstance(program, SpinnakerProgram)
    inputs = encode(network, load_dataset("mnist", "test").limit(images))
    board = WatchedBoard(ADDRESS, count_instructions=True)
    server = BoardServer(board)
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        with program.on_board(ADDRESS) as session:
            session.run(inputs)
    finally:
        server.stop()
        thread.join()
        server.close()
    encoder = program.lowered.encoder
    whole = joined(inputs, encoder.rest_steps if encoder else 0)
    spikes = run_continuously(
        program.mapping, replace(inputs, samples=1, steps=whole.steps, indptr=whole.indptr)
    ).spikes
    estimates = {(c.population, c.first): c for c in estimate_cores(program.mapping)}
    expected = {(c.population, c.first): needed for c, needed in step_instructions(program.mapping, spikes)}
    # Without the monitors of the virtual board the cores have other numbers, in the same order.
    placements = sorted(program.mapping.vendor["placements"], key=lambda p: (p["x"], p["y"], p["core"]))
    for placement, core in zip(placements, sorted(board.heaps), strict=True):
        label = placement["label"]
        first = int(label.rpartition("(")[2].partition(":")[0]) if label.endswith(")") else 0
        if (placement["population"], first) not in expected:
            continue
        ours = expected[placement["population"], first]
        theirs = np.array([count for _, count in board.instructions[core]], float)[1 : len(ours)]
        ours = ours[1 : 1 + len(theirs)]
        yield [
            label, f"{estimates[placement['population'], first].dtcm_bytes:,}", f"{board.heaps[core]:,}",
            f"{ours.mean():,.0f}", f"{theirs.mean():,.0f}", f"{ours.max():,.0f}", f"{theirs.max():,.0f}",
        ]  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=2)
    arguments = parser.parse_args()
    columns = ["network", "core", "DTCM, estimated", "DTCM, in use", "instructions a step, estimated, mean",
               "counted, mean", "estimated, largest", "counted, largest"]  # fmt: skip
    print_markdown(
        columns, ([name, *row] for name, network, options in networks() for row in measure(network, options, arguments.images))
    )  # fmt: skip


if __name__ == "__main__":
    main()
