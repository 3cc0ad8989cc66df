"""Everything a training needs to go on bit for bit: arrays and counters."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurodeploy.training.plastic_layer import RULE_VALUES
from neurodeploy.training.two_layer.image_loop import COUNTERS
from neurodeploy.training.two_layer.parameters import TrainingParameters
from neurodeploy.training.two_layer.synapse_states import PLASTIC, REMOVED

WEIGHT_STREAM = 0x57
RULES = 2
"""Rules that may act during a training: pruning, quantization."""
COUNTER_NAMES = (
    "presentations",
    "repeats",
    "input_spikes",
    "output_spikes",
    "synaptic_events",
    "stdp_updates",
    "potentiations",
    "depressions",
)
COUNTED_BY_SOME = ("potentiations", "depressions")
"""By rules that tell them apart; left out of the metrics of the others."""


@dataclass
class TrainerState:
    """State between two training images; the arrays are updated in place.

    Rows are padded to ``parameters.padded_neurons``: padding has weight 0 and an infinite theta.
    """

    weights: NDArray[np.float32]  # [inputs, padded]
    synapses: NDArray[np.uint8]  # [neurons, inputs]; REMOVED, PLASTIC or FROZEN
    theta: NDArray[np.float32]  # [padded] mV
    v: NDArray[np.float32]  # [padded] mV
    touched: NDArray[np.uint8]  # [padded]; 1: normalise before the next presentation
    counters: NDArray[np.int64]  # see COUNTER_NAMES
    spike_counts: NDArray[np.int64]  # [neurons]; since the start
    step_spike_counts: NDArray[np.int64]  # [RULES, neurons]; spike_counts at each rule's last step
    rule_values: NDArray[np.float64]  # [RULES, RULE_VALUES]; what rules remember
    images_seen: int = 0

    @property
    def metrics(self) -> dict[str, int]:
        """Return the counters by name."""
        named = zip(COUNTER_NAMES, self.counters, strict=True)
        return {name: int(value) for name, value in named if value or name not in COUNTED_BY_SOME}

    @property
    def neurons(self) -> int:
        """Return the number of neurons without padding."""
        return len(self.synapses)

    @property
    def layer_weights(self) -> NDArray[np.float32]:
        """Return the weights without padding (a view), [inputs, neurons]."""
        return self.weights[:, : self.neurons]

    @property
    def connectivity(self) -> float:
        """Return the share of synapses that are not removed, 0 to 1."""
        return float(np.count_nonzero(self.synapses != REMOVED) / self.synapses.size)

    def copy(self) -> TrainerState:
        """Return an independent copy."""
        return deepcopy(self)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return all arrays by name, in the order of the fields (for checkpoints)."""
        return {name: value for name, value in vars(self).items() if isinstance(value, np.ndarray)}


def initial_state(parameters: TrainingParameters) -> TrainerState:
    """Return the untrained network: weights initial_weight * (U + 0.01), theta at its start."""
    generator = np.random.Generator(np.random.Philox(key=[parameters.seed, WEIGHT_STREAM]))
    neurons, padded, inputs = parameters.neurons, parameters.padded_neurons, parameters.inputs
    weights = np.zeros((inputs, padded), np.float32)
    uniform = generator.random((inputs, neurons), dtype=np.float32)
    weights[:, :neurons] = np.float32(parameters.initial_weight) * (uniform + np.float32(0.01))
    theta = np.full(padded, np.inf, np.float32)
    theta[:neurons] = parameters.neuron.theta_start
    touched = np.zeros(padded, np.uint8)
    touched[:neurons] = 1
    return TrainerState(
        weights=weights,
        synapses=np.full((neurons, inputs), PLASTIC, np.uint8),
        theta=theta,
        v=np.full(padded, parameters.neuron.v_rest, np.float32),
        touched=touched,
        counters=np.zeros(COUNTERS, np.int64),
        spike_counts=np.zeros(neurons, np.int64),
        step_spike_counts=np.zeros((RULES, neurons), np.int64),
        rule_values=np.zeros((RULES, RULE_VALUES)),
    )
