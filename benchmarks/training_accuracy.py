"""Test accuracy of trainings: recipes, seeds, sizes, input rates and STDP rules, one row each.

python benchmarks/training_accuracy.py
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from tables import print_markdown

import neurodeploy as nd
from neurodeploy.training.recipe import Recipe, load_recipe


def rows() -> Iterator[list[object]]:
    """One row per setting, all seeds in one cell."""
    mnist, fashion = load_recipe("mnist-100"), load_recipe("fashion-mnist-100")
    diehl_cook = {
        "neurons": 100,
        "maximum_rate_hz": 63.75,
        "start_intensity": 2,
        "column_sum": 78.0,
        "theta_plus": 0.0125,
    }
    settings: list[tuple[str, Recipe, range]] = [
        ("mnist-100", mnist, range(3)),
        ("mnist-100, seeds that no choice was made on", mnist, range(3, 6)),
        ("mnist-100 at Diehl & Cook's rates and column sum", replace(mnist, network=diehl_cook), range(3)),
        ("mnist-100, regular input spikes", mnist.with_network(encoder="regular"), range(3)),
        ("mnist-100, 400 neurons", mnist.with_network(neurons=400), range(1)),
        ("fashion-mnist-100", fashion, range(3)),
        ("digits-100 (359 test images)", load_recipe("digits-100"), range(3)),
        *((f"mnist-100, {rule}", replace(mnist, stdp_rule=rule, stdp={}), range(1))
          for rule in ("triplet_guo2020", "power_law", "power_law_rathi2019", "simplified")),
    ]  # fmt: skip
    for label, recipe, seeds in settings:
        found = [100 * nd.run(nd.train(recipe, seed=seed)).accuracy for seed in seeds]
        yield [
            label,
            f"{seeds.start} to {seeds.stop - 1}",
            ", ".join(f"{value:.2f}" for value in found),
            f"**{np.mean(found):.2f}**",
        ]


def main() -> None:
    """Print the table."""
    print_markdown(["training", "seeds", "test accuracy %", "mean"], rows())


if __name__ == "__main__":
    main()
