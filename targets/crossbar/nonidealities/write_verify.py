"""Write-verify: pulses until a read finds the conductance near enough to its target; every pulse is counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurodeploy.network.arrays import BoolArray, FloatArray
from neurodeploy.targets.crossbar.parameters import require, require_not_negative, require_positive, require_range


class Programmed(NamedTuple):
    """Conductances (S) after programming, the pulses each cell took up and down, and which never came near enough."""

    conductances: FloatArray
    up: NDArray[np.int64]
    down: NDArray[np.int64]
    failed: NDArray[np.bool_]

    @property
    def pulses(self) -> int:
        """Of all cells together; reads are one more for each cell."""
        return int(self.up.sum() + self.down.sum())


def pulsed_until_near(
    targets: FloatArray, start: FloatArray, tolerance: float, most_pulses: int,
    pulse: Callable[[FloatArray, BoolArray], FloatArray],
) -> Programmed:  # fmt: skip
    """Pulses, one at a time for all cells that an ideal read does not find within ``tolerance`` (S), at most ``most_pulses`` for each.

    ``targets`` and ``start``: S, of one shape. ``pulse(now, rising)``: what a pulse leaves of the conductances ``now`` of those cells, up
    where ``rising`` and down elsewhere.
    """
    goal, now = targets.ravel(), start.astype(np.float64).ravel()
    up, down = (np.zeros(goal.size, np.int64) for _ in range(2))
    far = np.flatnonzero(np.abs(goal - now) > tolerance)
    for _ in range(most_pulses):
        if not len(far):
            break
        rising = now[far] < goal[far]
        now[far] = pulse(now[far], rising)
        up[far] += rising
        down[far] += ~rising
        far = far[np.abs(goal[far] - now[far]) > tolerance]
    failed = np.zeros(goal.size, np.bool_)
    failed[far] = True
    shape = targets.shape
    return Programmed(now.reshape(shape), up.reshape(shape), down.reshape(shape), failed.reshape(shape))


@dataclass(frozen=True)
class WriteVerify:
    """Pulses of mean ``increment`` (S) up or down until ``|G - target| <= tolerance`` (S), at most ``most_pulses`` for a cell.

    A pulse changes the conductance by increment times a gamma variable of mean 1 and standard deviation ``noise`` (it never
    moves a cell backwards), and within ``lowest`` to ``highest`` (S).  Verifying is an ideal read.  Increments do not depend on the
    conductance: a device's nonlinearity is a model of its own.
    """

    tolerance: float
    increment: float
    noise: float
    lowest: float
    highest: float
    most_pulses: int = 1000

    def __post_init__(self) -> None:
        require_positive(self, tolerance=self.tolerance, increment=self.increment)
        require_not_negative(self, noise=self.noise)
        require_range(self, self.lowest, self.highest)
        require(self.most_pulses >= 1, self, "most_pulses", self.most_pulses, "at least 1")

    def apply(self, conductances: FloatArray, random: np.random.Generator) -> FloatArray:
        """What an array erased to ``lowest`` holds after programming to ``conductances``."""
        return self.program(conductances, np.full_like(conductances, self.lowest), random).conductances

    def program(self, targets: FloatArray, start: FloatArray, random: np.random.Generator) -> Programmed:
        """Program cells that hold ``start`` to ``targets``, both ``(rows, columns)`` in S and within the range."""
        require(
            start.shape == targets.shape, self, "shape of start", start.shape, f"that of the targets, {targets.shape}"
        )
        for name, cells in (("targets", targets), ("start", start)):
            inside = bool(((cells >= self.lowest * (1 - 1e-9)) & (cells <= self.highest * (1 + 1e-9))).all())
            require(inside, self, name, "outside the range", f"from {self.lowest} to {self.highest} S")
        return pulsed_until_near(
            targets, start, self.tolerance, self.most_pulses, lambda now, rising: self._pulsed(now, rising, random)
        )

    def _pulsed(self, now: FloatArray, rising: BoolArray, random: np.random.Generator) -> FloatArray:
        step = self.increment * self._factors(len(now), random)
        moved: FloatArray = np.clip(now + np.where(rising, step, -step), self.lowest, self.highest)
        return moved

    def _factors(self, count: int, random: np.random.Generator) -> FloatArray:
        if self.noise == 0:
            return np.ones(count)
        shape = self.noise**-2
        return random.gamma(shape, 1 / shape, count)
