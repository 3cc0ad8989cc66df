"""Pulses as shifts of the threshold voltage: the conductance follows from the cell's current.

The charge on the floating gate moves the threshold along the device's branches (:class:`Branch`): erase pulses (gate negative against the
source; LTP) from ``threshold_high`` to ``threshold_low``, program pulses (LTD) back.  The conductance at the read bias is then anything but
a branch of the same label: in subthreshold it is exponential in the threshold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from neurodeploy.network.arrays import FloatArray
from neurodeploy.targets.nor_flash.cell import NorFlashCell
from neurodeploy.targets.nor_flash.pulse_response import Branch


@dataclass(frozen=True)
class ThresholdPulses:
    """A cell, and how erase and program pulses move its threshold through the window."""

    cell: NorFlashCell
    erase: Branch
    program: Branch

    @property
    def window(self) -> float:
        """threshold_high - threshold_low, in V."""
        return self.cell.threshold_high - self.cell.threshold_low

    def erased(self, thresholds: ArrayLike, pulses: ArrayLike = 1) -> FloatArray:
        """Thresholds (V) after erase pulses (also fractions); never below threshold_low."""
        done = (self.cell.threshold_high - np.asarray(thresholds, np.float64)) / self.window
        return self.cell.threshold_high - self.window * self.erase.after(done, pulses)

    def programmed(self, thresholds: ArrayLike, pulses: ArrayLike = 1) -> FloatArray:
        """Thresholds after program pulses; never above threshold_high."""
        done = (np.asarray(thresholds, np.float64) - self.cell.threshold_low) / self.window
        return self.cell.threshold_low + self.window * self.program.after(done, pulses)

    def ltp_curve(self, pulses: ArrayLike) -> FloatArray:
        """Conductance (S) of a programmed cell after erase pulses."""
        return self.cell.conductance(self.erased(np.full(np.shape(pulses), self.cell.threshold_high), pulses))

    def ltd_curve(self, pulses: ArrayLike) -> FloatArray:
        """Conductance (S) of an erased cell after program pulses."""
        return self.cell.conductance(self.programmed(np.full(np.shape(pulses), self.cell.threshold_low), pulses))
