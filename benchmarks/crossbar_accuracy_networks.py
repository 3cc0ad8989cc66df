"""The networks of ``crossbar_accuracy.py``: trained once by the product's own recipes, then kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cached_training

from neurodeploy.network import Network
from neurodeploy.training.recipe import Recipe, load_recipe

TRAININGS: dict[str, Callable[[], Recipe]] = {
    "mnist-100": lambda: load_recipe("mnist-100"),
    "mnist-400": lambda: load_recipe("mnist-100").with_network(neurons=400),
    "bp": lambda: load_recipe("oh2019-backpropagation"),
}
WORDS = {
    "mnist-100": "STDP, 784–100",
    "mnist-400": "STDP, 784–400",
    "bp": "back-propagation, 784–300–10",
}
SIGNED = {"mnist-100": False, "mnist-400": False, "bp": True}
"""Whether weights have both signs: a pair of cells for each by default, else one cell beside a reference column."""


def trained(name: str, folder: Path) -> Network:
    """The network of that name, from ``folder`` if it was trained before."""
    folder.mkdir(parents=True, exist_ok=True)
    return cached_training.trained(folder / f"{name}.h5", TRAININGS[name]())
