"""What is compared: neuron models under the conventions of each simulator, and why two of them differ."""

from __future__ import annotations

from dataclasses import dataclass, replace

from peer_cells import AdaptiveCell, DefaultScheduleCell
from peer_networks import Family
from step_oracle import Cell

SYNAPSES_FIRST = "start, groups, synapses, thresholds, resets, end"


@dataclass(frozen=True)
class Reason:
    """Why spikes differ, and the plain numpy stepper's rule that shows that this is all of it."""

    text: str
    cell: type[Cell]


EULER = Family("LIF exponential, euler", "LIF", integrator="euler", synaptic_decay="euler", comparison=">")
DELTA = Family("LIF delta, exact, default schedule", "LIF", "delta", integrator="exact", comparison=">")
SUBTRACTION = Family(
    "LIF exponential, exact, subtraction", "LIF", reset="subtraction", comparison=">", refractory=False
)
CONDUCTANCE = replace(EULER, name="conductance LIF, euler", model="ConductanceLIF")

NEST = (
    Family("iaf_psc_exp", "LIF", first_delay=2),
    Family("iaf_psc_delta", "LIF", "delta", integrator="exact"),
    Family("iaf_cond_exp", "ConductanceLIF", integrator="exact", first_delay=2),
)
BRIAN2 = (
    Family("LIF exponential, exact", "LIF", comparison=">"),
    Family("LIF exponential, exact, >=", "LIF"),
    EULER,
    SUBTRACTION,
    replace(SUBTRACTION, name="LIF exponential, exact, subtraction, refractory", refractory=True),
    replace(DELTA, name="LIF delta, exact, synapses before thresholds", schedule=SYNAPSES_FIRST),
    replace(DELTA, name="LIF delta, euler, synapses before thresholds", integrator="euler", schedule=SYNAPSES_FIRST),
    DELTA,
    replace(
        DELTA, name="LIF delta, exact, subtraction, default schedule", reset="subtraction", refractory=False
    ),
    replace(
        DELTA, name="IF delta, subtraction, default schedule", model="IF", reset="subtraction", integrator="euler",
        refractory=False,
    ),
    replace(EULER, name="IF exponential, euler", model="IF"),
    CONDUCTANCE,
    replace(CONDUCTANCE, name="conductance LIF, euler, subtraction", reset="subtraction", refractory=False),
)  # fmt: skip
REASONS = {
    "iaf_cond_exp": Reason("conductances decay within the step, v is capped at the threshold", AdaptiveCell),
    DELTA.name: Reason("the reset overwrites the input of its step", DefaultScheduleCell),
}
