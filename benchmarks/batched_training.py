"""What merging the changes of several images costs and gains: test accuracy and time of mnist-100 by images per batch.

python benchmarks/batched_training.py
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from tables import print_markdown

from neurodeploy.datasets import load_images
from neurodeploy.training.parallel import train_and_measure
from neurodeploy.training.recipe import load_recipe
from neurodeploy.training.train import stdp_rule, training_parameters
from neurodeploy.training.two_layer.trainer import train_chunk
from neurodeploy.training.two_layer.trainer_state import initial_state

LEARNED, TIMED, ROUNDS = 5_000, 400, 15


def accuracies(images: int, batches: list[int], seeds: int) -> Iterator[list[object]]:
    """Test accuracy after the first ``images``, every seed in a column."""
    for batch in batches:
        recipe = replace(load_recipe("mnist-100").with_network(batch_images=batch), train_images=images)
        found = [100 * train_and_measure(replace(recipe, seed=seed)).accuracy for seed in range(seeds)]
        yield [images, batch, ", ".join(f"{value:.2f}" for value in found), f"**{np.mean(found):.2f}**"]


def times(batches: list[int]) -> Iterator[list[object]]:
    """CPU and elapsed time per image after ``LEARNED`` images, least of rounds in which all settings take turns."""
    data, recipe = load_images("mnist", "train", None).limit(LEARNED + TIMED), load_recipe("mnist-100")
    parameters, rule = training_parameters(recipe, data), stdp_rule(recipe)
    start = initial_state(parameters)
    train_chunk(start, parameters, rule, data.images[:LEARNED], data.indices[:LEARNED])
    settings = [(batch, threads) for batch in batches for threads in (1, 2)]
    best = {setting: [np.inf, np.inf] for setting in settings}
    for _ in range(ROUNDS + 1):  # the first compiles
        for batch, threads in settings:
            state, own = start.copy(), replace(parameters, batch_images=batch)
            began = time.process_time(), time.perf_counter()
            train_chunk(state, own, rule, data.images[LEARNED:], data.indices[LEARNED:], threads=threads)
            took = time.process_time() - began[0], time.perf_counter() - began[1]
            best[batch, threads] = [min(a, b) for a, b in zip(best[batch, threads], took, strict=True)]
    for (batch, threads), took in best.items():
        yield [batch, threads, *(f"{1e6 * value / TIMED:.0f}" for value in took)]


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 4, 16, 64, 256])
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    head = ["images per batch", "threads", "CPU µs/image", "elapsed µs/image"]
    print_markdown(head, times(options.batches))
    head = ["training images", "images per batch", "test accuracy %, by seed", "mean"]
    print_markdown(head, accuracies(options.images, options.batches, options.seeds))


if __name__ == "__main__":
    main()
