"""Sparse rows: work grows with the synapses that spikes touch."""

# numba's typing of these kernels is checked by running them; static checkers see only Any.
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numba import njit, prange

from neurodeploy.network.arrays import Array, Int32Array, IntArray
from neurodeploy.simulation.inputs.events import Events


@dataclass(frozen=True, eq=False)
class SparseInput:
    """Compressed sparse rows: ``targets`` are neurons of the layer, ``weights`` of the same length."""

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
        for step in range(max(0, delay - begin), drive.shape[1]):
            at = sample * steps + begin + step - delay
            row = drive[sample, step]
            for event in range(indptr[at], indptr[at + 1]):
                neuron = neurons[event]
                value = values[event] if values.shape[0] else weights.dtype.type(1)
                for synapse in range(pointers[neuron], pointers[neuron + 1]):
                    row[targets[synapse]] += weights[synapse] * value
