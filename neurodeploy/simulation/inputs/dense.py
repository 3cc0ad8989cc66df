"""Dense weights: rows are added event by event, or, where most neurons are active, by one matrix product.

The choice is made for each sample and block of steps from its measured density, never from its neighbours, so that a
sample's result does not depend on the batch it came in.
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
"""Share of active (neuron, step) pairs from which the matrix product is faster (benchmarks/simulator.py measures it)."""


@dataclass(frozen=True, eq=False)
class DenseInput:
    """Weights ``(sources, targets)`` onto the neurons from ``first`` on."""

    weights: Array
    first: int

    def add(self, events: Events, delay: int, begin: int, drive: Array) -> None:
        """Add the input of the steps from ``begin`` on to ``drive``."""
        _add(*events, self.weights, self.first, delay, begin, drive, PRODUCT_FROM_DENSITY)


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
    if earliest >= block:
        return
    count = indptr[begin + block] - indptr[begin + earliest]
    if count == 0:
        return
    targets = weights.shape[1]
    if count > product_from * (block - earliest) * weights.shape[0]:
        frames = np.zeros((block - earliest, weights.shape[0]), weights.dtype)
        for step in range(earliest, block):
            for event in range(indptr[begin + step], indptr[begin + step + 1]):
                frames[step - earliest, neurons[event]] += values[event] if values.shape[0] else 1.0
        product = np.dot(frames, weights)
        for step in range(earliest, block):
            row = drive[step, first : first + targets]
            for j in range(targets):
                row[j] += product[step - earliest, j]
        return
    for step in range(earliest, block):
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
