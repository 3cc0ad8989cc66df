"""No plasticity: presentations for label assignment and tests."""

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


class FrozenConstants(NamedTuple):
    """Nothing to remember."""

    output_memory: int


@dataclass(frozen=True)
class Frozen:
    """The rule that changes nothing."""

    def constants(self, dt: float) -> FrozenConstants:
        """Return the kernel constants."""
        return FrozenConstants(output_memory=-1)


@implements(on_input_spikes, FrozenConstants)
def _keep_on_input_spikes(
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


@implements(on_output_spike, FrozenConstants)
def _keep_on_output_spike(
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
    return 0
