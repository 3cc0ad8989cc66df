"""Power-law weight-dependent STDP (rathi2019, its STDP equation), on output spikes only.

``dw = eta * (exp((t_pre - t_post) / tau) - offset) * (w_max - w)**mu``, for every synapse of the
neuron that spikes; t_pre is the input's last spike, and the exponential is 0 for an input silent
for ten time constants or in this presentation.  Weights stay within [0, w_max].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurodeploy.training.two_layer.stdp.interface import (
    Traces,
    decay_table,
    implements,
    on_input_spikes,
    on_output_spike,
)
from neurodeploy.training.two_layer.synapse_states import PLASTIC


class PowerLawConstants(NamedTuple):
    """Rates, and the time dependence by age in steps."""

    output_memory: int
    change: NDArray[np.float32]  # eta * (exp(-age dt / tau) - offset)
    silent_change: np.float32  # -eta * offset
    exponent: np.float32


@dataclass(frozen=True)
class PowerLaw:
    """Parameters of rathi2019's example (tau in ms)."""

    eta: float = 0.002
    tau: float = 20.0
    offset: float = 0.4
    mu: float = 0.9

    @classmethod
    def low_rate(cls) -> PowerLaw:
        """Return values for the low input rates of the recipe mnist-100 (85.25 % against 54.49 % with the paper's, seed 0: benchmarks/training_accuracy.py).

        With an input's spikes 40 ms apart or more, the paper's offset depresses most of its
        synapses at each output spike.
        """
        return cls(eta=0.01, offset=0.05)

    def constants(self, dt: float) -> PowerLawConstants:
        """Return the kernel constants."""
        trace = decay_table(self.tau, dt, 10.0 * self.tau)
        return PowerLawConstants(
            output_memory=-1,
            change=np.float32(self.eta) * (trace - np.float32(self.offset)),
            silent_change=np.float32(-self.eta * self.offset),
            exponent=np.float32(self.mu),
        )


@implements(on_input_spikes, PowerLawConstants)
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


@implements(on_output_spike, PowerLawConstants)
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
        last = traces.last_input_step[row]
        change = rule.silent_change
        if last >= 0 and step - last < rule.change.size:
            change = rule.change[step - last]
        weight = weights[np.uint64(row), column]
        # a weight at a bound does not move towards it, a removed or frozen synapse not at all
        if synapses[row] == PLASTIC and (change > zero or weight > zero):
            room = max(weight_maximum - weight, zero)
            weight = weight + change * np.float32(room**rule.exponent)
            weights[np.uint64(row), column] = min(max(weight, zero), weight_maximum)
            updates += 1
    return updates
