"""Compiled spike processing of the local-only binaries.

Both halves of the codes (positive ones, magnitudes of the negative ones) are stored one after the other in ``weights``.
A row of the projection table holds: 1 target, 2 receptor of the positive codes, 3 kind, 4 delay, 6 where its numbers
begin in ``indptr``, 7 where its codes begin in ``weights``, 8 first neuron of the plane, 9 neurons of the plane,
10 receptor of the negative codes, 11 width of the source, 12 rows and 13 columns of the kernel, 14 width and 15 height of
the target.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from neurodeploy.firmware_models.spinnaker.arrays import Int32Array, Int64Array, Scalar, UInt8Array, UInt16Array

CONVOLUTION, POOL_DENSE = 3, 4


@njit(cache=True, inline="always")
def _add_codes(excitatory: Int32Array, inhibitory: Int32Array, positive: UInt16Array, negative: UInt16Array) -> Scalar:
    """Add both halves of a line of codes; returns how many are not 0."""
    synapses = 0
    for k in range(positive.size):
        excitatory[k] += np.int32(positive[k])
        inhibitory[k] += np.int32(negative[k])
        synapses += (positive[k] | negative[k]) != 0
    return synapses


@njit(cache=True, nogil=True)
def send_local_only(
    number: Scalar,
    row: Int64Array,
    first: Any,
    indptr: Int64Array,
    weights: UInt16Array,
    step: int,
    ring: Int32Array,
    used: UInt8Array,
) -> Scalar:
    """Process one spike of source neuron ``number``; ``first`` is the target's first neuron. Returns the synapses."""
    neuron = number - row[8]
    if neuron < 0 or neuron >= row[9]:
        return 0
    target, positive_receptor, negative_receptor = row[1], row[2], row[10]
    numbers, codes = row[6], row[7]
    slot = (step + row[4]) & (ring.shape[0] - 1)
    used[slot, positive_receptor, target] = 1
    used[slot, negative_receptor, target] = 1
    excitatory, inhibitory = ring[slot, positive_receptor], ring[slot, negative_receptor]
    if row[3] == POOL_DENSE:
        size, half = row[14], row[12] * row[14]
        low = codes + indptr[numbers + neuron] * size
        synapses: Scalar = _add_codes(
            excitatory[first : first + size], inhibitory[first : first + size],
            weights[low : low + size], weights[low + half : low + half + size],
        )  # fmt: skip
    else:
        kernel_rows, columns, width, height = row[12], row[13], row[14], row[15]
        left = indptr[numbers + neuron % row[11]]
        top = indptr[numbers + row[11] + neuron // row[11]]
        skip, end, half = max(0, -left), min(columns, width - left), kernel_rows * columns
        synapses = 0
        for r in range(max(0, -top), min(kernel_rows, height - top)):
            low = codes + r * columns
            line = first + (top + r) * width + left
            for k in range(skip, end):
                positive, negative = weights[low + k], weights[low + half + k]
                excitatory[line + k] += np.int32(positive)
                inhibitory[line + k] += np.int32(negative)
                synapses += (positive | negative) != 0
    return synapses
