"""Lists of the synapses that exist, so that the kernels skip the removed ones.

Derived from ``TrainerState.synapses`` whenever the kernels start, never stored: the choice between
lists and full columns depends on the connectivity alone.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurodeploy.kernels import kernel
from neurodeploy.training.two_layer.synapse_states import REMOVED

LISTED_BELOW = 0.7
"""Connectivity up to which the neurons' columns are listed; above, whole columns are walked."""


class SynapseLists(NamedTuple):
    """Existing synapses by neuron and by input."""

    column_start: NDArray[np.int64]  # [neurons + 1]; [1] when columns are not listed
    column_input: NDArray[np.int32]  # inputs of neuron j, ascending: column_input[start[j] : start[j + 1]]
    by_input: NDArray[np.int64]  # [inputs]; number of synapses of each input


def synapse_lists(synapses: NDArray[np.uint8]) -> SynapseLists:
    """List the existing synapses of ``synapses`` [neurons, inputs]; columns only when few exist."""
    by_input = np.zeros(synapses.shape[1], np.int64)
    _count_by_input(synapses, by_input)
    existing = int(by_input.sum())
    if existing > LISTED_BELOW * synapses.size:
        return SynapseLists(np.zeros(1, np.int64), np.zeros(0, np.int32), by_input)
    start = np.zeros(len(synapses) + 1, np.int64)
    column_input = np.zeros(existing + 1, np.int32)
    _list_columns(synapses, start, column_input)
    return SynapseLists(start, column_input[:existing], by_input)


@kernel
def _count_by_input(synapses: NDArray[np.uint8], by_input: NDArray[np.int64]) -> None:
    for neuron in range(synapses.shape[0]):
        for row in range(synapses.shape[1]):
            by_input[row] += np.int64(synapses[neuron, row] != REMOVED)


@kernel
def _list_columns(synapses: NDArray[np.uint8], start: NDArray[np.int64], column_input: NDArray[np.int32]) -> None:
    """Fill both; ``column_input`` has one entry more than there are synapses."""
    listed = 0
    for neuron in range(synapses.shape[0]):
        for row in range(synapses.shape[1]):
            column_input[np.uint64(listed)] = row
            listed += int(synapses[neuron, row] != REMOVED)
        start[neuron + 1] = listed
