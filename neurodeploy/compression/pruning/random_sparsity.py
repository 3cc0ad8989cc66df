"""Synapses are removed at random: the baseline every other rule must beat (rathi2019, figure 7)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.network.arrays import BoolArray, FloatArray


@dataclass(frozen=True)
class RandomSparsity:
    """Remove the share ``sparsity`` of the present synapses, chosen by ``seed``."""

    name: ClassVar[str] = "random"
    sparsity: float = field(default=0.5, metadata={"help": "Share of the present synapses that goes."})
    seed: int = field(default=0, metadata={"help": "Which of them go."})

    def __post_init__(self) -> None:
        if not 0 <= self.sparsity < 1:
            raise NeurodeployError("ND204", f"The sparsity is {self.sparsity}.", "Use a number from 0 to below 1.")
        if self.seed < 0:
            raise NeurodeployError("ND204", f"The seed is {self.seed}.", "Use 0 or more.")

    def keep(self, weights: FloatArray, present: BoolArray) -> BoolArray:
        """Which stored weights stay."""
        there = np.flatnonzero(present)
        gone = np.random.default_rng(self.seed).permutation(there)[: round(self.sparsity * len(there))]
        result = present.copy()
        result.flat[gone] = False
        return result
