"""Conversion of column currents into integer codes, with what was clipped counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurodeploy.network.arrays import FloatArray
from neurodeploy.targets.crossbar.parameters import require


class Conversion(NamedTuple):
    """Codes ``(vectors, columns)``, and how many conversions lay below and above the range."""

    codes: NDArray[np.int32]
    below: int
    above: int


@dataclass(frozen=True)
class AnalogToDigital:
    """A uniform converter of ``bits`` (1 to 24): code 0 at ``lowest``, the last, ``2^bits - 1``, at ``highest`` (A).

    The nearest code, ties to even; currents beyond half a step outside the range are clipped and counted.
    """

    bits: int
    lowest: float
    highest: float

    def __post_init__(self) -> None:
        require(1 <= self.bits <= 24, self, "bits", self.bits, "from 1 to 24")
        require(bool(np.isfinite(self.lowest)), self, "lowest", self.lowest, "finite")
        above = bool(self.lowest < self.highest < np.inf)
        require(above, self, "highest", self.highest, f"finite and above lowest = {self.lowest}")

    @property
    def step(self) -> float:
        """One code in A; an unclipped conversion errs by half of it at most."""
        return (self.highest - self.lowest) / ((1 << self.bits) - 1)

    def convert(self, currents: FloatArray) -> Conversion:
        """Codes of ``currents`` (A, any shape)."""
        codes = np.rint((currents - self.lowest) / self.step)
        last = (1 << self.bits) - 1
        below, above = int((codes < 0).sum()), int((codes > last).sum())
        return Conversion(np.clip(codes, 0, last).astype(np.int32), below, above)

    def currents(self, codes: NDArray[np.int32]) -> FloatArray:
        """The current each code stands for, in A."""
        return self.lowest + self.step * codes.astype(np.float64)
