"""Variation between devices, drawn once for each when the array is made: of the conductance itself, or of its range."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurodeploy.network.arrays import FloatArray
from neurodeploy.targets.crossbar.parameters import require, require_not_negative, require_range


@dataclass(frozen=True)
class LognormalVariation:
    """Each conductance times exp(sigma n) of median 1: ``sigma`` is the standard deviation of ln G (0.1: about 10 %).

    Lognormal as conductances of filaments and of subthreshold currents are, and never negative; the mean grows by
    exp(sigma^2 / 2) unless ``keep_mean``, which divides by it.
    """

    sigma: float
    keep_mean: bool = False

    def __post_init__(self) -> None:
        require_not_negative(self, sigma=self.sigma)

    def apply(self, conductances: FloatArray, random: np.random.Generator) -> FloatArray:
        """``G exp(sigma n)``."""
        centre = -(self.sigma**2) / 2 if self.keep_mean else 0.0
        return conductances * np.exp(centre + self.sigma * random.standard_normal(conductances.shape))


@dataclass(frozen=True)
class RangeVariation:
    """Each device has a lowest and a highest conductance of its own, and keeps the level it was given between them.

    ``lowest`` and ``highest`` (S) are the nominal ends; ``sigma_lowest`` and ``sigma_highest`` their relative standard
    deviations (normal).  A level p = (G - lowest) / (highest - lowest) becomes lowest' + p (highest' - lowest'); a device whose
    ends are drawn in reverse order has no range: both are their mean.
    """

    lowest: float
    highest: float
    sigma_lowest: float
    sigma_highest: float

    def __post_init__(self) -> None:
        require_range(self, self.lowest, self.highest)
        require_not_negative(self, sigma_lowest=self.sigma_lowest, sigma_highest=self.sigma_highest)

    def apply(self, conductances: FloatArray, random: np.random.Generator) -> FloatArray:
        """The level of each cell in the range of its device."""
        level = (conductances - self.lowest) / (self.highest - self.lowest)
        outside = bool(((level < -1e-9) | (level > 1 + 1e-9)).any())
        require(not outside, self, "conductances", "outside the range", f"from {self.lowest} to {self.highest} S")
        low = np.maximum(0.0, self.lowest * (1 + self.sigma_lowest * random.standard_normal(level.shape)))
        high = np.maximum(0.0, self.highest * (1 + self.sigma_highest * random.standard_normal(level.shape)))
        middle = (low + high) / 2
        low, high = np.where(low > high, middle, low), np.where(low > high, middle, high)
        varied: FloatArray = np.maximum(0.0, low + level * (high - low))
        return varied
