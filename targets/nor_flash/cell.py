"""The cell: a transistor whose threshold voltage is stored, read by its gate; one current model from off to saturation.

C. C. Enz, F. Krummenacher, E. A. Vittoz, Analog Integr. Circuits Signal Process. 8, 83 (1995) (EKV), source at 0 V: with
U = kT/q, s = 2 n beta U^2 and F(x) = ln(1 + exp(x / 2))^2,

    I = s [F((Vg - Vt) / (n U)) - F((Vg - Vt - n Vd) / (n U))] + I_off.

Its limits are the textbook's, and tested as such:

- subthreshold: s exp((Vg - Vt) / (n U)) (1 - exp(-Vd / U));
- linear: beta ((Vg - Vt) Vd - n Vd^2 / 2);
- saturation: beta (Vg - Vt)^2 / (2 n).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from neurodeploy.costs import Constant
from neurodeploy.network.arrays import FloatArray
from neurodeploy.targets.crossbar.cells import CellStates
from neurodeploy.targets.crossbar.nonidealities.retention import BOLTZMANN
from neurodeploy.targets.crossbar.parameters import require, require_not_negative, require_positive

Region = Literal["subthreshold", "linear", "saturation"]
_HALVINGS = 64


@dataclass(frozen=True)
class NorFlashCell:
    """Voltages in V, currents in A.

    ``threshold_low`` is that of an erased cell (highest conductance), ``threshold_high`` of a programmed one.  ``read_gate`` and
    ``read_drain``: the bias of a read; an input that does not spike leaves the gate at ``idle_gate``.  ``transconductance``: beta = µ C_ox
    W / L in A/V²; ``slope``: n, 1 or more; ``off_current``: what flows whatever the gate; ``temperature`` in K.

    Raises:
        NeurodeployError: ND450 for values that no cell has.
    """

    threshold_low: float
    threshold_high: float
    read_gate: float
    read_drain: float
    transconductance: float
    slope: float
    off_current: float = 0.0
    idle_gate: float = 0.0
    temperature: float = 300.0

    def __post_init__(self) -> None:
        require_positive(
            self, read_drain=self.read_drain, transconductance=self.transconductance, temperature=self.temperature
        )
        require_not_negative(self, off_current=self.off_current)
        require(bool(1 <= self.slope < np.inf), self, "slope", self.slope, "at least 1 and finite")
        for name in ("threshold_low", "read_gate", "idle_gate"):
            require(bool(np.isfinite(getattr(self, name))), self, name, getattr(self, name), "finite")
        above = bool(self.threshold_low < self.threshold_high < np.inf)
        require(above, self, "threshold_high", self.threshold_high, f"above threshold_low = {self.threshold_low} V")
        require(
            bool(self.g_min < self.g_max), self, "read_gate", self.read_gate,
            "a voltage at which erased and programmed cells differ in current",
        )  # fmt: skip

    @property
    def thermal_voltage(self) -> float:
        """kT/q in V."""
        return BOLTZMANN * self.temperature

    @property
    def specific_current(self) -> float:
        """s = 2 n beta U^2, in A: I0 of the subthreshold current."""
        return 2 * self.slope * self.transconductance * self.thermal_voltage**2

    def current(self, gate: ArrayLike, drain: ArrayLike, threshold: ArrayLike) -> FloatArray:
        """Drain currents in A; the arguments broadcast."""
        unit = self.slope * self.thermal_voltage
        over: FloatArray = np.asarray(gate, np.float64) - np.asarray(threshold, np.float64)
        across: FloatArray = np.asarray(drain, np.float64)
        forward, reverse = _charge(over / unit), _charge((over - self.slope * across) / unit)
        result: FloatArray = self.specific_current * (forward - reverse) + self.off_current
        return result

    def region(self, gate: float, drain: float, threshold: float) -> Region:
        """Where a cell works: the drain saturates from (Vg - Vt) / n on."""
        if gate <= threshold:
            return "subthreshold"
        return "linear" if drain < (gate - threshold) / self.slope else "saturation"

    def conductance(self, threshold: ArrayLike) -> FloatArray:
        """I / Vd of a read, in S: what the array's models call the cell's conductance."""
        return self.current(self.read_gate, self.read_drain, threshold) / self.read_drain

    @property
    def g_min(self) -> float:
        """Of a programmed cell, in S."""
        return float(self.conductance(self.threshold_high))

    @property
    def g_max(self) -> float:
        """Of an erased cell, in S."""
        return float(self.conductance(self.threshold_low))

    def states(self, levels: int | None = None) -> CellStates:
        """The range between the two ends of the threshold window, with a number of levels or analogue (None)."""
        return CellStates(self.g_min, self.g_max, levels)

    def threshold(self, conductances: ArrayLike) -> FloatArray:
        """Threshold voltages that give the conductances (S), by bisection; the inverse of :meth:`conductance` within the window.

        Raises:
            NeurodeployError: ND450 for a conductance outside g_min to g_max.
        """
        wanted = np.asarray(conductances, np.float64)
        inside = bool(np.all((wanted >= self.g_min * (1 - 1e-9)) & (wanted <= self.g_max * (1 + 1e-9))))
        require(inside, self, "conductances", "outside the window", f"from {self.g_min:.4g} to {self.g_max:.4g} S")
        low, high = np.full(wanted.shape, self.threshold_low), np.full(wanted.shape, self.threshold_high)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            conducts = self.conductance(middle) > wanted
            low, high = np.where(conducts, middle, low), np.where(conducts, high, middle)
        result: FloatArray = (low + high) / 2
        return result

    def column_currents(self, thresholds: FloatArray, active: ArrayLike) -> FloatArray:
        """Currents (A) that the drains of each column add up to, ``(vectors, columns)``.

        ``thresholds`` ``(rows, columns)`` in V; ``active`` ``(vectors, rows)``: 1 where the gate of a row is at ``read_gate``, 0 where
        at ``idle_gate``: idle cells leak, and it is counted.  Lines without resistance (with it: ``crossbar.gated_lines``).
        """
        rows = np.asarray(active, np.float64)
        require(
            rows.ndim == 2 and rows.shape[1] == len(thresholds), self, "shape of active", rows.shape,
            f"(vectors, {len(thresholds)})",
        )  # fmt: skip
        on = self.current(self.read_gate, self.read_drain, thresholds)
        off = self.current(self.idle_gate, self.read_drain, thresholds)
        summed: FloatArray = rows @ (on - off) + off.sum(axis=0)
        return summed


def _charge(x: FloatArray) -> FloatArray:
    """F(x) = ln(1 + exp(x / 2))^2."""
    result: FloatArray = np.logaddexp(0.0, x / 2) ** 2
    return result


_NO_SOURCE = "no public source for oh2019's cell"
TFT_CELL: dict[str, Constant] = {
    "threshold_low": Constant("threshold, erased", 1.0, "V", _NO_SOURCE, "assumed"),
    "threshold_high": Constant("threshold, programmed", 3.0, "V", _NO_SOURCE, "assumed"),
    "read_gate": Constant("gate of a read", 2.0, "V", _NO_SOURCE, "assumed"),
    "read_drain": Constant("drain of a read", 0.1, "V", _NO_SOURCE, "assumed"),
    "transconductance": Constant(
        "mu C W/L",
        1.2e-5,
        "A/V²",
        f"{_NO_SOURCE}; on-current below 2 µA and conductance below 16 µS, as neighbours'",
        "assumed",
    ),
    "slope": Constant("n", 3.0, "", f"{_NO_SOURCE}; polysilicon channels: about 180 mV a decade", "assumed"),
    "off_current": Constant("off-current", 1e-13, "A", f"{_NO_SOURCE}; below 1 pA as the split-gate cell's", "assumed"),
}
"""oh2019's TFT cell, every value assumed; :data:`devices.NEIGHBOURS` are the ranges it stays in."""


def tft_cell() -> NorFlashCell:
    """oh2019's TFT cell as assumed here."""
    return NorFlashCell(**{name: constant.value for name, constant in TFT_CELL.items()})
