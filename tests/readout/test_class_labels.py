"""Labels and classes worked out by hand; accuracy of an empty set."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from neurodeploy.network import Readout
from neurodeploy.readout import accuracy, assign_labels, classify


def test_labels_by_highest_mean_response() -> None:
    """Neuron 0 fires more often in all for class 0, but more per sample for class 1."""
    counts = np.array([[2, 0, 1], [2, 0, 0], [2, 0, 0], [3, 0, 1]])
    assert assign_labels(counts, np.array([0, 0, 0, 1]), 2).tolist() == [1, -1, 1]


def test_classes_by_mean_over_a_class_neurons() -> None:
    """Three weak neurons of class 0 lose against one strong of class 1; ties go to the lowest; silence is -1."""
    readout = Readout("n", np.array([0, 0, 0, 1, -1]), 3)
    counts = np.array([[1, 1, 1, 2, 0], [2, 2, 2, 2, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 9], [3, 0, 0, 0, 0]])
    assert classify(counts, readout).tolist() == [1, 0, -1, -1, 0]


@given(st.integers(0, 10**6))
@settings(max_examples=50)
def test_against_plain_loops(seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts, labels = rng.integers(0, 5, (20, 7)), rng.integers(0, 4, 20)
    chosen = []
    for neuron in range(7):
        means = [np.mean(counts[labels == c, neuron]) if (labels == c).any() else 0.0 for c in range(4)]
        chosen.append(int(np.argmax(means)) if max(means) > 0 else -1)
    found = assign_labels(counts, labels, 4)
    assert found.tolist() == chosen
    predicted = []
    for row in counts:
        means = [np.mean(row[found == c]) if (found == c).any() else 0.0 for c in range(4)]
        predicted.append(int(np.argmax(means)) if max(means) > 0 else -1)
    assert classify(counts, Readout("n", found, 4)).tolist() == predicted


def test_accuracy() -> None:
    assert accuracy(np.array([1, 2, -1, 3]), np.array([1, 2, 3, 4])) == 0.5
    assert accuracy(np.zeros(0, int), np.zeros(0, int)) == 0.0
