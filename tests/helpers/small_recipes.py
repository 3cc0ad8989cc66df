"""Trainings of a second."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from neurodeploy.datasets import load_dataset
from neurodeploy.inference import infer
from neurodeploy.network import Network
from neurodeploy.simulation import simulate
from neurodeploy.training.recipe import Recipe, load_recipe


def small_recipe(**changes: Any) -> Recipe:
    """The digits, 20 neurons, two passes over 600 images."""
    recipe = load_recipe("digits-100").with_network(neurons=20)
    return replace(recipe, **{"epochs": 2, "train_images": 600, **changes})


def accuracy(network: Network, data: str, samples: int | None = None) -> float:
    """Test accuracy on the float simulator."""
    return infer(network, load_dataset(data, "test").limit(samples), lambda spikes: simulate(network, spikes)).accuracy
