"""How a Diehl & Cook network runs on SpiNNaker: accuracy and cost of every choice, MNIST, on the firmware model.

python benchmarks/lowering_choices.py [--samples 10000] [--seeds 3]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

import numpy as np
from tables import print_markdown

import neurodeploy as nd
from neurodeploy.datasets import load_dataset

CHOICES: list[tuple[str, dict[str, Any]]] = [
    ("conductances, lateral inhibition kept (the default)", {}),
    ("conductances, worst-case weight bound", {"weight_bound": "worst_case"}),
    ("conductances, no lateral inhibition", {"lateral_inhibition": "drop"}),
    ("currents, lateral inhibition kept", {"synapses": "current"}),
    ("currents, no lateral inhibition", {"synapses": "current", "lateral_inhibition": "drop"}),
]


def rows(samples: int, seeds: int) -> Iterator[list[object]]:
    """One row per choice, means over seeds."""
    test = load_dataset("mnist", "test").limit(samples)
    networks = [nd.train("mnist-100", seed=seed) for seed in range(seeds)]
    small = [nd.quantize(nd.prune(network, threshold=0.15), levels=3) for network in networks]
    floats = [nd.run(network, test).accuracy for network in small]
    yield ["(the network itself, float)", f"{100 * np.mean(floats):.2f}", "", "", "", "", ""]
    for label, options in CHOICES:
        found, lowered, errors, events, saturations, spikes = [], [], [], [], [], []
        for network in small:
            program = nd.compile(network, "spinnaker", mapping="estimate", **options)
            result = nd.run(program, test)
            found.append(result.accuracy)
            lowered.append(nd.run(program, test, executor="reference").accuracy)
            errors.append(program.manifest["weights"][0]["relative_rms_error"])
            events.append(sum(result.events.synaptic_events.values()) / samples)
            saturations.append(sum(result.events.saturations.values()))
            spikes.append(result.counts.sum() / samples)
        yield [
            label, f"{100 * np.mean(lowered):.2f}", f"**{100 * np.mean(found):.2f}**", f"{100 * np.mean(errors):.3f} %",
            f"{np.mean(spikes):.1f}", f"{np.mean(events):,.0f}", int(np.sum(saturations)),
        ]  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    print_markdown(
        ["choice", "lowered, float %", "firmware model %", "16-bit weight error (rms)", "output spikes/image",
         "synaptic events/image", "saturations"],
        rows(arguments.samples, arguments.seeds),
    )  # fmt: skip


if __name__ == "__main__":
    main()
