"""Two steps of other simulators that the IR cannot say, for the plain numpy stepper: why spikes differ there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from step_oracle import Cell

STAGES = (
    (1 / 4,),
    (3 / 32, 9 / 32),
    (1932 / 2197, -7200 / 2197, 7296 / 2197),
    (439 / 216, -8, 3680 / 513, -845 / 4104),
    (-8 / 27, 2, -3544 / 2565, 1859 / 4104, -11 / 40),
)
FIFTH = (16 / 135, 0, 6656 / 12825, 28561 / 56430, -9 / 50, 2 / 55)
ERROR = (1 / 360, 0, -128 / 4275, -2197 / 75240, 1 / 50, 2 / 55)
"""Runge-Kutta-Fehlberg 4(5) (Fehlberg 1969, table III): fifth order, and its difference from the fourth."""
TOLERANCE = np.array([[1e-3], [1e-6], [1e-6]])
"""Absolute, of mV, µS, µS: NEST's ``gsl_odeiv_control_y_new(1e-3, 0)`` with conductances in nS."""


class AdaptiveCell(Cell):
    """NEST's ``iaf_cond_exp``: membrane and conductances move together, by GSL's adaptive ``rkf45``, neuron by neuron.

    ``iaf_cond_exp.cpp`` (``update``); GSL's ``ode-initval/rkf45.c``, ``cstd.c`` (step control), ``evolve.c``.
    """

    def __init__(self, neuron: Any, size: int, dt: float) -> None:
        super().__init__(neuron, size, dt)
        self.part = np.full(size, dt)  # the step that the control proposes; it survives from step to step
        self.decayed = np.zeros((2, size))

    def decay_and_add(self, excitatory: np.ndarray, inhibitory: np.ndarray) -> None:
        self.state_e, self.state_i = self.decayed + np.array([excitatory, inhibitory])

    def conductance(self) -> np.ndarray:
        y, t = np.array([self.v, self.state_e, self.state_i]), np.zeros(len(self.v))
        while (t < self.dt).any():
            last = self.part >= self.dt - t
            h = np.where(last, self.dt - t, self.part)
            slopes = [self.slope(y)]
            for factors in STAGES:
                slopes.append(self.slope(y + h * summed(factors, slopes)))
            ratio = (np.abs(h * summed(ERROR, slopes)) / TOLERANCE).max(axis=0, initial=np.finfo(float).tiny)
            moving = t < self.dt
            taken = moving & (ratio <= 1.1)
            y = np.where(taken, y + h * summed(FIFTH, slopes), y)
            t = np.where(taken, np.where(last, self.dt, t + h), t)
            smaller, larger = np.maximum(0.9 * ratio ** (-1 / 5), 0.2), np.clip(0.9 * ratio ** (-1 / 6), 1, 5)
            factor = np.where(ratio > 1.1, smaller, np.where(ratio < 0.5, larger, 1))
            self.part = np.where(moving, h * factor, self.part)
        moved: np.ndarray = y[0]
        self.decayed = y[1:]
        return moved

    def slope(self, y: np.ndarray) -> np.ndarray:
        """The derivatives of potential and conductances; the potential counts as at most the threshold."""
        v, excitatory, inhibitory = np.minimum(y[0], self.v_thresh), y[1], y[2]
        current = excitatory * (self.e_rev_E - v) + inhibitory * (self.e_rev_I - v) + self.i_offset
        rise = np.where(self.held > 0, 0.0, (self.v_rest - v) / self.tau_m + current / self.cm)
        return np.array([rise, -excitatory / self.tau_syn_E, -inhibitory / self.tau_syn_I])


def summed(factors: Sequence[float], slopes: list[np.ndarray]) -> np.ndarray:
    """Slopes, each with its factor."""
    result: np.ndarray = np.tensordot(np.array(factors), np.array(slopes), axes=1)
    return result


class DefaultScheduleCell(Cell):
    """Brian2's default schedule with delta synapses and a reset to a value: input, then reset.

    A jump that arrives in the spiking step is overwritten by the reset; in our terms, the input of the first step that is not
    held after a spike is lost.
    """

    paused: np.ndarray | None = None

    def decay_and_add(self, excitatory: np.ndarray, inhibitory: np.ndarray) -> None:
        if self.paused is not None:
            lost = self.paused & (self.held == 0)
            excitatory, inhibitory = np.where(lost, 0.0, [excitatory, inhibitory])
        self.paused = self.held > 0
        super().decay_and_add(excitatory, inhibitory)

    def advance(self, excitatory: np.ndarray, inhibitory: np.ndarray) -> np.ndarray:
        sent = super().advance(excitatory, inhibitory)
        self.paused = self.fired if self.paused is None else self.paused | self.fired
        return sent
