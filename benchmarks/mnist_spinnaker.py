"""MNIST, 100 neurons, one pass over 60,000 images, 3 seeds: accuracy at every rung on the 10,000 test images.

    python benchmarks/mnist_spinnaker.py [--seeds 3] [--threshold 0.15] [--levels 3]

Then the same without a reset between samples, as on a board: how much the rest period leaves of the sample before.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tables import print_markdown

import neurodeploy as nd
from neurodeploy.compiler import Program
from neurodeploy.datasets import Dataset, load_dataset
from neurodeploy.encoding import encode
from neurodeploy.firmware_models.spinnaker import run_firmware
from neurodeploy.network import SpikeBatch
from neurodeploy.readout import accuracy, classify
from neurodeploy.targets.spinnaker.firmware import firmware_network
from neurodeploy.verification import RUNGS


def continuous_accuracy(program: Program, data: Dataset) -> float:
    """Accuracy of the model in one continuous run: samples follow each other after the declared rest."""
    network, mapping = program.network, program.mapping  # type: ignore[attr-defined]
    assert network.encoder is not None and network.readout is not None
    period = network.encoder.steps + network.encoder.rest_steps
    spikes = encode(network, data)
    rest = np.repeat(spikes.indptr[spikes.steps :: spikes.steps, None], network.encoder.rest_steps, axis=1)
    starts = spikes.indptr[:-1].reshape(len(data), spikes.steps)
    indptr = np.append(np.concatenate([starts, rest], axis=1).ravel(), spikes.indptr[-1])
    populations, projections = firmware_network(mapping)
    result = run_firmware(
        populations, projections, time_step_ms=network.dt, steps=period, samples=len(data), source_indptr=indptr,
        source_neurons=spikes.neurons, reset_between_samples=False,
    )  # fmt: skip
    output = SpikeBatch(len(data), period, populations[1].size, result.spike_indptr[1], result.spike_neurons[1])
    return accuracy(classify(output.counts(), network.readout), data.labels)


def rows(arguments: argparse.Namespace) -> Iterator[list[object]]:
    """One row per seed, then the mean."""
    test = load_dataset("mnist", "test")
    table = []
    for seed in range(arguments.seeds):
        network = nd.train("mnist-100", seed=seed)
        small = nd.quantize(nd.prune(network, threshold=arguments.threshold), levels=arguments.levels)
        program = nd.compile(small, "spinnaker", mapping="estimate")
        if arguments.keep:
            nd.save(network, Path(arguments.keep) / f"mnist-100-seed{seed}.h5")
        ladder = nd.verify(program, test)
        found = [ladder.rung(name).accuracy for name in RUNGS[:5]] + [continuous_accuracy(program, test)]
        connectivity = small.synapses(small.projections[0]) / 78400
        clipped = ladder.rung("model").saturations
        table.append(found)
        yield [seed, *(f"{100 * value:.2f}" for value in found), f"{100 * connectivity:.1f} %", clipped]
    mean = np.mean(np.array(table, float), axis=0)
    yield ["mean", *(f"**{100 * value:.2f}**" for value in mean), "", ""]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threshold", type=float, default=0.15)
    parser.add_argument("--levels", type=int, default=3)
    parser.add_argument("--keep", help="folder to keep the trained networks in")
    print_markdown(
        ["seed", *RUNGS[:5], "model, no reset between samples", "connectivity", "saturations"],
        rows(parser.parse_args()),
    )


if __name__ == "__main__":
    main()
