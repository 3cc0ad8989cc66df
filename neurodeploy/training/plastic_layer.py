"""One plastic layer as training-time rules see it: the same view of every trainer's layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurodeploy.network.arrays import BoolArray
from neurodeploy.training.two_layer.synapse_states import FROZEN, PLASTIC, REMOVED

RULE_VALUES = 8
"""Numbers that a rule may keep from step to step."""


@dataclass(frozen=True)
class PlasticLayer:
    """Views of one layer's arrays at a step between two images; rules write into them.

    A convolution shows its kernels: inputs are the weights of a kernel, neurons its output channels.
    """

    weights: NDArray[np.float32]  # [inputs, neurons]
    synapses: NDArray[np.uint8]  # [neurons, inputs]; REMOVED, PLASTIC or FROZEN
    spike_counts: NDArray[np.int64]  # [neurons]; since the rule's last step
    images: int  # since the rule's last step
    weight_maximum: float = 1.0
    values: NDArray[np.float64] | Any = None  # [RULE_VALUES]; the rule's own, 0 at first, kept by checkpoints
    seed: int = 0
    is_last: bool = False  # no image follows

    @property
    def present(self) -> BoolArray:
        """Where there are synapses, bool [inputs, neurons]."""
        result: BoolArray = self.synapses.T != REMOVED
        return result

    @property
    def plastic(self) -> BoolArray:
        """Where synapses learn, bool [inputs, neurons]."""
        result: BoolArray = self.synapses.T == PLASTIC
        return result

    @property
    def connectivity(self) -> float:
        """Share of the synapses that exist."""
        return float(np.count_nonzero(self.synapses)) / self.synapses.size

    def remove(self, chosen: BoolArray) -> None:
        """Remove the synapses ``chosen`` [inputs, neurons] for good."""
        self.synapses[chosen.T] = REMOVED
        self.weights[chosen] = 0.0

    def freeze(self, chosen: BoolArray) -> None:
        """Take the plastic synapses ``chosen`` [inputs, neurons] out of learning; they go on transmitting."""
        self.synapses[(chosen & self.plastic).T] = FROZEN
