"""Gradients agree with finite differences; the loss has its closed forms."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from neurodeploy.training.backpropagation.dense_layers import (
    activations,
    gradients,
    loss_and_gradient,
    rectified_but_labels,
)
from neurodeploy.training.backpropagation.layers import layer_views, parameter_count

LABELS = np.array([0, 3, 1, 3, 2, 2])


@pytest.mark.parametrize("sizes", [(7, 4), (7, 6, 4), (7, 6, 5, 4)], ids=str)
@pytest.mark.parametrize("biases", [False, True])
@pytest.mark.parametrize("clipped", [False, True])
@pytest.mark.parametrize("rectified", [False, True])
def test_gradients_are_finite_differences(sizes: tuple[int, ...], biases: bool, clipped: bool, rectified: bool) -> None:
    generator = np.random.default_rng(len(sizes))
    shapes = tuple(pairwise(sizes))
    flat = 0.7 * generator.standard_normal(parameter_count(shapes, biases))
    layers, inputs = layer_views(flat, shapes, biases), generator.random((6, 7))

    def loss() -> float:
        outputs = activations(layers, inputs, clipped)[-1]
        return loss_and_gradient(rectified_but_labels(outputs, LABELS) if rectified else outputs, LABELS)[0]

    found = np.zeros_like(flat)
    assert gradients(layers, layer_views(found, shapes, biases), inputs, LABELS, clipped, rectified)[0] == loss()
    hidden = np.concatenate([values.ravel() for values in activations(layers, inputs, clipped)[1:-1]] or [np.zeros(0)])
    if len(sizes) > 2:
        assert (hidden == 0).any() and (hidden > 0).any() and (not clipped or (hidden == 1).any())
    expected = np.zeros_like(flat)
    for index in range(len(flat)):
        kept, losses = flat[index], []
        for change in (1e-6, -1e-6):
            flat[index] = kept + change
            losses.append(loss())
        flat[index] = kept
        expected[index] = (losses[0] - losses[1]) / 2e-6
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)


def test_closed_forms_of_the_loss() -> None:
    loss, gradient = loss_and_gradient(np.full((6, 4), 3.0), LABELS)
    assert loss == pytest.approx(np.log(4))
    np.testing.assert_allclose(gradient, (0.25 - np.eye(4)[LABELS]) / 6)
    loss, gradient = loss_and_gradient(1e5 * np.eye(4)[LABELS], LABELS)  # no overflow
    assert loss == 0 and not gradient.any()


def test_only_labels_may_be_seen_below_zero() -> None:
    seen = rectified_but_labels(np.array([[-1.0, 2.0, -3.0], [-1.0, 2.0, -3.0]]), np.array([2, 1]))
    assert seen.tolist() == [[0, 2, -3], [0, 2, 0]]


def test_views_share_the_flat_array_in_order() -> None:
    flat = np.arange(parameter_count(((3, 2), (2, 2)), True), dtype=float)
    first, second = layer_views(flat, ((3, 2), (2, 2)), True)
    assert first.weights.tolist() == [[0, 1], [2, 3], [4, 5]] and first.bias.tolist() == [6, 7]
    assert second.weights.tolist() == [[8, 9], [10, 11]] and second.bias.tolist() == [12, 13]
    flat[13] = -1
    assert second.bias is not None and second.bias[1] == -1
