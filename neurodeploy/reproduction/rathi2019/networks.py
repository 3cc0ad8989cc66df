"""rathi2019's networks: the power-law rule on MNIST and on ten categories of Caltech-101, pruned and shared while training.

MNIST: recipe ``mnist-100`` with the rule ``power_law`` (its published offset depresses nearly all inputs at this package's
rates, see docs/results/two_layer.md). Caltech-101: the same network on its 10,000 images, in 20 batches of which 10 train
only. Its rate, column sum, offset and time constant were chosen with seed 0 on two splits of the training images alone; the
test images had no part in it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from neurodeploy.reproduction.item import Plan
from neurodeploy.reproduction.rules import pruned, shared
from neurodeploy.training.recipe import Recipe, load_recipe

IMAGES = {"mnist": 60_000, "caltech": 10_000}
BATCHES = {"mnist": (12, 3), "caltech": (20, 10)}
"""N batches, the first M of which only train."""
TITLES = {"mnist": "MNIST", "caltech": "Caltech-101 (10)"}
THRESHOLD = {"mnist": 0.15, "caltech": 0.10}
"""The paper's trade-off."""
LEVELS = {"continuous": 0, "3 levels": 3, "2 levels": 2}


def base(data: str, neurons: int = 100) -> Recipe:
    """The network without compression."""
    recipe = replace(load_recipe("mnist-100"), stdp_rule="power_law", stdp={"eta": 0.01})
    if data == "caltech":
        stdp = {"eta": 0.01, "offset": 0.1, "tau": 40.0}
        recipe = replace(recipe, name="caltech101-100", data="caltech101", stdp=stdp)
        recipe = recipe.with_network(maximum_rate_hz=20.0, column_sum=80.0)
    return recipe.with_network(neurons=neurons)


def moments(plan: Plan, data: str) -> dict[str, int]:
    """Options of the rules: the paper's batches at their share of the plan's images."""
    count, learning = BATCHES[data]
    images = min(plan.images or IMAGES[data], IMAGES[data])
    return {"learning_batches": learning, "batch_images": max(1, images // count)}


def compressed(plan: Plan, data: str, threshold: float, levels: int, neurons: int = 100) -> Recipe:
    """Pruned to zero, and shared over ``levels`` (0: continuous), after each batch but the first."""
    options: dict[str, Any] = moments(plan, data)
    return shared(pruned(base(data, neurons), "to_zero", threshold=threshold, **options), levels, **options)
