"""Each neuron has the class it fires most for; a sample gets the class whose neurons fire most on average.

Source: Diehl & Cook 2015, section 2.6; guo2020, section "read-out".
"""

from __future__ import annotations

import numpy as np

from neurodeploy.network import Readout
from neurodeploy.network.arrays import Array, Int32Array, IntArray


def assign_labels(counts: Array, labels: IntArray, classes: int) -> Int32Array:
    """Label of each neuron, int32 ``(neurons,)``: the class of its highest mean response; -1 where it never fired.

    ``counts``: output spikes ``(samples, neurons)``; ``labels``: class of each sample ``(samples,)``.
    """
    membership = np.equal.outer(np.arange(classes), labels).astype(np.float64)
    mean = membership @ counts / np.maximum(membership.sum(axis=1, keepdims=True), 1)
    return np.where(mean.max(axis=0) > 0, mean.argmax(axis=0), -1).astype(np.int32)


def classify(counts: Array, readout: Readout) -> IntArray:
    """Class of each sample, int64 ``(samples,)``; ties go to the lowest class, a sample without a spike gets -1.

    ``counts``: spikes of the readout's population, ``(samples, neurons)``.
    """
    membership = np.equal.outer(readout.labels, np.arange(readout.classes)).astype(np.float64)
    mean = counts @ membership / np.maximum(membership.sum(axis=0), 1)
    return np.where(mean.max(axis=1) > 0, mean.argmax(axis=1), -1).astype(np.int64)


def accuracy(predicted: IntArray, labels: IntArray) -> float:
    """Share of samples whose class was found."""
    return float(np.mean(predicted == labels)) if len(labels) else 0.0
