"""Everything a training by back-propagation needs to go on bit for bit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurodeploy.training.backpropagation.layers import (
    MatrixShape,
    WeightedLayer,
    layer_views,
    parameter_count,
)
from neurodeploy.training.backpropagation.parameters import BackpropagationParameters
from neurodeploy.training.plastic_layer import RULE_VALUES
from neurodeploy.training.two_layer.synapse_states import PLASTIC

WEIGHTS, ORDER = 0x57, 0x4F
"""Streams of random numbers."""
HALVES = 2
"""Rules have memories of their own for excitatory and inhibitory synapses; one rule for both uses the first."""


@dataclass
class BackpropagationState:
    """State between two mini-batches; arrays are updated in place. Flat arrays: see :func:`layer_views`."""

    values: NDArray[np.float32]  # weights and biases
    states: NDArray[np.uint8]  # of each: REMOVED, PLASTIC or FROZEN; biases are PLASTIC
    first: NDArray[np.float32]  # moments of the gradient
    second: NDArray[np.float32]
    steps: NDArray[np.int64]  # [1]; mini-batches so far
    rule_values: NDArray[np.float64]  # [HALVES, layers, RULE_VALUES]; what rules remember
    images_seen: int = 0

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All arrays by name, in the order of the fields (for checkpoints)."""
        return {name: value for name, value in vars(self).items() if isinstance(value, np.ndarray)}


def initial_state(parameters: BackpropagationParameters, shapes: Sequence[MatrixShape]) -> BackpropagationState:
    """The untrained network; a layer's weights depend on the seed and its place alone."""
    count = parameter_count(shapes, parameters.biases)
    values = np.zeros(count, np.float32)
    for index, (weights, _) in enumerate(layer_views(values, shapes, parameters.biases)):
        drawn = np.random.default_rng([parameters.seed, WEIGHTS, index]).standard_normal(weights.shape)
        weights[:] = drawn * np.sqrt(2 / len(weights))
    return BackpropagationState(
        values=values,
        states=np.full(count, PLASTIC, np.uint8),
        first=np.zeros(count, np.float32),
        second=np.zeros(count, np.float32),
        steps=np.zeros(1, np.int64),
        rule_values=np.zeros((HALVES, len(shapes), RULE_VALUES)),
    )


def synapse_layers(
    state: BackpropagationState, shapes: Sequence[MatrixShape], biases: bool
) -> list[tuple[WeightedLayer, Any]]:
    """Each layer's values and the states of its weights ``(inputs, neurons)``, as views."""
    states = layer_views(state.states, shapes, biases)
    return [
        (layer, found.weights) for layer, found in zip(layer_views(state.values, shapes, biases), states, strict=True)
    ]
