"""Populations' spikes out of the layer kernel's buffers, which interleave populations within a step, and back into them."""

# numba's typing of these kernels is checked by running them; static checkers see only Any.
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import njit, prange

from neurodeploy.network import SpikeBatch
from neurodeploy.network.arrays import Array
from neurodeploy.simulation.compaction import marked_words, marks_for

_NO_VALUES = np.zeros(0, np.float32)


def collect(sent: Array, values: Array | None, pointers: Array, size: int, in_order: bool) -> SpikeBatch:
    """The spikes of a population of ``size`` neurons, those of a step in ascending order.

    ``sent`` (samples, room) and ``values`` (the same, or None) are the buffers, ``pointers`` (samples, steps, 2) where
    each step begins and ends; ``in_order``: they ascend already.
    """
    samples, steps = pointers.shape[:2]
    counts = (pointers[:, :, 1] - pointers[:, :, 0]).ravel()
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    neurons = np.empty(indptr[-1], np.int32)
    graded = None if values is None else np.empty(indptr[-1] if values.shape[1] else 0, values.dtype)
    _gather(
        sent, sent if values is None else values, pointers, indptr, size, in_order, neurons,
        _NO_VALUES if graded is None else graded,
    )  # fmt: skip
    return SpikeBatch(samples, steps, size, indptr, neurons, graded)


def restore(batches: Sequence[SpikeBatch], external: Array, sent: Array, values: Array, pointers: Array) -> None:
    """Write the spikes of a layer's populations, in their order, as the kernel left them in its first steps.

    Within a step of a population they stand in the layer's order (``external``: see plan.py), since that is the order in
    which a recurrent projection adds them.
    """
    steps = batches[0].steps
    counts = np.stack(
        [np.diff(b.indptr).reshape(b.samples, steps) for b in batches], axis=2
    )  # as they follow each other
    ends = np.cumsum(counts.reshape(len(counts), -1), axis=1).reshape(counts.shape).swapaxes(1, 2)
    pointers[:, :, :steps, 1] = ends
    pointers[:, :, :steps, 0] = ends - counts.swapaxes(1, 2)
    first = 0
    for index, batch in enumerate(batches):
        internal = np.argsort(external[first : first + batch.size])
        first += batch.size
        rows = np.repeat(np.arange(batch.samples * steps), np.diff(batch.indptr))
        order = np.lexsort((internal[batch.neurons], rows))
        within = np.arange(batch.total) - batch.indptr[rows]
        at = rows // max(steps, 1), pointers[:, index, :steps, 0].ravel()[rows] + within
        sent[at] = batch.neurons[order]
        if values.shape[1]:
            values[at] = 1 if batch.values is None else batch.values[order]


@njit(cache=True, parallel=True, error_model="numpy")
def _gather(
    sent: Any, values: Any, pointers: Any, indptr: Any, size: Any, in_order: Any, neurons: Any, graded: Any
) -> None:  # fmt: skip
    for sample in prange(pointers.shape[0]):
        marks = marks_for(0 if in_order else size)
        words = np.empty(marks.shape[0] // 8 + 1, np.int32)
        found = np.empty(marks.shape[0] + 1, np.int32)
        amount = np.zeros(0 if in_order else size, graded.dtype)
        for step in range(pointers.shape[1]):
            begin, end = pointers[sample, step, 0], pointers[sample, step, 1]
            at = indptr[sample * pointers.shape[1] + step]
            if in_order:
                for i in range(begin, end):
                    neurons[at + i - begin] = sent[sample, i]
                if graded.shape[0]:
                    for i in range(begin, end):
                        graded[at + i - begin] = values[sample, i]
            elif begin < end:  # a layer behind a convolution stands channel last: mark, then read in order
                for i in range(begin, end):
                    marks[sent[sample, i]] = 1
                    if graded.shape[0]:
                        amount[sent[sample, i]] = values[sample, i]
                count = 0
                for w in range(marked_words(marks, size, words)):
                    for neuron in range(8 * words[w], 8 * words[w] + 8):
                        found[count] = neuron
                        count += marks[neuron]
                        marks[neuron] = 0
                neurons[at : at + count] = found[:count]
                if graded.shape[0]:
                    for i in range(count):
                        graded[at + i] = amount[found[i]]
