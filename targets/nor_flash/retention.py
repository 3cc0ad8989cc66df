"""Retention: charge leaks from the floating gate, and the threshold relaxes to that of the neutral cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurodeploy.network.arrays import FloatArray
from neurodeploy.targets.crossbar.nonidealities.retention import RetentionDrift
from neurodeploy.targets.crossbar.parameters import require, require_not_negative
from neurodeploy.targets.nor_flash.cell import NorFlashCell


@dataclass(frozen=True)
class ChargeLoss:
    """A non-ideality of conductances: Vt - V_neutral shrinks by ``loss`` of itself for each decade of time after programming.

        Vt(t) = V_neutral + (Vt(0) - V_neutral) max(0, 1 - loss log10(t' / t0))

    ``loss`` is a device's mean, ``loss_sigma`` its standard deviation from device to device; ``neutral`` the threshold without charge
    (None: the middle of the window).  Time and heat are :class:`RetentionDrift`'s: t' by Arrhenius's law from ``seconds`` and
    ``temperature`` (K).

    Nothing is measured: loss 0.01 a decade, its sigma 0.002, and RetentionDrift's 1.1 eV are **assumed**.
    """

    cell: NorFlashCell
    seconds: float
    temperature: float = 300.0
    loss: float = 0.01
    loss_sigma: float = 0.002
    neutral: float | None = None
    activation_energy: float = 1.1

    def __post_init__(self) -> None:
        require_not_negative(self, loss=self.loss, loss_sigma=self.loss_sigma)
        middle = (self.cell.threshold_low + self.cell.threshold_high) / 2
        neutral = middle if self.neutral is None else self.neutral
        inside = self.cell.threshold_low <= neutral <= self.cell.threshold_high
        require(inside, self, "neutral", neutral, f"from {self.cell.threshold_low} to {self.cell.threshold_high} V")
        object.__setattr__(self, "neutral", neutral)
        _ = self.decades

    @property
    def decades(self) -> float:
        """log10(t' / t0), at least 0."""
        drift = RetentionDrift(self.seconds, self.temperature, activation_energy=self.activation_energy)
        return drift.decades / float(np.log(10.0))

    def shifted(self, thresholds: FloatArray, random: np.random.Generator) -> FloatArray:
        """The thresholds (V) after that time."""
        neutral = float(self.neutral if self.neutral is not None else 0.0)
        loss = np.maximum(0.0, self.loss + self.loss_sigma * random.standard_normal(thresholds.shape))
        return neutral + (thresholds - neutral) * np.maximum(0.0, 1.0 - loss * self.decades)

    def apply(self, conductances: FloatArray, random: np.random.Generator) -> FloatArray:
        """The conductances (S, within the cell's window) after that time, at the read bias."""
        return self.cell.conductance(self.shifted(self.cell.threshold(conductances), random))
