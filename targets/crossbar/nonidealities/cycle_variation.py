"""Cycle-to-cycle variation: the same pulse does not do the same thing twice to one device."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurodeploy.network.arrays import FloatArray
from neurodeploy.targets.crossbar.parameters import require, require_not_negative, require_range


@dataclass(frozen=True)
class CycleVariation:
    """What ``pulses`` programming pulses add: normal, ``sigma`` of the range for each, independent from pulse to pulse.

    The sum of n pulses has the standard deviation ``sigma (highest - lowest) sqrt(n)``, clipped to the range, as in MLP+NeuroSim
    (P.-Y. Chen et al. 2018, IEEE TCAD 37, 3067; its RRAM default is sigma = 0.035).  ``lowest`` and ``highest`` in S.
    """

    sigma: float
    lowest: float
    highest: float
    pulses: int = 1

    def __post_init__(self) -> None:
        require_not_negative(self, sigma=self.sigma)
        require_range(self, self.lowest, self.highest)
        require(self.pulses >= 0, self, "pulses", self.pulses, "at least 0")

    def apply(self, conductances: FloatArray, random: np.random.Generator) -> FloatArray:
        """``clip(G + sigma (highest - lowest) sqrt(pulses) n)``."""
        width = self.sigma * (self.highest - self.lowest) * np.sqrt(self.pulses)
        noisy = conductances + width * random.standard_normal(conductances.shape)
        clipped: FloatArray = np.clip(noisy, self.lowest, self.highest)
        return clipped
