"""Max pooling on spikes: a window gives one event, however many of its neurons spike."""

# numba's typing of these kernels is checked by running them; static checkers see only Any.
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit, prange

from neurodeploy.network.arrays import Array, Int32Array, IntArray
from neurodeploy.simulation.inputs.events import Events


@dataclass(frozen=True, eq=False)
class MaximumInput:
    """Windows as sparse rows: ``targets`` are neurons of the layer, ``weights`` what a window adds to its target."""

    pointers: IntArray
    targets: Int32Array
    weights: Array

    def add(self, events: Events, delay: int, begin: int, drive: Array) -> None:
        """Add the input of the steps from ``begin`` on to ``drive``."""
        _add(*events, self.pointers, self.targets, self.weights, delay, begin, drive)


@njit(cache=True, parallel=True, error_model="numpy")
def _add(
    indptr: Any, neurons: Any, values: Any, steps: Any, pointers: Any, targets: Any, weights: Any, delay: Any,
    begin: Any, drive: Any,
) -> None:  # fmt: skip
    for sample in prange(drive.shape[0]):
        reached = np.full(drive.shape[2], -1, np.int64)
        for step in range(max(0, delay - begin), drive.shape[1]):
            at = sample * steps + begin + step - delay
            for event in range(indptr[at], indptr[at + 1]):
                for synapse in range(pointers[neurons[event]], pointers[neurons[event] + 1]):
                    target = targets[synapse]
                    if reached[target] != step:
                        reached[target] = step
                        drive[sample, step, target] += weights[synapse]
