"""Read noise: every cell's conductance is drawn anew for every vector that is read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurodeploy.network.arrays import FloatArray
from neurodeploy.targets.crossbar.parameters import require_not_negative


@dataclass(frozen=True)
class ReadNoise:
    """White noise of standard deviation ``sqrt((relative G)^2 + absolute^2)``, ``absolute`` in S, independent for every cell and read.

    The current of a column is a sum of independent normal variables, itself normal: with voltages X (vectors, rows) it is drawn
    once instead of once for each cell,

        I = X G + sqrt(X^2 sigma^2) n        (squares element by element; n standard normal),

    the exact distribution (conductances may be momentarily negative; currents of different columns and vectors are independent).
    For binary X times one voltage, X^2 is X times that voltage squared.  Slow noise, the same in many reads, is a programming
    error, not this.
    """

    relative: float
    absolute: float = 0.0

    def __post_init__(self) -> None:
        require_not_negative(self, relative=self.relative, absolute=self.absolute)

    def variance(self, conductances: FloatArray) -> FloatArray:
        """sigma^2 of each cell, in S^2; cells of 0 S are open (pruned away): they have none."""
        return np.where(conductances > 0, (self.relative * conductances) ** 2 + self.absolute**2, 0.0)
