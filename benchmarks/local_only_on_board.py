"""Convolutions in synaptic rows and in the cores' own memory: SDRAM, data memory and instructions, on the software board.

    python benchmarks/local_only_on_board.py

Each network is compiled both ways (``--convolution rows`` and ``local-only``), mapped by real sPyNNaker and run by its binaries;
the board reads SARK's heap in the data memory and counts instructions.  Spikes are compared with the firmware model's.
"""

from __future__ import annotations

import argparse
import threading
from collections.abc import Iterator

import numpy as np
from preflight_on_board import WatchedBoard
from tables import print_markdown

from neurodeploy.compiler import compile_network
from neurodeploy.firmware_models.spinnaker.board import BoardServer
from neurodeploy.network import (
    LIF,
    Convolution2d,
    Dense,
    Encoder,
    Network,
    Population,
    Projection,
    Readout,
    SpikeBatch,
    SpikeSource,
    Weights,
)
from neurodeploy.targets.spinnaker.preflight import estimate_cores
from neurodeploy.targets.spinnaker.program import SpinnakerProgram
from neurodeploy.targets.spinnaker.time_budget import step_instructions

ADDRESS = "127.0.0.29"
STEPS, RATE_HZ = 100, 30.0


def networks() -> Iterator[tuple[str, Network]]:
    """Networks with random kernels; thresholds let one neuron in a hundred or fewer spike in a step."""
    yield "18 x 14 -> 4 of 3 x 3 -> 10", layered((1, 18, 14), [(4, 3)])
    yield "16 x 16 -> 4 of 5 x 5 -> 3 of 3 x 3 -> 10", layered((1, 16, 16), [(4, 5), (3, 3)])
    yield "2 of 12 x 12 -> 4 of 3 x 3 -> 10", layered((2, 12, 12), [(4, 3)])


def layered(shape: tuple[int, int, int], layers: list[tuple[int, int]]) -> Network:
    """Convolutions of (channels, side) behind each other, then a dense layer of ten neurons."""
    random = np.random.default_rng(0)
    neuron = LIF(
        synapse="exponential", tau_m=20.0, cm=1.0, v_rest=0.0, v_reset=0.0, v_init=0.0, v_thresh=1.0, tau_syn_E=3.0, tau_syn_I=3.0
    )  # fmt: skip
    populations, projections = [Population("input", shape, SpikeSource())], []
    for number, (channels, side) in enumerate(layers):
        before = populations[-1]
        shape = (channels, before.shape[1] - side + 1, before.shape[2] - side + 1)
        weights = random.normal(0.05, 0.3 / side, (channels, before.shape[0], side, side))
        populations.append(Population(f"layer {number + 1}", shape, neuron))
        projections.append(
            Projection(f"convolution {number + 1}", before.name, populations[-1].name, Convolution2d((side, side)), Weights(values=weights))
        )  # fmt: skip
    weights = random.normal(0, 0.1, (populations[-1].size, 10))
    projections.append(Projection("dense", populations[-1].name, "output", Dense(), Weights(values=weights)))
    populations.append(Population("output", (10,), neuron))
    return Network(
        tuple(populations), tuple(projections), 1.0, Encoder("poisson", STEPS, {"maximum_rate_hz": RATE_HZ}),
        Readout("output", np.arange(10, dtype=np.int32), 10),
    )  # fmt: skip


def measure(name: str, network: Network, convolution: str) -> list[object]:
    """One line of the table."""
    program = compile_network(network, "spinnaker", {"convolution": convolution, "lost_weights": 1.0}).program
    assert isinstance(program, SpinnakerProgram)
    random = np.random.default_rng(1).random((1, STEPS, network.populations[0].size))
    inputs = SpikeBatch.from_dense(random < RATE_HZ / 1000)
    board = WatchedBoard(ADDRESS, count_instructions=True)
    server = BoardServer(board)
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        with program.on_board(ADDRESS) as session:
            found, expected = session.run(inputs).spikes, session.expected(inputs).spikes
    finally:
        server.stop()
        thread.join()
        server.close()
    same = all(
        np.array_equal(found[p].indptr, batch.indptr) and np.array_equal(found[p].neurons, batch.neurons)
        for p, batch in expected.items()
    )
    cores, placements = estimate_cores(program.mapping), program.mapping.vendor["placements"]
    ours = max(float(needed.max()) for _, needed in step_instructions(program.mapping, expected))
    theirs = max(
        max(count for _, count in core[1:STEPS]) for core in board.instructions.values() if len(core) > STEPS // 2
    )
    spikes = sum(batch.total for p, batch in expected.items() if p != "input")
    return [
        name, convolution, len(placements), f"{sum(c.sdram_bytes for c in cores):,}",
        f"{sum(p['sdram_fixed_bytes'] for p in placements):,}", f"{max(c.dtcm_bytes for c in cores):,}",
        f"{max(board.heaps.values()):,}", f"{ours:,.0f}", f"{theirs:,.0f}", f"{spikes:,} {'equal' if same else 'DIFFERENT'}",
    ]  # fmt: skip


def main() -> None:
    """Print the table."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    columns = [
        "network", "convolution", "cores", "SDRAM, ours", "sPyNNaker's", "DTCM, ours", "used", "instructions, ours", "counted",
        "spikes",
    ]  # fmt: skip
    lines = [measure(name, network, way) for name, network in networks() for way in ("rows", "local-only")]
    print_markdown(columns, lines)


if __name__ == "__main__":
    main()
