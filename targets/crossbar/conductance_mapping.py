"""Weights as conductances of an array, and back.

A weight w of scale s (weight per siemens) is one of

- ``pair``: two cells in neighbouring columns, whose currents are subtracted: G+ - G- = w / s, the idle one at g_min;
- ``reference``: one cell, G = g_zero + w / s, and one more column per tile with g_zero in every row, whose current is subtracted
  from that of each other column;
- ``single``: one cell, G = g_min + w / s, for weights of at least 0; nothing is subtracted.

A synapse that is absent is a cell like any other, with the conductance of weight 0: its leak costs current (:meth:`MappedArray.leak`),
and it cancels in a pair and against a reference column. In a ``single`` array it does not: every spike adds g_min to every column.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.network import Weights
from neurodeploy.network.arrays import FloatArray
from neurodeploy.targets.crossbar.cells import CellStates, nearest_index

Scheme: TypeAlias = Literal["pair", "reference", "single"]
Rounding: TypeAlias = Callable[[FloatArray], FloatArray]
COLUMNS_PER_OUTPUT: dict[Scheme, int] = {"pair": 2, "reference": 1, "single": 1}


class Leak(NamedTuple):
    """What cells of weight 0 cost.

    ``cells``: how many cells have it (of a pair, both or the idle one); ``conductance``: theirs together, in S: times the
    read voltage it is their current when every row is active; ``share``: of the whole array's conductance, reference column
    included; ``weight_per_spike``: what each active row adds to the weighted sum of every output because nothing cancels it.
    """

    cells: int
    conductance: float
    share: float
    weight_per_spike: float


@dataclass(frozen=True, eq=False)
class MappedArray:
    """Weights ``(rows, outputs)`` on an array.

    ``conductances``: of the cells, in S, ``(rows, outputs * columns per output)``; of a pair G+ stands before G-.
    ``scale``: weight per siemens. ``g_zero``: the conductance of weight 0. ``levels``: the network's own, ascending,
    ``(outputs or 1, levels)``, None for float weights; ``placed``: what each weighs on the array, which differs where
    the cells' states lie elsewhere. ``largest_error``: of a weight, for the same reason.
    """

    conductances: FloatArray
    scheme: Scheme
    scale: float
    g_zero: float
    levels: FloatArray | None
    placed: FloatArray | None
    largest_error: float

    @property
    def reference(self) -> FloatArray | None:
        """Conductances of the reference column, ``(rows,)``, or None when the scheme has none."""
        return np.full(len(self.conductances), self.g_zero) if self.scheme == "reference" else None

    def weights(self, conductances: FloatArray | None = None) -> FloatArray:
        """What conductances (these, or the same ones after an error) weigh, float64 ``(rows, outputs)``: linear, as currents are."""
        cells = self.conductances if conductances is None else conductances
        return self.scale * (cells[:, 0::2] - cells[:, 1::2] if self.scheme == "pair" else cells - self.g_zero)

    def decoded(self, conductances: FloatArray | None = None) -> FloatArray:
        """:meth:`weights`, each as the nearest of the network's own levels: exactly the weights that were mapped."""
        found = self.weights(conductances)
        if self.levels is None or self.placed is None:
            return found
        owner = np.zeros(found.shape[1], int) if len(self.levels) == 1 else np.arange(found.shape[1])
        for column, k in enumerate(owner):
            found[:, column] = self.levels[k][nearest_index(self.placed[k], found[:, column])]
        return found

    def leak(self) -> Leak:
        """What the cells of weight 0 cost."""
        idle = int((self.conductances == self.g_zero).sum())
        referenced = 0 if self.reference is None else len(self.reference)
        whole = float(self.conductances.sum()) + referenced * self.g_zero
        leaking = (idle + referenced) * self.g_zero
        return Leak(idle, leaking, leaking / whole, self.scale * self.g_zero if self.scheme == "single" else 0.0)


def map_weights(
    weights: Weights, cells: CellStates, scheme: Scheme = "pair", scale: float | None = None
) -> MappedArray:
    """Conductances of a dense matrix of weights ``(rows, outputs)``.

    Codes are placed level by level: cells with a number of levels take the network's own, as many as they tell apart, at
    conductances proportional to the weights; given states take the nearest, if no two levels fall on one. Float weights take
    the nearest of levels at equal distances. ``scale``: weight per siemens; without it the largest weight is g_max.

    Raises:
        NeurodeployError: ND430 when the cells cannot hold the weights: more levels than theirs, negative weights on single
            cells, weights beyond a given scale, not a matrix.
    """
    values = weights.decoded()
    if values.ndim != 2 or not np.isfinite(values).all():
        raise _refused(f"weights of shape {values.shape}", "Give a matrix of finite numbers, (rows, outputs).")
    levels = _own_levels(weights)
    extremes = values if levels is None else levels
    low, high = float(extremes.min(initial=0)), float(extremes.max(initial=0))
    if scheme == "single" and low < 0:
        raise _refused(f"the weight {low:.4g} on a single cell", "Use pairs or a reference column for signed weights.")
    rounded: Rounding = cells.nearest
    if levels is not None and not cells.states:  # levels lie where the network wants them
        rounded = partial(np.clip, a_min=cells.g_min, a_max=cells.g_max)
    g_zero, fitting = _zero_and_scale(cells, scheme, low, high, rounded)
    scale = fitting if scale is None else scale
    if not fitting * (1 - 1e-12) <= scale < np.inf:
        raise _refused(
            f"weights from {low:.4g} to {high:.4g} at {scale:.4g} per siemens", f"Use at least {fitting:.4g}."
        )
    made = MappedArray(_placed(values / scale, g_zero, scheme, rounded), scheme, scale, g_zero, levels, None, 0.0)
    if levels is not None:
        _check_levels(levels, cells, scheme)
        placed = made.weights(_placed(levels / scale, g_zero, scheme, rounded))
        _check_states(levels, placed)
        made = replace(made, placed=placed)
    return replace(made, largest_error=float(abs(made.weights() - values).max(initial=0)))


def _placed(wanted: FloatArray, g_zero: float, scheme: Scheme, rounded: Rounding) -> FloatArray:
    """The cells of weights that are given in siemens."""
    if scheme == "pair":
        parts = np.stack([np.maximum(wanted, 0), np.maximum(-wanted, 0)], axis=2)
        return rounded(g_zero + parts.reshape(len(wanted), 2 * wanted.shape[1]))
    return rounded(g_zero + wanted)


def _zero_and_scale(
    cells: CellStates, scheme: Scheme, low: float, high: float, rounded: Rounding
) -> tuple[float, float]:
    """The conductance of weight 0, and the least weight per siemens with which all weights fit."""
    if low == high == 0:
        return cells.g_min, 1.0
    if scheme != "reference":
        return cells.g_min, max(high, -low) / cells.span
    g_zero = float(rounded(np.array(cells.g_min - low / (high - low) * cells.span)))  # weight 0 is a level
    above, below = cells.g_max - g_zero, g_zero - cells.g_min
    if (high > 0 and above <= 0) or (low < 0 and below <= 0):
        raise _refused(
            f"weights from {low:.4g} to {high:.4g} beside a reference column with {cells.levels} levels",
            "Use pairs, or cells with 3 levels or more.",
        )
    return g_zero, max(high / above if high > 0 else 0.0, -low / below if low < 0 else 0.0)


def _own_levels(weights: Weights) -> FloatArray | None:
    """The network's levels ascending, ``(outputs or 1, levels)``; None for float weights."""
    if weights.levels is None:
        return None
    if weights.levels.ndim == 2 and weights.level_axis % 2 != 1:
        raise _refused("a codebook per row", "Give one per output, or one for all.")
    return np.sort(np.atleast_2d(weights.levels), axis=1)


def levels_needed(levels: FloatArray, scheme: Scheme) -> int:
    """How many conductances one cell must tell apart for weights of these levels, 0 (an absent synapse) among them."""
    distinct = np.unique(np.append(levels, 0.0))
    signs = [distinct[distinct >= 0], distinct[distinct <= 0]] if scheme == "pair" else [distinct]
    return max(len(side) for side in signs)


def _check_levels(levels: FloatArray, cells: CellStates, scheme: Scheme) -> None:
    """Every level of the network needs one of a cell to itself (ND430)."""
    if cells.levels is None:
        return
    for own in levels:
        needed = levels_needed(own, scheme)
        if needed > cells.levels:
            of_a_sign = " of each sign" if scheme == "pair" else ""
            raise _refused(
                f"{needed} levels{' of one sign' if of_a_sign else ''}, 0 among them, on cells with {cells.levels}",
                f"Quantize to at most {cells.levels} levels{of_a_sign}, 0 among them, or use cells with more.",
            )


def _check_states(levels: FloatArray, placed: FloatArray) -> None:
    """No two levels of the network may fall on one state (ND430)."""
    for own, found in zip(levels, placed, strict=True):
        for a, b in zip(np.flatnonzero(np.diff(own) > 0), np.flatnonzero(np.diff(own) > 0) + 1, strict=True):
            if found[a] >= found[b]:
                raise _refused(
                    f"the levels {own[a]:.4g} and {own[b]:.4g} apart: the same state of a cell is nearest to both",
                    "Quantize with --rule device_states and the cells' states.",
                )


def _refused(what: str, hint: str) -> NeurodeployError:
    return NeurodeployError("ND430", f"The array cannot hold {what}.", hint)
