"""Quantizers at intervals of a training."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from neurodeploy.compression import QUANTIZERS
from neurodeploy.training.plastic_layer import PlasticLayer
from neurodeploy.training.rule_tables import as_table, quantization_rule
from neurodeploy.training.two_layer.synapse_states import FROZEN, PLASTIC, REMOVED


def shown(values: Any) -> PlasticLayer:
    weights = np.array(values, np.float32)
    return PlasticLayer(weights, np.full(weights.T.shape, PLASTIC, np.uint8), np.ones(weights.shape[1]), 10)


def test_survivors_share_and_zeros_stay_plastic() -> None:
    layer = shown([[0.0, 0.2], [0.4, 0.6], [1.0, 0.0]])
    quantization_rule("x", {"rule": "weight_sharing", "levels": 2, "per": "projection"}).apply(layer, 0)
    np.testing.assert_allclose(layer.weights, [[0, 0.55], [0.55, 0.55], [0.55, 0]], rtol=1e-6)
    assert (layer.synapses == PLASTIC).all()
    layer = shown([[0.2], [0.4], [0.6], [1.0]])
    quantization_rule("x", {"rule": "weight_sharing", "levels": 3}).apply(layer, 0)
    np.testing.assert_allclose(layer.weights[:, 0], [0.3, 0.3, 0.8, 0.8], rtol=1e-6)


def test_frozen_and_removed_weights_keep_out() -> None:
    layer = shown([[0.1], [0.2], [0.4], [0.0]])
    layer.synapses[0] = [FROZEN, PLASTIC, PLASTIC, REMOVED]
    quantization_rule("x", {"rule": "weight_sharing", "levels": 2}).apply(layer, 0)
    np.testing.assert_allclose(layer.weights[:, 0], [0.1, 0.3, 0.3, 0.0], rtol=1e-6)


@pytest.mark.parametrize("quantizer", sorted(QUANTIZERS))
def test_every_quantizer_leaves_its_levels(quantizer: str) -> None:
    generator = np.random.default_rng(1)
    layer = shown(generator.random((200, 4)))
    few = {"state_count": 8} if quantizer == "device_states" else {"levels": 8}
    rule = quantization_rule("x", {"rule": quantizer, **few, "per": "projection"})
    rule.apply(layer, 0)
    assert 5 <= len(np.unique(layer.weights)) <= 8
    before = layer.weights.copy()
    rule.apply(layer, 1)  # shared already
    np.testing.assert_allclose(layer.weights, before, rtol=1e-6)
    assert quantization_rule("x", as_table(rule) or {}) == rule


def test_nothing_to_share_is_left_alone() -> None:
    layer = shown([[0.0], [0.0]])
    quantization_rule("x", {"rule": "weight_sharing"}).apply(layer, 0)
    assert not layer.weights.any()
