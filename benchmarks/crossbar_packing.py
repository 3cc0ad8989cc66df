"""Tiles that sparse arrays take: as they stand, packed, pruned by segments; and what that pruning costs in accuracy.

python benchmarks/crossbar_packing.py [--network mnist-100.h5] [--images 2000]

Masks of 784 x 100 with 10 % of the synapses: at random; with probabilities in proportion to each pixel's mean brightness in
MNIST ("dead border"); the 78 pixels nearest to a random centre ("receptive fields"). One column per output. Then the recipe
mnist-100 (trained first unless a network is given), pruned without training it again; and a perceptron 784-100-10 of rectified
units (numbers, not spikes), its first layer pruned and trained again under the mask, on pairs of columns.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tables import print_markdown

import neurodeploy as nd
from neurodeploy.compression.pruning.magnitude import Magnitude
from neurodeploy.compression.pruning.tiles import Tiles
from neurodeploy.network import Dense, Network, Projection, Weights
from neurodeploy.targets.crossbar.packing import pack
from neurodeploy.targets.crossbar.tiling import TileShape

TILES = ((128, 128), (64, 64), (32, 32), (128, 16))
PROJECTION = "input_to_excitatory"


def masks(seed: int = 0) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    rng, side, outputs = np.random.default_rng(seed), 28, 100
    brightness = nd.load_dataset("mnist", "train").images.reshape(-1, side * side).mean(axis=0, dtype=np.float64)
    for name, weight in (("random", np.ones(side * side)), ("dead border", brightness)):
        chances = np.repeat(weight, outputs)
        chosen = rng.choice(chances.size, chances.size // 10, replace=False, p=chances / chances.sum())
        mask = np.zeros(chances.size, bool)
        mask[chosen] = True
        yield name, mask.reshape(-1, outputs)
    row, column = np.divmod(np.arange(side * side), side)
    mask = np.zeros((side * side, outputs), bool)
    for output in range(outputs):
        y, x = rng.uniform(0, side - 1, 2)
        mask[np.argsort((row - y) ** 2 + (column - x) ** 2, kind="stable")[:78], output] = True
    yield "receptive fields", mask


def packings(rounds: int) -> Iterator[list[object]]:
    pack(np.ones((1, 20), bool), TileShape(1, 2), rounds=2)  # compiles
    for name, mask in masks():
        for size in TILES:
            start = time.perf_counter()
            found = pack(mask, TileShape(*size), rounds=rounds)
            seconds = time.perf_counter() - start
            sums = found.tiling.partial_sums("digital")
            assert found.tiling.holds(mask)
            yield [
                name, f"{size[0]}×{size[1]}", found.grid, found.ordered, found.tiles, found.bound,
                f"{sums.per_output.mean():.1f}", f"{seconds:.1f}",
            ]  # fmt: skip


def accuracies(network: Network, images: int, rounds: int) -> Iterator[list[object]]:
    whole = abs(network.projection(PROJECTION).weights.decoded())

    def measured(pruned: Network) -> tuple[str, str, NDArray[np.bool_]]:
        present = pruned.projection(PROJECTION).weights.present()
        accuracy = nd.run(pruned, limit=images).accuracy
        return f"{100 * accuracy:.1f}", f"{100 * whole[present].sum() / whole.sum():.0f}", present

    for sparsity in (0.5, 0.8, 0.9):
        options = {"projections": [PROJECTION], "to_sparsity": sparsity, "rescale": True}
        for rule in ("magnitude", "rows"):
            accuracy, held, present = measured(nd.prune(network, rule, **options))
            counts = [pack(present, TileShape(*size), rounds=rounds).tiles for size in TILES]
            yield [sparsity, rule, accuracy, held, *counts]
        for number, size in enumerate(TILES[1:], 1):
            for rows in (size[0], 1):
                pruned = nd.prune(network, "tiles", tile_rows=rows, tile_columns=size[1], **options)
                accuracy, held, present = measured(pruned)
                tiles: list[object] = [""] * len(TILES)
                tiles[number] = pack(present, TileShape(*size), rounds=rounds).tiles
                yield [
                    sparsity,
                    f"tiles {size[0]}×{size[1]}" + ("" if rows > 1 else ", any rows"),
                    accuracy,
                    held,
                    *tiles,
                ]


class Perceptron:
    """784-100-10, rectified, softmax cross entropy, stochastic gradient descent with momentum; batches of 100."""

    def __init__(self, seed: int, images: int) -> None:
        self.rng = np.random.default_rng(seed)
        train, test = nd.load_dataset("mnist", "train").limit(images), nd.load_dataset("mnist", "test")
        self.x, self.y = (train.images.reshape(len(train.labels), -1) / 255).astype(np.float32), train.labels
        self.test_x, self.test_y = (test.images.reshape(len(test.labels), -1) / 255).astype(np.float32), test.labels
        sizes = ((784, 100), (100, 10))
        self.layers = [self.rng.normal(0, np.sqrt(2 / s[0]), s).astype(np.float32) for s in sizes]

    def train(
        self, layers: list[NDArray[np.float32]], mask: NDArray[np.bool_], epochs: int
    ) -> list[NDArray[np.float32]]:
        w1, w2 = layers[0] * mask, layers[1].copy()
        speeds = [np.zeros_like(w1), np.zeros_like(w2)]
        steps = epochs * len(self.x) // 100
        order = np.concatenate([np.random.default_rng(epoch).permutation(len(self.x)) for epoch in range(epochs)])
        for step in range(steps):
            batch = order[100 * step : 100 * (step + 1)]
            x = self.x[batch]
            hidden = np.maximum(x @ w1, 0)
            scores = hidden @ w2
            error = np.exp(scores - scores.max(axis=1, keepdims=True))
            error /= error.sum(axis=1, keepdims=True)
            error[np.arange(len(x)), self.y[batch]] -= 1
            gradients = [x.T @ ((error @ w2.T) * (hidden > 0)) * mask, hidden.T @ error]
            for weights, speed, gradient in zip((w1, w2), speeds, gradients, strict=True):
                speed *= 0.9
                speed -= 0.1 * (1 - step / steps) / len(x) * gradient
                weights += speed
        return [w1, w2]

    def accuracy(self, layers: list[NDArray[np.float32]]) -> str:
        answers = (np.maximum(self.test_x @ layers[0], 0) @ layers[1]).argmax(axis=1)
        return f"{100 * (answers == self.test_y).mean():.2f}"


def retrained(seed: int, images: int, rounds: int) -> Iterator[list[object]]:
    model = Perceptron(seed, images)
    everything = np.ones((784, 100), bool)
    layers = model.train(model.layers, everything, 8)
    yield [
        seed,
        0,
        "unpruned",
        model.accuracy(layers),
        model.accuracy(model.train(layers, everything, 4)),
        *[""] * len(TILES),
    ]
    stored = Projection("first", "input", "hidden", Dense(), Weights(values=layers[0]), 0)
    for sparsity in (0.8, 0.9):
        masks = {"magnitude": Magnitude(sparsity).keep(layers[0].astype(np.float64), everything)}
        for rows, columns in TILES:
            masks[f"tiles {rows}×{columns}"] = Tiles(sparsity, "l1", rows, columns).keep_projection(stored)
        for name, mask in masks.items():
            counts: list[object] = [
                pack(mask, TileShape(*size, columns_per_output=2), rounds=rounds).tiles
                if name in ("magnitude", f"tiles {size[0]}×{size[1]}") else ""
                for size in TILES
            ]  # fmt: skip
            before = [layers[0] * mask, layers[1]]
            yield [seed, sparsity, name, model.accuracy(before), model.accuracy(model.train(before, mask, 4)), *counts]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", type=Path, help="the trained network [train mnist-100]")
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=400, help="of annealing")
    arguments = parser.parse_args()
    columns = ["mask, 10 %", "tile", "dense grid", "rows dropped", "packed", "bound", "partial sums per output", "s"]
    print_markdown(columns, packings(arguments.rounds))
    network = nd.load(arguments.network) if arguments.network else nd.train("mnist-100")
    print(f"\nUnpruned: {100 * nd.run(network, limit=arguments.images).accuracy:.1f} %.\n")
    sizes = [f"{rows}×{columns}" for rows, columns in TILES]
    head = ["sparsity", "rule", "accuracy %", "weight held %", *sizes]
    print_markdown(head, accuracies(network, arguments.images, arguments.rounds))
    print()
    for seed in range(2):
        head = ["seed", "sparsity", "rule", "pruned %", "trained again %", *sizes]
        print_markdown(head, retrained(seed, 20000, arguments.rounds))


if __name__ == "__main__":
    main()
