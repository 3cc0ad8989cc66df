"""The dynamic program of one-dimensional k-means with one centre held at 0.

``free[k, j]`` is the least cost of the first j points in k clusters, ``held[k, j]`` in k clusters and one more at 0:

- ``free[k, j] = min_i free[k-1, i] + C(i, j)``, C the cost of points i to j around their mean;
- ``held[k, j] = min(min_i held[k-1, i] + C(i, j), min_i free[k, i] + Z(i, j))``, Z their cost around 0.

Clusters may be empty. The best i grows with j (C is concave Monge), so a row is found in O(n log n).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from neurodeploy.kernels import inlined, kernel
from neurodeploy.network.arrays import Array, FloatArray


@inlined
def _cost(mass: FloatArray, first: FloatArray, second: FloatArray, i: int, j: int) -> Any:
    if j <= i or mass[j] <= mass[i]:
        return 0.0
    moment = first[j] - first[i]
    return max(second[j] - second[i] - moment * moment / (mass[j] - mass[i]), 0.0)


@inlined
def _row(
    mass: FloatArray, first: FloatArray, second: FloatArray, before: FloatArray, after: FloatArray, choice: Array
) -> None:
    """``after[j] = min_i before[i] + C(i, j)`` and the least such i, by divide and conquer over j."""
    count = len(before)
    stack = np.empty((64, 4), np.int64)
    stack[0] = (0, count - 1, 0, count - 1)
    depth = 1
    while depth > 0:
        depth -= 1
        low, high, least, most = stack[depth, 0], stack[depth, 1], stack[depth, 2], stack[depth, 3]
        middle = (low + high) // 2
        best, at = np.inf, least
        for i in range(least, min(middle, most) + 1):
            value = before[i] + _cost(mass, first, second, i, middle)
            if value < best:
                best, at = value, i
        after[middle], choice[middle] = best, at
        if low < middle:
            stack[depth] = (low, middle - 1, least, at)
            depth += 1
        if middle < high:
            stack[depth] = (middle + 1, high, at, most)
            depth += 1


@kernel
def clusters(points: FloatArray, weight: FloatArray, count: int) -> FloatArray:
    """Means of the non-empty ones of ``count`` clusters that, with one centre at 0, have the least weighted squared error.

    ``points`` ascend, float64 ``(n,)``; ``weight`` > 0 ``(n,)``.
    """
    n = len(points)
    mass, first, second = np.zeros(n + 1), np.zeros(n + 1), np.zeros(n + 1)
    for i in range(n):
        mass[i + 1] = mass[i] + weight[i]
        first[i + 1] = first[i] + weight[i] * points[i]
        second[i + 1] = second[i] + weight[i] * points[i] * points[i]
    free, held = np.full(n + 1, np.inf), second.copy()
    free[0] = 0.0
    next_free, next_held = np.empty(n + 1), np.empty(n + 1)
    choice_free = np.zeros((count + 1, n + 1), np.int32)
    choice_held = np.zeros((count + 1, n + 1), np.int32)
    choice_zero = np.full((count + 1, n + 1), -1, np.int32)
    choice_zero[0] = 0
    for k in range(1, count + 1):
        _row(mass, first, second, free, next_free, choice_free[k])
        _row(mass, first, second, held, next_held, choice_held[k])
        least, at = np.inf, 0
        for j in range(n + 1):
            if next_free[j] - second[j] < least:
                least, at = next_free[j] - second[j], j
            if least + second[j] < next_held[j]:
                next_held[j], choice_zero[k, j] = least + second[j], at
        free, next_free = next_free, free
        held, next_held = next_held, held
    return _means(mass, first, choice_free, choice_held, choice_zero, count)


@inlined
def _means(
    mass: FloatArray, first: FloatArray, choice_free: Array, choice_held: Array, choice_zero: Array, count: int
) -> FloatArray:
    """The choices followed back from all points in ``count`` clusters and the one at 0."""
    means = np.empty(count)
    found, j, zero_used = 0, len(mass) - 1, False
    k = count
    while k > 0:
        if not zero_used and choice_zero[k, j] >= 0:
            j, zero_used = choice_zero[k, j], True
        i = choice_free[k, j] if zero_used else choice_held[k, j]
        if mass[j] > mass[i]:
            means[found] = (first[j] - first[i]) / (mass[j] - mass[i])
            found += 1
        j = i
        k -= 1
    return means[:found]
