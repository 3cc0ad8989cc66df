"""docs/results/backpropagation.md: training by back-propagation and conversion on MNIST, by input and number of steps.

Pruning is in the papers' items: neurodeploy reproduce oh2019 fig4-backpropagation (fig5, fig6).

Run: python benchmarks/backpropagation.py [--hidden 300] [--epochs 10] [--steps 50] [--seed 0] [--test-images N]
"""

from __future__ import annotations

import argparse
import time
from typing import Any

from neurodeploy.ann import Conversion
from neurodeploy.datasets import Dataset, load_images
from neurodeploy.encoding import encode_in_chunks
from neurodeploy.network import Network
from neurodeploy.training.backpropagation import BackpropagationParameters, convert_trained, train_network
from neurodeploy.training.backpropagation.spiking import spikes_by_layer

INPUTS: tuple[tuple[Any, float], ...] = (
    ("constant", 500.0), ("regular", 500.0), ("regular", 250.0),
    ("poisson", 500.0), ("poisson", 250.0),
)  # fmt: skip
"""Input and rate of the brightest pixel in Hz (of no meaning to constant input)."""
OUTPUTS: tuple[Any, ...] = ("linear", "relu")
STEPS = (5, 10, 20, 30, 50, 100)


def main() -> None:
    parser = argparse.ArgumentParser()
    for name, default in (("hidden", 300), ("epochs", 10), ("steps", 50), ("seed", 0), ("test-images", None)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    train, test = load_images("mnist", "train"), load_images("mnist", "test").limit(options.test_images)
    steps = [step for step in STEPS if step <= options.steps]
    columns = [
        "outputs",
        "input",
        "ReLU %",
        *(f"{step} steps %" for step in steps),
        "input",
        "hidden",
        "output",
        "CPU s",
    ]
    print("| " + " | ".join(columns) + " |\n" + "| --- " * len(columns) + "|", flush=True)
    training = []
    for output in OUTPUTS:
        parameters = BackpropagationParameters(
            hidden=(options.hidden,), epochs=options.epochs, seed=options.seed, output=output
        )
        started = time.process_time()
        trained = train_network(train, parameters)
        training.append(f"{time.process_time() - started:.1f}")
        for name, rate in INPUTS:
            started = time.process_time()
            conversion = Conversion(
                steps=options.steps, readout="spikes", input=name, maximum_rate_hz=rate, seed=options.seed
            )
            network, report = convert_trained(trained, train, test, conversion)
            accuracies = [report.ann_accuracy, *(report.accuracy_by_step[step - 1] for step in steps)]
            told = name if name == "constant" else f"{name}, {rate:g} Hz"
            spikes = [input_events(network, test), *spikes_by_layer(report).values()]
            cells = [output, told, *(f"{100 * x:.2f}" for x in accuracies), *(f"{x:,.1f}" for x in spikes)]
            print("| " + " | ".join([*cells, f"{time.process_time() - started:.1f}"]) + " |", flush=True)
    print(f"\nTraining, CPU s: {', '.join(training)} (outputs {', '.join(OUTPUTS)}).")


def input_events(network: Network, test: Dataset) -> float:
    """Input spikes (graded ones, of constant input) per sample."""
    return sum(spikes.total for _, spikes in encode_in_chunks(network, test, 250)) / len(test)


if __name__ == "__main__":
    main()
