"""A linear classifier on spike counts, trained with labels: support vectors, one class against the rest.

Source: Fan et al. 2008, "LIBLINEAR", by way of scikit-learn's LinearSVC; csnn-simulator and elbez2022 read out so. What it
adds over ``class_labels`` is supervision, so its accuracy is no measure of the STDP alone: every output names it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from neurodeploy.network import Readout
from neurodeploy.network.arrays import Array, FloatArray, IntArray


def fit_linear(counts: Array, labels: IntArray, c: float = 1.0) -> dict[str, Any]:
    """Parameters of a ``linear`` readout: rows ``coefficients`` of the ``classes`` that occur, and ``intercepts``.

    ``counts``: spikes ``(samples, neurons)``; ``labels``: class of each sample. Counts are divided by the largest mean of
    a neuron for the fit, and that factor is then part of the coefficients.
    """
    from sklearn.svm import LinearSVC

    classes = np.unique(labels)
    if len(classes) == 1:
        weights, intercepts = np.zeros((1, counts.shape[1])), np.zeros(1)
    else:
        scale = float(counts.mean(axis=0).max()) or 1.0
        fitted = LinearSVC(C=c, random_state=0).fit(counts / scale, labels)
        weights, intercepts = fitted.coef_ / scale, fitted.intercept_
        if len(classes) == 2:  # one row: how much it is the second
            weights, intercepts = np.concatenate([-weights, weights]), np.concatenate([-intercepts, intercepts])
    return {
        "classes": classes.tolist(),
        "coefficients": weights.tolist(),
        "intercepts": np.asarray(intercepts).tolist(),
    }


def linear_class(scores: FloatArray, readout: Readout) -> IntArray:
    """Class of each sample, int64 ``(samples,)``: the largest ``w . counts + b``; -1 for a sample without a spike."""
    parameters = readout.parameters
    weights = np.array(parameters["coefficients"], np.float64)
    measured = scores @ weights.T + np.array(parameters["intercepts"], np.float64)
    found = np.array(parameters["classes"], np.int64)[measured.argmax(axis=1)]
    return np.where(scores.any(axis=1), found, -1)


def describe(readout: Readout | None) -> str:
    """What stands beside an accuracy that this readout gave; nothing for the usual one."""
    linear = readout is not None and readout.name == "linear"
    return "by a linear classifier on spike counts, trained with labels" if linear else ""
