"""The call that all models of conductances share, and their composition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from neurodeploy.network.arrays import FloatArray
from neurodeploy.targets.crossbar.parameters import checked_conductances
from neurodeploy.targets.crossbar.randomness import generator


class Nonideality(Protocol):
    """A model of what a device does to its conductance."""

    def apply(self, conductances: FloatArray, random: np.random.Generator) -> FloatArray:
        """New conductances (S, ``(rows, columns)``, at least 0); the argument is left as it is."""
        ...


def perturb(conductances: FloatArray, models: Sequence[Nonideality], seed: int, index: int = 0) -> FloatArray:
    """``conductances`` after each of ``models`` in turn, float64 ``(rows, columns)`` in S.

    Each model draws from a generator of (seed, its class and how many of that class stand before it, index): leaving one
    out, or adding one of another class, does not change what the others draw.  ``index`` numbers tiles or devices.

    Raises:
        NeurodeployError: ND450, conductances that no device has.
    """
    cells = checked_conductances("perturb", conductances)
    before: Counter[str] = Counter()
    for model in models:
        name = type(model).__name__
        cells = model.apply(cells, generator(seed, f"{name} {before[name]}", index))
        before[name] += 1
    return cells
