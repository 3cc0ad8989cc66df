"""Triplet STDP (guo2020; Diehl & Cook 2015, authors' code).

Input spike:  ``w <- max(0, w - mu_pre * y1)``.
Output spike: ``w <- min(w_max, w + mu_post * x * y2)``, y2 read before its own update.
The traces x (input), y1 and y2 (output) are set to 1 by a spike and decay with their time
constants; a trace is cut off ten time constants after its spike.
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


class TripletConstants(NamedTuple):
    """Rates, and traces by age in steps."""

    output_memory: int
    depression: NDArray[np.float32]  # mu_pre * y1
    potentiation: NDArray[np.float32]  # mu_post * x
    slow_output: NDArray[np.float32]  # y2


@dataclass(frozen=True)
class Triplet:
    """Rates and time constants (ms); defaults are Diehl & Cook's."""

    mu_pre: float = 1e-4
    mu_post: float = 1e-2
    tau_x: float = 20.0
    tau_y1: float = 20.0
    tau_y2: float = 40.0

    @classmethod
    def guo2020(cls) -> Triplet:
        """Return the time constants of guo2020's table 1."""
        return cls(tau_x=8.0, tau_y1=16.0, tau_y2=32.0)

    def constants(self, dt: float) -> TripletConstants:
        """Return the kernel constants."""
        y1 = decay_table(self.tau_y1, dt, 10.0 * self.tau_y1)
        x = decay_table(self.tau_x, dt, 10.0 * self.tau_x)
        return TripletConstants(
            output_memory=len(y1) - 1,
            depression=np.float32(self.mu_pre) * y1,
            potentiation=np.float32(self.mu_post) * x,
            slow_output=decay_table(self.tau_y2, dt, 10.0 * self.tau_y2),
        )


@implements(on_input_spikes, TripletConstants)
def _depress(
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
    zero = np.float32(0.0)
    updates = 0
    for position in range(recent):
        age = step - traces.last_output_step[traces.recent_neurons[position]]
        traces.amounts[position] = rule.depression[age]
    for event in range(begin, end):
        row = np.uint64(inputs[event])
        for position in range(recent):
            neuron = np.uint64(traces.recent_neurons[position])
            weight = weights[row, neuron]
            if frozen.size > 0 and frozen[row, neuron]:
                continue
            updates += int(weight > zero)
            weights[row, neuron] = max(weight - traces.amounts[position], zero)
    return updates


@implements(on_output_spike, TripletConstants)
def _potentiate(
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
    previous = traces.last_output_step[neuron]
    if previous < 0 or step - previous >= rule.slow_output.size:
        return 0  # y2 = 0
    slow = rule.slow_output[step - previous]
    column = np.uint64(neuron)
    memory = rule.potentiation.size
    updates = 0
    shorter = 0 < existing.size < active
    for position in range(existing.size if shorter else active):
        row = np.uint64(existing[position] if shorter else traces.active_inputs[position])
        last = traces.last_input_step[row]
        age = step - last
        if last >= 0 and age < memory and synapses[row] == PLASTIC:
            weight = weights[row, column] + rule.potentiation[np.uint64(age)] * slow
            weights[row, column] = min(weight, weight_maximum)
            updates += 1
    return updates
