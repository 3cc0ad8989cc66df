"""What conductances the cells of an array can take: an analogue range, a number of levels, or given states."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurodeploy.errors import NeurodeployError
from neurodeploy.network.arrays import FloatArray


@dataclass(frozen=True)
class CellStates:
    """Conductances of one cell, in S.

    ``levels``: how many the cell tells apart; write-verify puts them where they are wanted between ``g_min`` and ``g_max``
    (None: analogue). ``states``: they lie at these conductances, ascending, and nowhere else; ``levels`` is then their number.

    Raises:
        NeurodeployError: ND431 for a range, a number of levels or states that no cell has.
    """

    g_min: float
    g_max: float
    levels: int | None = None
    states: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.g_min < self.g_max < np.inf:
            raise _impossible(f"from {self.g_min} to {self.g_max} S", "Give 0 <= g_min < g_max, in siemens.")
        if self.states:
            if self.levels not in (None, len(self.states)):
                raise _impossible(f"{self.levels} levels and {len(self.states)} states", "Give one of the two.")
            ends = (self.g_min, self.g_max)
            if not np.all(np.diff(self.states) > 0) or (self.states[:1] + self.states[-1:]) != ends:
                raise _impossible(f"the states {self.states}", "Give two or more, ascending from g_min to g_max.")
            object.__setattr__(self, "levels", len(self.states))
        elif self.levels is not None and self.levels < 2:
            raise _impossible(f"{self.levels} levels", "Give 2 or more, or None for analogue cells.")

    @property
    def span(self) -> float:
        """From the lowest to the highest conductance, in S."""
        return self.g_max - self.g_min

    def grid(self) -> FloatArray | None:
        """Where the levels lie when nothing says otherwise: the states, or equal distances; None for analogue cells."""
        if self.states:
            return np.array(self.states)
        return None if self.levels is None else np.linspace(self.g_min, self.g_max, self.levels)

    def nearest(self, conductances: FloatArray) -> FloatArray:
        """The nearest conductances of :meth:`grid` (analogue: the same, kept in the range)."""
        grid = self.grid()
        if grid is None:
            return np.clip(conductances, self.g_min, self.g_max)
        return grid[nearest_index(grid, conductances)]


def nearest_index(ascending: FloatArray, values: FloatArray) -> NDArray[np.intp]:
    """Index of the nearest of ``ascending`` numbers for each value; of two as near the lower."""
    middles = (ascending[1:] + ascending[:-1]) / 2
    return np.searchsorted(middles, values)


def _impossible(what: str, hint: str) -> NeurodeployError:
    return NeurodeployError("ND431", f"No memory cell has {what}.", hint)
