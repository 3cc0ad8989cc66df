"""The linear read-out on spike counts: separable classes, hand-made coefficients, damaged ones."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from networks import digits_network

from neurodeploy.compression import prune
from neurodeploy.compression.pruning.neurons import Neurons
from neurodeploy.network import Readout, problems
from neurodeploy.readout import classify, fit_linear
from neurodeploy.readout.linear import linear_class


def test_coefficients_by_hand() -> None:
    readout = Readout("n", np.array([0, 1]), 5, "linear",
                      {"classes": [1, 4], "coefficients": [[1.0, 0.0], [0.0, 2.0]], "intercepts": [0.5, 0.0]})  # fmt: skip
    counts = np.array([[3, 1], [1, 1], [0, 0], [0, 1]], float)
    assert linear_class(counts, readout).tolist() == [1, 4, -1, 4]


@pytest.mark.parametrize("classes", [1, 2, 3])
def test_learns_what_labels_cannot_tell(classes: int) -> None:
    """Both neurons fire more for class 1: their labels agree, their difference decides."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, classes, 600)
    counts = rng.poisson(np.array([[9, 4], [10, 20], [4, 4]])[labels])
    readout = Readout("n", np.array([1, 1]), 4, "linear", json.loads(json.dumps(fit_linear(counts, labels))))
    assert np.mean(linear_class(counts.astype(float), readout) == labels) > 0.85
    if classes == 3:
        assert np.mean(classify(counts, replace(readout, name="class_labels")) == labels) < 0.5


@pytest.mark.parametrize(
    "parameters",
    [
        {}, {"classes": [0, 1], "coefficients": [[1.0]], "intercepts": [0, 0]},
        {"classes": [], "coefficients": [], "intercepts": []},
        {"classes": [99], "coefficients": [[0.0] * 20], "intercepts": [0]},
        {"classes": [0], "coefficients": [["a"] * 20], "intercepts": [0]},
        {"classes": [0], "coefficients": [[float("nan")] * 20], "intercepts": [0]},
    ],
)  # fmt: skip
def test_a_damaged_classifier_is_named(parameters: dict[str, Any]) -> None:
    network = digits_network()
    assert network.readout is not None
    broken = replace(network, readout=replace(network.readout, name="linear", parameters=parameters))
    assert any("linear classifier does not fit" in str(problem) for problem in problems(broken))


def test_removed_neurons_leave_the_classifier() -> None:
    network = digits_network()
    assert network.readout is not None
    size = len(network.readout.labels)
    rows = np.random.default_rng(1).normal(size=(10, size))
    parameters = {"classes": list(range(10)), "coefficients": rows.tolist(), "intercepts": [0.0] * 10}
    whole = replace(network, readout=Readout("excitatory", np.arange(size) % 10, 10, "linear", parameters))
    small = prune(whole, Neurons(0.2, remove=True), ["input_to_excitatory"])
    assert small.readout is not None
    kept = np.array(small.readout.parameters["coefficients"])
    assert kept.shape == (10, len(small.readout.labels)) and set(kept[0]) < set(rows[0])
