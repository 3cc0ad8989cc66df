"""Dense weights: rows are added event by event, or, where many neurons are active, by one matrix product.

The choice is each sample's own, step by step from its measured density, so that a sample's result does not depend on the
batch it came in. The steps of a block that are multiplied are multiplied together: how a BLAS rounds one of them depends
on how many they are.
"""

# numba's typing of these kernels is checked by running them; static checkers see only Any.
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit, prange

from neurodeploy.network.arrays import Array
from neurodeploy.simulation.inputs.events import Events

PRODUCT_FROM_DENSITY = 0.3
"""Share of active inputs in a step from which the matrix product is faster (benchmarks/simulator.py measures it)."""


@dataclass(frozen=True, eq=False)
class DenseInput:
    """Weights ``(sources, targets)`` onto the neurons from ``first`` on; without ``products`` always event by event."""

    weights: Array
    first: int
    products: bool = True

    def add(self, events: Events, delay: int, begin: int, drive: Array) -> None:
        """Add the input of the steps from ``begin`` on to ``drive``."""
        product_from = PRODUCT_FROM_DENSITY if self.products else np.inf
        _add(*events, self.weights, self.first, delay, begin, drive, product_from)


@njit(cache=True, parallel=True, error_model="numpy")
def _add(
    indptr: Any, neurons: Any, values: Any, steps: Any, weights: Any, first: Any, delay: Any, begin: Any, drive: Any,
    product_from: Any,
) -> None:  # fmt: skip
    for sample in prange(drive.shape[0]):
        _add_sample(
            indptr[sample * steps : (sample + 1) * steps + 1], neurons, values, weights, first, begin - delay,
            drive[sample], product_from,
        )  # fmt: skip


@njit(cache=True, error_model="numpy")
def _add_sample(
    indptr: Any, neurons: Any, values: Any, weights: Any, first: Any, begin: Any, drive: Any, product_from: Any
) -> None:
    earliest, block = max(0, -begin), drive.shape[0]  # before the first step there was nothing
    targets = weights.shape[1]
    enough = product_from * weights.shape[0]
    multiplied = np.empty(max(block - earliest, 0), np.int64)
    count = 0
    for step in range(earliest, block):
        active = indptr[begin + step + 1] - indptr[begin + step]
        if active > enough:
            multiplied[count] = step
            count += 1
            continue
        row = drive[step, first : first + targets]
        for event in range(indptr[begin + step], indptr[begin + step + 1]):
            weight = weights[neurons[event]]
            if values.shape[0]:
                value = values[event]
                for j in range(targets):
                    row[j] += weight[j] * value
            else:
                for j in range(targets):
                    row[j] += weight[j]
    if count:
        _add_product(indptr, neurons, values, weights, first, begin, drive, multiplied[:count])


@njit(cache=True, error_model="numpy")
def _add_product(
    indptr: Any, neurons: Any, values: Any, weights: Any, first: Any, begin: Any, drive: Any, steps: Any
) -> None:
    frames = np.zeros((steps.shape[0], weights.shape[0]), weights.dtype)
    for i in range(steps.shape[0]):
        for event in range(indptr[begin + steps[i]], indptr[begin + steps[i] + 1]):
            frames[i, neurons[event]] += values[event] if values.shape[0] else 1.0
    product = np.dot(frames, weights)
    for i in range(steps.shape[0]):
        row = drive[steps[i], first : first + weights.shape[1]]
        for j in range(weights.shape[1]):
            row[j] += product[i, j]
