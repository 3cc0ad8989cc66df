"""What takes a training's place in a test of what is made of trainings."""

from __future__ import annotations

import math
import os
import signal
from typing import Any

from neurodeploy.training.parallel import TrainingRecord
from neurodeploy.training.recipe import Recipe


def record(x: float, seed: int = 0, **changes: Any) -> TrainingRecord:
    """A record whose connectivity falls with ``x`` and whose other values follow from it."""
    connectivity = changes.pop("connectivity", math.exp(-12 * min(x, 1.0)))
    values: dict[str, Any] = {
        "recipe": "r", "seed": seed, "accuracy": 0.85 * connectivity**0.05 + 0.001 * seed, "connectivity": connectivity,
        "unpruned": connectivity, "training_sops": 1e5 * (0.3 + 0.7 * connectivity), "inference_sops": 5e4 * connectivity,
        "spikes": 20.0 * connectivity**0.3, "cpu_seconds": 5.0 + connectivity, "rule_seconds": 0.01, "seconds": 9.0,
        "training_images": 60_000, "test_images": 10_000, "metrics": {"presentations": 60_000},
        "more": {
            "hidden": 1700.0 * connectivity**0.3, "output": 60.0 * connectivity**0.3, "relu_accuracy": 0.85,
            "fixed_accuracy": 0.85 * connectivity**0.05, "fixed_hidden": 1700.0 * connectivity**0.4,
            "fixed_output": 60.0 * connectivity**0.4, "input": 2600.0,
        },
    }  # fmt: skip
    return TrainingRecord(**{**values, **changes})


def die(recipe: Recipe, **options: Any) -> TrainingRecord:
    """A training that the system kills."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def instead_of_training(recipe: Recipe, **options: Any) -> TrainingRecord:
    """At once."""
    return record(0.1, recipe.seed, recipe=recipe.name)
