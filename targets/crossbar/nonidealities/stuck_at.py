"""Devices that cannot be programmed: stuck at their highest or at their lowest conductance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurodeploy.network.arrays import FloatArray
from neurodeploy.targets.crossbar.parameters import require, require_range


@dataclass(frozen=True)
class StuckAt:
    """A share ``on`` of the devices conducts ``highest`` and a share ``off`` conducts ``lowest`` (S), wherever they lie.

    Every device is stuck independently of the others: the shares are probabilities, the counts are multinomial (MNSIM's default:
    0.1 % each).  An open line is no stuck device.
    """

    on: float
    off: float
    lowest: float
    highest: float

    def __post_init__(self) -> None:
        require_range(self, self.lowest, self.highest)
        require(0 <= self.on <= 1, self, "on", self.on, "a share from 0 to 1")
        require(0 <= self.off <= 1 - self.on, self, "off", self.off, "a share from 0 to 1 less that of on")

    def apply(self, conductances: FloatArray, random: np.random.Generator) -> FloatArray:
        """The conductances with those of stuck devices replaced."""
        draw = random.random(conductances.shape)
        stuck = np.where(draw < self.on, self.highest, conductances)
        return np.where(draw >= 1 - self.off, self.lowest, stuck)
