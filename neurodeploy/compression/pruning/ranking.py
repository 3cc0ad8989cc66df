"""Choosing an exact number of the largest, always the same ones."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.network.arrays import Array, BoolArray, FloatArray

Norm: TypeAlias = Literal["l1", "l2"]
NORM_HELP = "How a row, filter or neuron is measured."


def largest(scores: FloatArray, count: int) -> BoolArray:
    """Where the ``count`` largest scores stand, bool in their shape; of equal ones the first in C order win."""
    order = np.argsort(-scores.ravel(), kind="stable")
    result = np.zeros(scores.size, bool)
    result[order[:count]] = True
    return result.reshape(scores.shape)


def ranked(weights: FloatArray, present: BoolArray) -> FloatArray:
    """Magnitudes to rank stored weights by: below zero (last) where there is no synapse."""
    return np.where(present, abs(weights), -1.0)


def kept_count(to_sparsity: float, total: int) -> int:
    """How many of ``total`` stay at a target sparsity: ``round((1 - s) total)``."""
    return round((1 - to_sparsity) * total)


def norms(weights: FloatArray, axis: int, norm: Norm) -> FloatArray:
    """L1 or L2 norm of the slices of stored weights along ``axis``, float64 ``(extent,)``."""
    rows: Array = np.moveaxis(abs(weights), axis, 0).reshape(weights.shape[axis], -1)
    result: FloatArray = rows.sum(axis=1) if norm == "l1" else np.sqrt((rows**2).sum(axis=1))
    return result


def check_sparsity(value: float) -> None:
    """Refuse a target sparsity outside [0, 1) (ND204)."""
    if not 0 <= value < 1:
        raise NeurodeployError("ND204", f"The target sparsity is {value}.", "Use a number from 0 to below 1.")
