"""Retention: conductances drift as a power of time, faster when hot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurodeploy.network.arrays import FloatArray
from neurodeploy.targets.crossbar.parameters import require, require_not_negative, require_positive

BOLTZMANN = 8.617333262e-5
"""eV/K (CODATA 2018)."""


@dataclass(frozen=True)
class RetentionDrift:
    """G(t) = G0 (t' / t0)^-nu after ``seconds`` at ``temperature`` (K), never before t0.

    Heat makes the same drift come sooner: t' = t exp(Ea / k (1 / T_reference - 1 / T)), the Arrhenius law by which retention is
    extrapolated from bakes.  ``exponent`` (nu) is a device's mean, ``exponent_sigma`` its standard deviation from device to device;
    a negative nu is a conductance that grows.  ``activation_energy`` in eV, ``reference_temperature`` in K, ``first`` (t0, the
    time after programming at which G0 was read) in s.

    No default is measured: nu = 0.005, its sigma 0.002, Ea = 1.1 eV, 300 K and 1 s are **assumed**; a device file must say where
    its own are from.
    """

    seconds: float
    temperature: float = 300.0
    exponent: float = 0.005
    exponent_sigma: float = 0.002
    activation_energy: float = 1.1
    reference_temperature: float = 300.0
    first: float = 1.0

    def __post_init__(self) -> None:
        require_not_negative(
            self, seconds=self.seconds, exponent_sigma=self.exponent_sigma, activation_energy=self.activation_energy
        )
        require_positive(
            self, temperature=self.temperature, reference_temperature=self.reference_temperature, first=self.first
        )
        require(bool(np.isfinite(self.exponent)), self, "exponent", self.exponent, "finite")
        require(
            bool(np.isfinite(self.decades)), self, "temperature", self.temperature, "one at which the time is finite"
        )

    @property
    def decades(self) -> float:
        """ln(t' / t0), at least 0: natural decades of time at the reference temperature."""
        if self.seconds == 0:
            return 0.0
        heat = self.activation_energy / BOLTZMANN * (1 / self.reference_temperature - 1 / self.temperature)
        return max(0.0, float(np.log(self.seconds / self.first) + heat))

    def apply(self, conductances: FloatArray, random: np.random.Generator) -> FloatArray:
        """``G exp(-nu decades)``, nu drawn for each device."""
        nu = self.exponent + self.exponent_sigma * random.standard_normal(conductances.shape)
        return conductances * np.exp(-nu * self.decades)
