"""Groups of outputs with which packing begins: greedy ones, and clusters of outputs that touch similar rows."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

from neurodeploy.network.arrays import Array, BoolArray, FloatArray, IntArray

CLUSTERED_UP_TO = 2048
"""Outputs: the assignment problem of clustering is that number squared."""
ITERATIONS, ORDERS = 15, 4
"""Of clustering: rounds, and how many orders of the outputs it begins with."""


def greedy(present: BoolArray, capacity: int, least: int) -> IntArray:
    """Group after group: first the output that touches most rows, then always that which adds fewest (of equals the one
    that shares most), until the group is full, or has ``least`` outputs and a further one would add rows."""
    left, owner = np.ones(present.shape[1], bool), np.zeros(present.shape[1], np.int64)
    own, groups = present.sum(axis=0), -(-present.shape[1] // capacity)
    for group in range(groups):
        union, size = np.zeros(present.shape[0], bool), 0
        while size < capacity and left.any():
            shared = present[union].sum(axis=0)
            if size == 0:
                chosen = int(np.where(left, own, -1).argmax())
            else:
                score = np.where(left, (own - shared) * (present.shape[0] + 1) - shared, np.iinfo(np.int64).max)
                chosen = int(score.argmin())
                rest_fits = int(left.sum()) <= (groups - group - 1) * capacity
                if size >= least and own[chosen] > shared[chosen] and rest_fits:
                    break
            owner[chosen], left[chosen] = group, False
            union |= present[:, chosen]
            size += 1
    return owner


def clustered(present: BoolArray, capacity: int) -> IntArray:
    """As few groups as can be, as even as can be, each around a mean of its outputs' rows: k-means with sizes given.

    In turn the means of the groups, and the outputs that are nearest to them (an assignment problem of outputs to places,
    solved exactly), from the order as it stands and those along the main axes; the closest of all.  Where outputs of a group
    differ in some rows, annealing cannot gather them: exchanging two changes no count of rows before most are in place.
    """
    values = present.astype(np.float64)
    outputs = present.shape[1]
    groups = -(-outputs // capacity)
    places = np.sort(np.arange(outputs) % groups)
    best, best_value = places, -np.inf
    for order in _orders(values):
        owner = np.empty(outputs, np.int64)
        owner[order] = places
        reached = -np.inf
        for _ in range(ITERATIONS):
            members = np.eye(groups)[owner]
            means = values @ members / members.sum(axis=0)
            near: Array = 2 * values.T @ means - (means**2).sum(axis=0)
            column, place = linear_sum_assignment(near[:, places], maximize=True)
            owner = np.empty(outputs, np.int64)
            owner[column] = places[place]
            value = float(near[np.arange(outputs), owner].sum())
            if value <= reached:
                break
            reached = value
            if value > best_value:
                best, best_value = owner, value
    return best


def _orders(values: FloatArray) -> list[IntArray]:
    """Outputs as they stand, and by their coordinate along the main axes of their rows."""
    axes = np.linalg.svd(values - values.mean(axis=1, keepdims=True), full_matrices=False)[2][: ORDERS - 1]
    signs = [1 if axis[abs(axis).argmax()] > 0 else -1 for axis in axes]
    sorted_along = [np.argsort(sign * axis, kind="stable") for sign, axis in zip(signs, axes, strict=True)]
    return [np.arange(values.shape[1]), *sorted_along]
