"""How long an item takes, from the measured time of one training with labelling and test."""

from __future__ import annotations

import math

import numpy as np

from neurodeploy.reproduction.item import Item, Plan

SECONDS = {100: 9.8, 400: 22.3, 1600: 83.0}
"""CPU seconds of one thread by number of neurons, for 60,000 training images and 20,000 more that are run through the
simulator for labels and test: from the rates in docs/results/two_layer.md."""
BACKPROPAGATION_SECONDS = 18.0
"""CPU seconds of oh2019's 784-300-10: ten passes over 60,000 images and the tests in two kinds of circuit, the mean of eight in
one process."""
IMAGES = {"caltech101": 10_000}
"""Training images where they are not 60,000."""


def estimated_minutes(item: Item, plan: Plan, workers: int = 2) -> float:
    """Minutes for ``workers`` trainings at a time on as many idle cores; between the measured sizes by a power law."""
    sizes = [math.log(size) for size in SECONDS]
    times = [math.log(seconds) for seconds in SECONDS.values()]
    total = 0.0
    for case in item.cases(plan):
        if case.recipe.backpropagation is None:
            whole = math.exp(float(np.interp(math.log(case.recipe.network["neurons"]), sizes, times)))
        else:
            whole = BACKPROPAGATION_SECONDS * case.recipe.epochs / 10
        total += whole * (case.recipe.train_images or IMAGES.get(case.recipe.data, 60_000)) / 60_000
    return total / workers / 60
