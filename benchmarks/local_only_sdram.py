"""Convolutions in synaptic rows and in the cores' own memory: what real sPyNNaker's mapping needs of cores and SDRAM.

python benchmarks/local_only_sdram.py
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np
from tables import print_markdown

from neurodeploy.compiler import compile_network
from neurodeploy.network import (
    LIF,
    Convolution2d,
    Dense,
    Encoder,
    Network,
    Population,
    Projection,
    Readout,
    SpikeSource,
    Weights,
)
from neurodeploy.targets.spinnaker.preflight import estimate_cores
from neurodeploy.targets.spinnaker.program import SpinnakerProgram

STEPS, RATE_HZ = 100, 30.0


def networks() -> Iterator[tuple[str, Network]]:
    """Networks with random kernels."""
    yield "28 x 28 -> 8 of 5 x 5 -> 10", layered((1, 28, 28), [(8, 5)])
    yield "28 x 28 -> 8 of 5 x 5 -> 16 of 5 x 5 -> 10", layered((1, 28, 28), [(8, 5), (16, 5)])
    yield "2 of 34 x 34 -> 12 of 3 x 3 -> 10", layered((2, 34, 34), [(12, 3)])


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
    cores, placements = estimate_cores(program.mapping), program.mapping.vendor["placements"]
    return [
        name, convolution, len(placements), f"{sum(c.sdram_bytes for c in cores):,}",
        f"{sum(p['sdram_fixed_bytes'] for p in placements):,}",
    ]  # fmt: skip


def main() -> None:
    """Print the table."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    columns = ["network", "convolution", "cores", "SDRAM, ours", "sPyNNaker's"]
    lines = [measure(name, network, way) for name, network in networks() for way in ("rows", "local-only")]
    print_markdown(columns, lines)


if __name__ == "__main__":
    main()
