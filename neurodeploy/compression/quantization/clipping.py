"""The range of a uniform grid: a percentile, or the step of least squared error."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurodeploy.kernels import kernel
from neurodeploy.network.arrays import Array, FloatArray

_EXACT = 4096
"""Up to this many (weights x positive levels) every step at which a code changes is tried: the optimum is exact."""
_CANDIDATES = 128
_REFINEMENTS = 4


def weighted_percentile(values: FloatArray, importance: FloatArray, percentile: float) -> float:
    """The smallest value such that ``percentile`` % of the importance is at or below it."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(importance[order])
    at = np.searchsorted(reached, percentile / 100 * reached[-1], side="left")
    return float(values[order[min(int(at), len(order) - 1)]])


def best_step(magnitudes: FloatArray, importance: FloatArray, largest: int, powers_of_two: bool = False) -> float:
    """The step s that minimises ``sum a (x - s min(round(x / s), n))^2`` over magnitudes x, with n = ``largest``.

    For small sets the global optimum: between two steps at which a code changes the error is a parabola, whose minimum
    ``s = sum a x k / sum a k^2`` (k the codes) is known, and all parabolas are tried. For larger ones 128 steps in
    geometric order, then 64 around the best, each refined by the same formula, which never raises the error (Lloyd
    1982). Powers of two are all tried.
    """
    candidates: Array
    top = float(magnitudes.max())
    if powers_of_two:
        least = int(np.ceil(np.log2(top / largest)))
        candidates = 2.0 ** np.arange(least - 16, least + 2)
    elif len(magnitudes) * largest <= _EXACT:
        halves = np.arange(largest) + 0.5
        changes = np.unique(magnitudes[magnitudes > 0, None] / halves)
        # Above the largest change every code is 0; below the smallest all are clipped.
        candidates = np.concatenate([changes[:1] / 2, (changes[1:] + changes[:-1]) / 2])
    else:
        coarse = top / largest * np.geomspace(0.02, min(largest, 2), _CANDIDATES)
        near = _search(magnitudes, importance, coarse, largest, _REFINEMENTS)
        candidates = near * np.append(np.geomspace(0.96, 1.04, _CANDIDATES // 2), 1.0)
    refinements = 0 if powers_of_two else _REFINEMENTS
    return float(_search(magnitudes, importance, candidates, largest, refinements))


@kernel
def _search(magnitudes: FloatArray, importance: FloatArray, candidates: Array, largest: int, refinements: int) -> Any:
    best, least = candidates[-1], np.inf
    for candidate in candidates:
        step = candidate
        for turn in range(refinements + 1):
            error = cross = square = 0.0
            for i in range(len(magnitudes)):
                code = min(np.floor(magnitudes[i] / step + 0.5), largest)
                error += importance[i] * (magnitudes[i] - step * code) ** 2
                cross += importance[i] * magnitudes[i] * code
                square += importance[i] * code * code
            if error < least:
                best, least = step, error
            if turn == refinements or square == 0 or cross / square == step:
                break
            step = cross / square
    return best
