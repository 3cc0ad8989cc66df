"""The class whose non-spiking read-out neurons have the highest membrane potential.

The usual read-out of networks trained by back-propagation: the potential at the last step, its largest value over the
presentation, or its mean (parameter ``use``: ``last``, ``maximum``, ``mean``).
"""

from __future__ import annotations

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.network import Readout
from neurodeploy.network.arrays import Array, FloatArray, IntArray

USES = ("last", "maximum", "mean")


def potential_scores(voltages: Array, readout: Readout) -> FloatArray:
    """Score of each read-out neuron, float64 ``(samples, neurons)``, from ``(samples, steps, neurons)`` potentials.

    Raises:
        NeurodeployError: ND207 when the read-out's parameter ``use`` is unknown.
    """
    use = readout.parameters.get("use", "last")
    if use not in USES:
        raise NeurodeployError("ND207", f"The readout's use is '{use}'.", f"Use one of {', '.join(USES)}.")
    measured: FloatArray = voltages[:, -1].astype(np.float64)
    if use == "maximum":
        measured = voltages.max(axis=1).astype(np.float64)
    elif use == "mean":
        measured = voltages.mean(axis=1, dtype=np.float64)
    return measured


def highest_class(scores: FloatArray, readout: Readout) -> IntArray:
    """Class of each sample, int64 ``(samples,)``: the highest mean score of a class's neurons; ties to the lowest."""
    membership = np.equal.outer(readout.labels, np.arange(readout.classes)).astype(np.float64)
    owners = membership.sum(axis=0)
    mean = np.where(owners > 0, scores @ membership / np.maximum(owners, 1), -np.inf)
    found: IntArray = mean.argmax(axis=1).astype(np.int64)
    return found
