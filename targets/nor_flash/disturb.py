"""Disturb: cells that share a gate line or a source line with a cell being pulsed see part of the voltage.

A pulse lies between the gate (word line, a row of the array) and the source (source line, a column) of one cell.  Each other cell of
its row sees the gate's half, each other cell of its column the source's: with ``pulses[i, j]`` the pulses of cell (i, j), cell (i, j) is
half selected ``sum_j' pulses[i, j'] + sum_i' pulses[i', j] - 2 pulses[i, j]`` times.  A half-selected pulse moves the threshold as the
share ``row_share`` or ``column_share`` of a pulse would.  Order is not followed: program and erase pulses of the others act one after
the other, on the array as it stands at the end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from neurodeploy.network.arrays import FloatArray
from neurodeploy.targets.crossbar.parameters import require
from neurodeploy.targets.nor_flash.threshold_pulses import ThresholdPulses


def half_selected(pulses: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Pulses that each cell saw through its row and through its column while others were pulsed, both ``(rows, columns)``."""
    own = np.asarray(pulses, np.float64)
    require(own.ndim == 2, "disturb", "shape of the pulses", own.shape, "(rows, columns)")
    return own.sum(axis=1, keepdims=True) - own, own.sum(axis=0, keepdims=True) - own


@dataclass(frozen=True)
class HalfSelect:
    """What a half-selected pulse is worth, as a share of a pulse; 1e-5 for both is **assumed**."""

    response: ThresholdPulses
    row_share: float = 1e-5
    column_share: float = 1e-5

    def __post_init__(self) -> None:
        for name in ("row_share", "column_share"):
            value = getattr(self, name)
            require(0 <= value <= 1, self, name, value, "a share from 0 to 1")

    def worth(self, pulses: ArrayLike) -> FloatArray:
        """Pulses that each cell's half-selected ones are worth."""
        rows, columns = half_selected(pulses)
        return self.row_share * rows + self.column_share * columns

    def disturbed(self, thresholds: FloatArray, programmed: ArrayLike, erased: ArrayLike) -> FloatArray:
        """Thresholds (V) after the others' ``programmed`` and ``erased`` pulses, all three ``(rows, columns)``."""
        raised = self.response.programmed(thresholds, self.worth(programmed))
        return self.response.erased(raised, self.worth(erased))
