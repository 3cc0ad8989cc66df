"""A block of steps of a batch, as the kernels read it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from neurodeploy.network import SpikeBatch
from neurodeploy.network.arrays import Array, Int32Array, IntArray

_NO_VALUES = np.zeros(0, np.float32)


class Events(NamedTuple):
    """Events of one population: those of sample s at step t stand at ``indptr[s * steps + t]`` and after.

    ``values`` is empty where every event counts 1.
    """

    indptr: IntArray
    neurons: Int32Array
    values: Array
    steps: int

    @staticmethod
    def of(batch: SpikeBatch) -> Events:
        """The events of a batch."""
        values = _NO_VALUES if batch.values is None else batch.values
        return Events(batch.indptr, batch.neurons, values, batch.steps)
