"""Whole trainings equal torch's, step for step; what is not plastic keeps its bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from neurodeploy.training.backpropagation.dense_layers import gradients
from neurodeploy.training.backpropagation.layers import layer_views, parameter_count
from neurodeploy.training.backpropagation.optimizers import adam, sgd
from neurodeploy.training.two_layer.synapse_states import FROZEN, PLASTIC, REMOVED

SIZES = ((9, 8), (8, 5))


def test_the_first_steps_are_closed_forms() -> None:
    gradient = np.array([0.5, -2.0, 1e-3], np.float32)
    values, first, second = (np.zeros(3, np.float32) for _ in range(3))
    adam(values, gradient, np.full(3, PLASTIC, np.uint8), first, second, 1, 0.01, 0.9)
    np.testing.assert_allclose(values, -0.01 * np.sign(gradient), rtol=1e-4)
    values, first = np.zeros(3, np.float32), np.zeros(3, np.float32)
    for _ in range(2):  # 1 + (1 + 0.9) steps
        sgd(values, gradient, np.full(3, PLASTIC, np.uint8), first, 0.1, 0.9)
    np.testing.assert_allclose(values, -0.1 * 2.9 * gradient, rtol=1e-6)


def test_only_plastic_values_change() -> None:
    states = np.array([REMOVED, PLASTIC, FROZEN], np.uint8)
    for optimizer in ("adam", "sgd"):
        values, first, second = np.array([0, 1, 2], np.float32), np.zeros(3, np.float32), np.zeros(3, np.float32)
        for step in range(1, 4):
            if optimizer == "adam":
                adam(values, np.ones(3, np.float32), states, first, second, step, 0.1, 0.9)
            else:
                sgd(values, np.ones(3, np.float32), states, first, 0.1, 0.9)
        assert values[0] == 0 and values[2] == 2 and values[1] < 0.8


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_a_training_equals_torch(optimizer: str) -> None:
    torch: Any = pytest.importorskip("torch")
    generator = np.random.default_rng(1)
    values = (0.5 * generator.standard_normal(parameter_count(SIZES, True))).astype(np.float32)
    images = generator.random((40, 9)).astype(np.float32)
    labels = generator.integers(0, 5, 40)
    model = torch.nn.Sequential(torch.nn.Linear(9, 8), torch.nn.ReLU(), torch.nn.Linear(8, 5))
    with torch.no_grad():
        for linear, (weights, bias) in zip(model[::2], layer_views(values, SIZES, True), strict=True):
            linear.weight.copy_(torch.tensor(weights.T))
            linear.bias.copy_(torch.tensor(bias))
    peer = (
        torch.optim.Adam(model.parameters(), 0.01)
        if optimizer == "adam"
        else torch.optim.SGD(model.parameters(), 0.05, momentum=0.9)
    )
    gradient, first, second = (np.zeros_like(values) for _ in range(3))
    states = np.full(len(values), PLASTIC, np.uint8)
    for step in range(1, 61):
        chosen = generator.integers(0, 40, 8)
        loss, _ = gradients(
            layer_views(values, SIZES, True), layer_views(gradient, SIZES, True), images[chosen], labels[chosen], False
        )
        peer.zero_grad()
        expected = torch.nn.functional.cross_entropy(model(torch.tensor(images[chosen])), torch.tensor(labels[chosen]))
        expected.backward()
        peer.step()
        assert loss == pytest.approx(float(expected.detach()), rel=1e-3)
        if optimizer == "adam":
            adam(values, gradient, states, first, second, step, 0.01, 0.9)
        else:
            sgd(values, gradient, states, first, 0.05, 0.9)
    for linear, (weights, bias) in zip(model[::2], layer_views(values, SIZES, True), strict=True):
        np.testing.assert_allclose(weights.T, linear.weight.detach(), atol=2e-4)
        np.testing.assert_allclose(bias, linear.bias.detach(), atol=2e-4)
