"""Simplified STDP (oh2019, after Querlioz et al. 2011), on output spikes only.

When a neuron spikes, synapses whose input spiked within the window are potentiated and all others
depressed: ``w <- min(w_max, w + potentiation)`` or ``w <- max(0, w - depression)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurodeploy.training.two_layer.stdp.interface import (
    Traces,
    implements,
    on_input_spikes,
    on_output_spike,
)
from neurodeploy.training.two_layer.synapse_states import PLASTIC


class SimplifiedConstants(NamedTuple):
    """Steps and the two changes."""

    output_memory: int
    potentiation: np.float32
    depression: np.float32
    window_steps: int


@dataclass(frozen=True)
class Simplified:
    """Window in ms and weight changes (oh2019 gives none: chosen on MNIST)."""

    potentiation: float = 0.01
    depression: float = 0.001
    window: float = 50.0

    def constants(self, dt: float) -> SimplifiedConstants:
        """Return the kernel constants."""
        return SimplifiedConstants(
            output_memory=-1,
            potentiation=np.float32(self.potentiation),
            depression=np.float32(self.depression),
            window_steps=round(self.window / dt),
        )


@implements(on_input_spikes, SimplifiedConstants)
def _keep(
    rule: Any,
    weights: NDArray[np.float32],
    traces: Traces,
    step: int,
    inputs: NDArray[np.int32],
    begin: int,
    end: int,
    recent: int,
    frozen: NDArray[np.uint8],
) -> int:
    return 0


@implements(on_output_spike, SimplifiedConstants)
def _change_all(
    rule: Any,
    weights: NDArray[np.float32],
    synapses: NDArray[np.uint8],
    weight_maximum: np.float32,
    traces: Traces,
    step: int,
    neuron: int,
    active: int,
    existing: NDArray[np.int32],
) -> int:
    zero = np.float32(0.0)
    column = np.uint64(neuron)
    updates = 0
    listed = existing.size
    for position in range(listed if listed > 0 else weights.shape[0]):
        row = existing[position] if listed > 0 else np.int32(position)
        if synapses[row] != PLASTIC:
            continue
        last = traces.last_input_step[row]
        weight = weights[np.uint64(row), column]
        if last >= 0 and step - last <= rule.window_steps:
            weights[np.uint64(row), column] = min(weight + rule.potentiation, weight_maximum)
            updates += 1
        elif weight > zero:
            weights[np.uint64(row), column] = max(weight - rule.depression, zero)
            updates += 1
    return updates
