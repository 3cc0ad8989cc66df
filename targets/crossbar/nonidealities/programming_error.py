"""Programming error: what remains between the conductance wanted and the one written, normal, of one of three widths.

A conductance cannot be negative: what would fall below 0 is 0, which raises the mean of targets within some sigma of 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurodeploy.network.arrays import FloatArray
from neurodeploy.targets.crossbar.parameters import require, require_not_negative

MICROSIEMENS = 1e-6


@dataclass(frozen=True)
class ConstantError:
    """The same ``sigma`` (S) at every conductance."""

    sigma: float

    def __post_init__(self) -> None:
        require_not_negative(self, sigma=self.sigma)

    def apply(self, conductances: FloatArray, random: np.random.Generator) -> FloatArray:
        """``max(0, G + sigma n)``, n standard normal."""
        return _positive(conductances + self.sigma * random.standard_normal(conductances.shape))


@dataclass(frozen=True)
class RelativeError:
    """``sigma`` as a share of the conductance: 0.05 is 5 % of each."""

    sigma: float

    def __post_init__(self) -> None:
        require_not_negative(self, sigma=self.sigma)

    def apply(self, conductances: FloatArray, random: np.random.Generator) -> FloatArray:
        """``max(0, G (1 + sigma n))``; open cells stay open."""
        return _positive(conductances * (1 + self.sigma * random.standard_normal(conductances.shape)))


@dataclass(frozen=True)
class PolynomialError:
    """sigma(G) = c0 + c1 G + c2 G^2 + …, both in µS, fitted for conductances from 0 to ``highest`` (S).

    ``coefficients`` begin with the constant.  Conductances above ``highest`` are refused: a polynomial says nothing there.
    """

    coefficients: tuple[float, ...]
    highest: float

    def __post_init__(self) -> None:
        require(len(self.coefficients) > 0, self, "coefficients", self.coefficients, "at least one number")
        require(bool(0 < self.highest < np.inf), self, "highest", self.highest, "finite and above 0 S")
        lowest = float(self.sigma(np.linspace(0, self.highest, 1001)).min())
        require(lowest >= 0, self, "sigma", f"{lowest} S", f"at least 0 from 0 to {self.highest} S")

    def sigma(self, conductances: FloatArray) -> FloatArray:
        """Standard deviation in S at each of ``conductances`` in S."""
        micro = np.asarray(conductances, np.float64) / MICROSIEMENS
        return np.polynomial.Polynomial(self.coefficients)(micro) * MICROSIEMENS

    def apply(self, conductances: FloatArray, random: np.random.Generator) -> FloatArray:
        """``max(0, G + sigma(G) n)``."""
        largest = float(conductances.max(initial=0.0))
        # Half a billionth more: levels computed up to the highest may exceed it by rounding.
        require(largest <= self.highest * (1 + 5e-10), self, "conductance", f"{largest} S", f"at most {self.highest} S")
        return _positive(conductances + self.sigma(conductances) * random.standard_normal(conductances.shape))


def neurram_error() -> PolynomialError:
    """NeuRRAM's error after write-verify and relaxation, 0 to 40 µS.

    W. Wan et al. 2022, Nature 608, 504, Extended Data Fig. 3 (1 s after programming), in the cubic fit of CrossSim 3.2.0
    (RRAM_Wan.py, whose data reach 39.26 µS): sigma/µS = 1.536e-4 G^3 - 1.167e-2 G^2 + 0.2374 G + 1.053, G in µS.  It leaves 1.053 µS at
    G = 0.
    """
    return PolynomialError((1.053, 0.2374, -1.167e-2, 1.536e-4), 40e-6)


def _positive(cells: FloatArray) -> FloatArray:
    return np.maximum(cells, 0.0)
