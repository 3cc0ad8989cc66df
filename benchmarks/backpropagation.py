"""docs/results/backpropagation.md: training by back-propagation, conversion, symmetric and asymmetric pruning on MNIST.

Run: python benchmarks/backpropagation.py [--hidden 300] [--epochs 10] [--steps 50] [--seed 0]
"""

from __future__ import annotations

import argparse
import time

from neurodeploy.ann import Conversion
from neurodeploy.datasets import Dataset, load_images
from neurodeploy.inference import infer
from neurodeploy.network import Network
from neurodeploy.simulation import simulate
from neurodeploy.training.backpropagation import BackpropagationParameters, convert_dense, train_dense
from neurodeploy.training.backpropagation.spiking import spikes_by_layer, with_thresholds_of
from neurodeploy.training.pruning.to_minimum import ToMinimum

POINTS = (
    None, (0.05, 0.05), (0.1, 0.1), (0.15, 0.15), (0.2, 0.2), (0.15, 0.05), (0.2, 0.05), (0.3, 0.1)
)  # fmt: skip
"""Thresholds (excitatory, inhibitory), relative to the largest weight of the layer."""


def main() -> None:
    parser = argparse.ArgumentParser()
    for name, default in (("hidden", 300), ("epochs", 10), ("steps", 50), ("seed", 0)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    train, test = load_images("mnist", "train"), load_images("mnist", "test")
    parameters = BackpropagationParameters(hidden=(options.hidden,), epochs=options.epochs, seed=options.seed)
    conversion = Conversion(steps=options.steps, readout="spikes")
    whole: Network | None = None
    early = ""
    print_header()
    for point in POINTS:
        rules = {} if point is None else dict(zip(("pruning", "inhibitory_pruning"), map(rule, point), strict=True))
        started = time.process_time()
        trained = train_dense(train, parameters, **rules)
        seconds = time.process_time() - started
        network, report = convert_dense(trained, train, test, conversion)
        own = (report.accuracy, list(spikes_by_layer(report).values()))
        kept = own if whole is None else measured(with_thresholds_of(network, whole), test)
        if whole is None:
            whole = network
            steps = [step for step in (5, 10, 20, 50, 100) if step <= options.steps]
            early = ", ".join(f"{step} steps {100 * report.accuracy_by_step[step - 1]:.2f} %" for step in steps)
        names = ("–", "–") if point is None else tuple(f"{x:g}" for x in point)
        cells = [*names, f"{100 * trained.connectivity():.1f}", f"{100 * report.ann_accuracy:.2f}"]
        for accuracy, spikes in (own, kept):
            cells += [f"{100 * accuracy:.2f}", *(f"{x:.1f}" for x in spikes)]
        print("| " + " | ".join([*cells, f"{seconds:.1f}"]) + " |", flush=True)
    print(f"\nUnpruned, spiking: {early}.")


def print_header() -> None:
    """The table's columns."""
    columns = ("excitatory", "inhibitory", "weights left %", "ReLU %", "spiking %", "hidden", "output")
    columns = (*columns, "thresholds kept: spiking %", "hidden", "output", "CPU s")
    print("| " + " | ".join(columns) + " |")
    print("| --- " * len(columns) + "|")


def measured(network: Network, test: Dataset) -> tuple[float, list[float]]:
    """Accuracy, and spikes of the hidden and the output neurons per sample."""
    found = infer(network, test, lambda spikes: simulate(network, spikes))
    return found.accuracy, [found.events.spikes[name] / len(test) for name in ("dense_1", "output")]


def rule(threshold: float) -> ToMinimum:
    """oh2019's: from a quarter of the training on, after every twelfth, small weights go to 0 and learn on."""
    return ToMinimum(threshold=threshold)


if __name__ == "__main__":
    main()
