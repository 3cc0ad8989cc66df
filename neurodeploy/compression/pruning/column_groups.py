"""Outputs (columns of a weight matrix) in groups of a limited size, so that in each group the same few rows matter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from neurodeploy.network.arrays import Array, BoolArray, FloatArray, IntArray

ITERATIONS = 15
"""Of grouping and choosing in turn; it ends when a turn gains less than a thousandth."""
STARTS = 4
"""Orders of the columns from which groups are first cut: as they stand, and along the main axes of their weights."""


@dataclass(frozen=True)
class Segments:
    """How much may stay: ``budget`` weights, in chunks of ``tile_rows`` rows of one group.

    Every group first gets an equal share (of at most ``tile_rows`` rows), so that no column is left without weights; then
    whole chunks go to the groups where they hold most, until the budget is spent, the last chunk in part.
    """

    budget: int
    tile_rows: int

    def chosen(self, importance: FloatArray, present: BoolArray, owner: IntArray) -> BoolArray:
        """The rows that each group keeps, bool ``(groups, rows)``, by the importance of every weight ``(rows, columns)``."""
        membership = owner[:, None] == np.arange(owner.max() + 1)
        values, sizes = (importance @ membership).T, (present @ membership.astype(np.int64)).T
        order = np.argsort(-values, axis=1, kind="stable")
        rank = np.arange(values.shape[1])
        first = rank < max(1, min(self.tile_rows, self.budget // len(owner)))
        starts = rank[:: self.tile_rows]
        worth = np.add.reduceat(np.take_along_axis(values, order, axis=1), starts, axis=1)  # of each chunk
        worth = worth[:, rank // self.tile_rows] / np.bincount(owner)[:, None]
        group, place = (index.ravel() for index in np.indices(values.shape))
        queue = np.lexsort((place, group, -worth.ravel(), ~first[place]))
        group, row = group[queue], order[group[queue], place[queue]]
        kept = np.zeros(values.shape, bool)
        kept[group, row] = np.cumsum(sizes[group, row]) <= self.budget
        return kept


def grouped_segments(
    importance: FloatArray, present: BoolArray, capacity: int, segments: Segments
) -> tuple[IntArray, BoolArray]:
    """Groups of at most ``capacity`` columns (as even as can be), and the rows that each keeps.

    In turn: the rows that stay, given the groups (:class:`Segments`); and the groups that hold most of the importance,
    given their rows: an assignment problem (columns to places), solved exactly. The best of several starts.
    """
    columns = importance.shape[1]
    places = np.sort(np.arange(columns) % -(-columns // capacity))  # groups of even size
    best: tuple[float, IntArray, BoolArray] | None = None
    for order in _orders(importance) if places[-1] else [np.arange(columns)]:
        owner = np.empty(columns, np.int64)
        owner[order] = places
        reached = -1.0
        for _ in range(ITERATIONS):
            kept = segments.chosen(importance, present, owner)
            value = float(importance[kept[owner].T].sum())
            if best is None or value > best[0]:
                best = (value, owner, kept)
            if value <= 1.001 * reached or not places[-1]:
                break
            reached = value
            held: Array = importance.T @ kept.T  # (columns, groups)
            column, place = linear_sum_assignment(held[:, places], maximize=True)
            owner = np.empty(columns, np.int64)
            owner[column] = places[place]
    assert best is not None
    return best[1], best[2]


def _orders(importance: FloatArray) -> Iterator[IntArray]:
    """Columns as they stand, and by their coordinate along the main axes of the importance."""
    yield np.arange(importance.shape[1])
    centred = importance - importance.mean(axis=1, keepdims=True)
    axes = np.linalg.svd(centred, full_matrices=False)[2]
    for axis in axes[: STARTS - 1]:
        yield np.argsort(axis * (1 if axis[abs(axis).argmax()] > 0 else -1), kind="stable")
