"""Conductance against pulse number: nonlinear, asymmetric, saturating (MLP+NeuroSim's form).

P.-Y. Chen, X. Peng, S. Yu, "NeuroSim: a circuit-level macro model for benchmarking neuro-inspired architectures in online learning",
IEEE TCAD 37(12), 2018.  With P the pulse number, 0 to P_max, and B = (G_max - G_min) / (1 - exp(-P_max / A)),

    LTP:  G = G_min + B (1 - exp(-P / A))        LTD:  G = G_max - B (1 - exp(-P / A)),

each branch with its own P_max and A; A of infinity is a straight line, a negative A a curve that bends the other way.

**Labels.**  NeuroSim names a branch by a nonlinearity label, from a table of 900 values of A / P_max.  The label is the greatest
distance of the curve, both axes from 0 to 1, from the straight line, at a right angle to it, in units of 0.07: with a = A / P_max and
b = 1 / (1 - exp(-1 / a)) the greatest height above the line is b - a + a ln(a / b), hence ``label = that / (0.07 sqrt 2)``.  (Found by
comparing; it gives the table's values to its six decimals.)  LTP that saturates has a positive label, LTD that saturates a negative one.

**One pulse.**  Where a cell is on its branch follows from its conductance, so with y = (G - G_min) / (G_max - G_min) a pulse of LTP is

    y <- y + (b - y) (1 - exp(-1 / A)),

and one of LTD the same for 1 - y: affine in y.  n pulses are a closed form.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from neurodeploy.network.arrays import BoolArray, FloatArray
from neurodeploy.targets.crossbar.parameters import require, require_not_negative, require_positive, require_range

LABEL_UNIT = 0.07 * np.sqrt(2.0)
"""Height above the straight line of a curve with label 1."""
LARGEST_LABEL = 9.0
"""Where NeuroSim's table ends; at 10.1 the curve would be a step."""
_STRAIGHT = 1e-7
"""Curvature P_max / A below which a branch is a straight line: its height over it is less than 1.3e-8."""
_STEEPEST = 100.0


def label_of_curvature(curvature: float) -> float:
    """The label of a branch with ``curvature`` = P_max / A, negative for a negative A."""
    size = abs(curvature)
    if size < _STRAIGHT:
        return 0.0
    if size < 1e-3:  # the closed form cancels
        return float(np.sign(curvature) * size / 8 / LABEL_UNIT)
    a, b = 1 / size, -1 / np.expm1(-size)
    return float(np.sign(curvature) * (b - a + a * np.log(a / b)) / LABEL_UNIT)


def curvature_of_label(label: float) -> float:
    """P_max / A of a label from -9 to 9: the inverse of :func:`label_of_curvature`."""
    from scipy.optimize import root_scalar

    require(
        bool(abs(label) <= LARGEST_LABEL), "nonlinearity", "label", label, f"from -{LARGEST_LABEL} to {LARGEST_LABEL}"
    )
    if abs(label) < 1e-6:
        return float(8 * LABEL_UNIT * label)
    height = abs(label)
    size = float(root_scalar(lambda s: label_of_curvature(s) - height, bracket=(0.0, _STEEPEST), xtol=1e-13).root)
    return size if label > 0 else -size


@dataclass(frozen=True)
class Branch:
    """One direction: how far it has gone, 0 to 1, after pulses of its own.

    ``pulses`` (P_max) from one end to the other, ``nonlinearity`` the label, positive where the first pulses do most.
    """

    pulses: float
    nonlinearity: float

    def __post_init__(self) -> None:
        require(bool(1 <= self.pulses < np.inf), self, "pulses", self.pulses, "at least 1")
        curvature_of_label(self.nonlinearity)

    @property
    def a(self) -> float:
        """NeuroSim's A, in pulses; infinite for a straight line."""
        curvature = curvature_of_label(self.nonlinearity)
        return self.pulses / curvature if abs(curvature) >= _STRAIGHT else np.inf

    def step(self) -> tuple[float, float]:
        """``(first, lost)``: a pulse takes y to ``y + first - lost y``."""
        curvature = curvature_of_label(self.nonlinearity)
        if abs(curvature) < _STRAIGHT:
            return 1 / self.pulses, 0.0
        lost = -np.expm1(-curvature / self.pulses)
        return float(lost / -np.expm1(-curvature)), float(lost)

    def after(self, start: ArrayLike, pulses: ArrayLike) -> FloatArray:
        """y after so many pulses (also fractions) from ``start``; never beyond 1."""
        curvature = curvature_of_label(self.nonlinearity)
        begin, share = np.asarray(start, np.float64), np.asarray(pulses, np.float64) / self.pulses
        if abs(curvature) < _STRAIGHT:
            level: FloatArray = begin + share
        else:
            b = -1 / np.expm1(-curvature)
            with np.errstate(over="ignore"):  # a convex branch goes far beyond 1 with many pulses
                level = b - (b - begin) * np.exp(-curvature * share)
        capped: FloatArray = np.minimum(level, 1.0)
        return capped

    def pulses_to(self, start: ArrayLike, goal: ArrayLike) -> FloatArray:
        """Pulses (fractions too) from ``start`` to ``goal``, both 0 to 1: the inverse of :meth:`after`."""
        curvature = curvature_of_label(self.nonlinearity)
        begin, end = np.asarray(start, np.float64), np.asarray(goal, np.float64)
        if abs(curvature) < _STRAIGHT:
            straight: FloatArray = (end - begin) * self.pulses
            return straight
        b = -1 / np.expm1(-curvature)
        needed: FloatArray = self.pulses / curvature * np.log((b - begin) / (b - end))
        return needed


@dataclass(frozen=True)
class PulseResponse:
    """A device's LTP and LTD.

    ``g_min`` and ``g_max`` in S; ``ltp_pulses`` and ``ltd_pulses`` from one to the other; labels as NeuroSim's (LTD that saturates:
    negative).  ``cycle_noise``: standard deviation of what one pulse does, as a share of g_max - g_min (normal, added to every
    pulse; NeuroSim's sigmaCtoC).  ``device_variation``: standard deviation of both labels from device to device (its sigmaDtoD).

    Raises:
        NeurodeployError: ND450 for values that no device has.
    """

    g_min: float
    g_max: float
    ltp_pulses: float
    ltd_pulses: float
    ltp_nonlinearity: float
    ltd_nonlinearity: float
    cycle_noise: float = 0.0
    device_variation: float = 0.0

    def __post_init__(self) -> None:
        require_range(self, self.g_min, self.g_max)
        require_not_negative(self, cycle_noise=self.cycle_noise, device_variation=self.device_variation)
        require_positive(self, ltp_pulses=self.ltp_pulses, ltd_pulses=self.ltd_pulses)
        _ = self.ltp, self.ltd

    @property
    def ltp(self) -> Branch:
        """How y = (G - g_min) / (g_max - g_min) grows."""
        return Branch(self.ltp_pulses, self.ltp_nonlinearity)

    @property
    def ltd(self) -> Branch:
        """How 1 - y grows."""
        return Branch(self.ltd_pulses, -self.ltd_nonlinearity)

    @property
    def span(self) -> float:
        """g_max - g_min, in S."""
        return self.g_max - self.g_min

    def level(self, conductances: ArrayLike) -> FloatArray:
        """y of conductances in S."""
        return (np.asarray(conductances, np.float64) - self.g_min) / self.span

    def conductance(self, level: ArrayLike) -> FloatArray:
        """Conductances in S of y."""
        return self.g_min + self.span * np.asarray(level, np.float64)

    def potentiated(self, conductances: ArrayLike, pulses: ArrayLike = 1) -> FloatArray:
        """Conductances after LTP pulses, without noise."""
        return self.conductance(self.ltp.after(self.level(conductances), pulses))

    def depressed(self, conductances: ArrayLike, pulses: ArrayLike = 1) -> FloatArray:
        """Conductances after LTD pulses, without noise."""
        return self.conductance(1 - self.ltd.after(1 - self.level(conductances), pulses))

    def increments(self, conductances: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """What one pulse of LTP and one of LTD change, in S (the second negative)."""
        now = np.asarray(conductances, np.float64)
        return self.potentiated(now) - now, self.depressed(now) - now

    def ltp_curve(self, pulses: ArrayLike) -> FloatArray:
        """G(P) from g_min, in S."""
        return self.conductance(self.ltp.after(0.0, pulses))

    def ltd_curve(self, pulses: ArrayLike) -> FloatArray:
        """G(P) from g_max, in S."""
        return self.conductance(1 - self.ltd.after(0.0, pulses))

    def pulsed(self, conductances: FloatArray, up: BoolArray, random: np.random.Generator) -> FloatArray:
        """One pulse for each cell, LTP where ``up`` and LTD elsewhere, with cycle-to-cycle noise; within g_min to g_max."""
        after = np.where(up, self.potentiated(conductances), self.depressed(conductances))
        if self.cycle_noise:
            after = after + self.cycle_noise * self.span * random.standard_normal(after.shape)
        return np.clip(after, self.g_min, self.g_max)

    def without_noise(self) -> PulseResponse:
        """The same device, every pulse and every cell alike."""
        return replace(self, cycle_noise=0.0, device_variation=0.0)
