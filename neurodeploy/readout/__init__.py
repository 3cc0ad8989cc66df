"""Decoders: from a network's output to classes. One decoder, one file; its name in :data:`READOUTS` travels with networks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.network import Activity, Readout
from neurodeploy.network.arrays import FloatArray, IntArray
from neurodeploy.readout.class_labels import accuracy, assign_labels, classify
from neurodeploy.readout.linear import fit_linear, linear_class
from neurodeploy.readout.potential import highest_class, potential_scores

Scores = Callable[[Activity, Readout], FloatArray]
Decide = Callable[[FloatArray, Readout], IntArray]


def _spike_counts(activity: Activity, readout: Readout) -> FloatArray:
    return activity.spikes[readout.population].counts().astype(np.float64)


def _potentials(activity: Activity, readout: Readout) -> FloatArray:
    if readout.population not in activity.voltages:
        raise NeurodeployError(
            "ND207", f"The potential of '{readout.population}' was not recorded.", "Run it on 'reference'."
        )
    return potential_scores(activity.voltages[readout.population], readout)


READOUTS: dict[str, tuple[Scores, Decide]] = {
    "class_labels": (_spike_counts, classify),
    "linear": (_spike_counts, linear_class),
    "potential": (_potentials, highest_class),
}
"""What each read-out measures of an activity, ``(samples, neurons)``, and how that becomes a class."""


def scores(activity: Activity, readout: Readout) -> FloatArray:
    """What the read-out measures for each neuron, float64 ``(samples, neurons)``; ND207 for an unknown read-out."""
    if readout.name not in READOUTS:
        raise NeurodeployError(
            "ND207", f"The network has the unknown readout '{readout.name}'.", f"Known: {', '.join(READOUTS)}."
        )
    return READOUTS[readout.name][0](activity, readout)


def decide(measured: FloatArray, readout: Readout) -> IntArray:
    """Class of each sample, int64 ``(samples,)``; -1 where nothing speaks for any."""
    return READOUTS[readout.name][1](measured, readout)


__all__ = ["READOUTS", "accuracy", "assign_labels", "classify", "decide", "fit_linear", "scores"]
