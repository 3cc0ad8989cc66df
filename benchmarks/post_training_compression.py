"""Accuracy after compression without retraining: every pruning rule, every way to choose levels, with and without repair.

python benchmarks/post_training_compression.py [--images 2000] [--calibration 200]

Two networks on MNIST: the recipe mnist-100 (one layer of conductance neurons, trained by STDP), and a multi-layer
perceptron 784-128-64-10 of scikit-learn's, run as integrate-and-fire neurons (biases as constant currents).
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from sklearn.neural_network import MLPClassifier
from tables import print_markdown

import neurodeploy as nd
from neurodeploy.network import (
    IF,
    Dense,
    Encoder,
    Network,
    Population,
    Projection,
    Readout,
    SpikeSource,
    StepSemantics,
    Weights,
    validate,
)

SPARSITIES = (0.5, 0.8, 0.9)
BITS = (8, 4, 3, 2)
REPAIRED = ("uniform, max", "uniform, mean_square_error, calibrated", "k_means", "weight_sharing, per neuron")
"""Quantizers whose results are also repaired, at 3 and 2 bits."""
RATE = 0.5
"""Input spikes per step of a white pixel."""


def perceptron(seed: int = 0, images: int = 20000) -> Network:
    """A perceptron with rectified units as spiking neurons, each layer scaled by its 99.9th percentile of activation
    (Rueckauer et al. 2017, "Conversion of continuous-valued deep networks", section 2.2.2)."""
    data = nd.load_dataset("mnist", "train").limit(images)
    x = data.images.astype(np.float32) / data.maximum
    model = MLPClassifier((128, 64), random_state=seed, max_iter=12, batch_size=100)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # 12 epochs are enough here
        model.fit(x, data.labels)
    populations, projections = [Population("input", (784,), SpikeSource())], []
    names, below, activation = ("hidden1", "hidden2", "output"), 1 / RATE, x[:2000]
    semantics = StepSemantics(synaptic_gain="jump", zero_delay=True)
    for name, weights, bias in zip(names, model.coefs_, model.intercepts_, strict=True):
        activation = np.maximum(activation @ weights + bias, 0)
        above = float(np.percentile(activation, 99.9))
        neuron = IF(i_offset=bias.astype(np.float64) / above, semantics=semantics, reset="subtraction")
        stored = Weights(values=(weights * below / above).astype(np.float32))
        projections.append(Projection(f"to_{name}", populations[-1].name, name, Dense(), stored, 0))
        populations.append(Population(name, (len(bias),), neuron))
        below = above
    encoder = Encoder("poisson", 50, {"maximum_rate_hz": 1000 * RATE})
    readout = Readout("output", np.arange(10, dtype=np.int32), 10)
    return validate(Network(tuple(populations), tuple(projections), 1.0, encoder, readout, {"data": "mnist"}))


class Study:
    """Accuracy of variants of one network on the first test images."""

    def __init__(self, network: Network, images: int, calibration: int, named: list[str] | None) -> None:
        self.network, self.images, self.calibration, self.named = network, images, calibration, named
        self.conductances = named is not None

    def accuracy(self, network: Network) -> str:
        return f"{100 * nd.run(network, limit=self.images).accuracy:.1f}"

    def repaired(self, network: Network) -> list[str]:
        """As it is, with bias correction, with balancing, with both."""
        bias = None if self.conductances else nd.correct_bias(network, samples=self.calibration)
        cells = [self.accuracy(network), "–" if bias is None else self.accuracy(bias)]
        cells.append(self.accuracy(nd.balance(network, samples=self.calibration)))
        cells.append("–" if bias is None else self.accuracy(nd.balance(bias, samples=self.calibration)))
        return cells

    def pruning(self) -> Iterator[list[object]]:
        prune = partial(nd.prune, self.network)
        rules: dict[str, Callable[[float], Network]] = {
            "random": lambda s: prune("random", sparsity=s),
            "magnitude": lambda s: prune("magnitude", to_sparsity=s),
            "magnitude, rescaled": lambda s: prune("magnitude", to_sparsity=s, rescale=True),
            "global_magnitude": lambda s: prune("global_magnitude", to_sparsity=s),
            "global_magnitude, rms": lambda s: prune("global_magnitude", to_sparsity=s, normalize="rms"),
            "rows": lambda s: prune("rows", to_sparsity=s),
            "neurons": lambda s: prune("neurons", to_sparsity=s, projections=self.named),
        }
        if len(self.network.populations) == 2:  # one layer: the same as magnitude
            rules = {name: make for name, make in rules.items() if not name.startswith("global")}
        for name, make in rules.items():
            for sparsity in SPARSITIES:
                try:
                    yield [name, sparsity, *self.repaired(make(sparsity))]
                except nd.NeurodeployError as error:
                    yield [name, sparsity, error.code, "", "", ""]

    def quantization(self) -> Iterator[list[object]]:
        data, quantize = nd.load_dataset("mnist", "train").limit(self.calibration), partial(nd.quantize, self.network)
        for bits in BITS:
            rules: dict[str, Callable[[], Network]] = {
                f"uniform, {clipping}": partial(quantize, bits=bits, clipping=clipping)
                for clipping in ("max", "percentile", "mean_square_error")
            }
            uniform = partial(quantize, bits=bits, calibrate=data, calibration_samples=self.calibration)
            rules["uniform, percentile, calibrated"] = partial(uniform, clipping="percentile")
            rules["uniform, mean_square_error, calibrated"] = uniform
            rules["uniform, mean_square_error, per neuron"] = partial(quantize, bits=bits, per="neuron")
            rules["uniform, mean_square_error, power of two"] = partial(quantize, bits=bits, step="power_of_two")
            means = partial(quantize, "k_means", levels=2**bits)
            rules["k_means"] = means
            rules["k_means, calibrated"] = partial(means, calibrate=data, calibration_samples=self.calibration)
            rules["k_means, per neuron"] = partial(means, per="neuron")
            rules["weight_sharing, per neuron"] = partial(quantize, levels=2**bits)
            for name, make in rules.items():
                small, repair = make(), bits < 4 and name in REPAIRED
                yield [bits, name, *(self.repaired(small) if repair else [self.accuracy(small), "", "", ""])]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--calibration", type=int, default=200)
    arguments = parser.parse_args()
    repairs = ["as it is %", "bias corrected %", "balanced %", "both %"]
    makers = {
        "mnist-100 (STDP, conductances)": lambda: nd.train("mnist-100"),
        "perceptron 784-128-64-10 (integrate and fire)": perceptron,
    }
    for title, make in makers.items():
        network = make()
        named = ["input_to_excitatory"] if title.startswith("mnist") else None
        study = Study(network, arguments.images, arguments.calibration, named)
        print(f"\n## {title}\n\nUncompressed: {study.accuracy(network)} %.\n")
        print_markdown(["rule", "sparsity", *repairs], study.pruning())
        print()
        print_markdown(["bits", "levels by", *repairs], study.quantization())


if __name__ == "__main__":
    main()
