"""Plastic synapses of a recorded script: the rule, and the weights before the first run."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurodeploy.firmware_models.spinnaker import PlasticityRule

TIMINGS = {
    "TimingDependenceSpikePair": "pair",
    "TimingDependenceSpikeNearestPair": "nearest_pair",
    "TimingDependencePfisterSpikeTriplet": "triplet",
}
WEIGHTS = {
    "WeightDependenceAdditive": "additive",
    "WeightDependenceAdditiveTriplet": "additive",
    "WeightDependenceMultiplicative": "multiplicative",
}


def describe_rule(information: Any) -> dict[str, Any] | None:
    """The rule of a projection between two whole populations; None for one that the model has not."""
    dynamics = information.synapse_dynamics
    if information.prepop_is_view or information.postpop_is_view or type(dynamics).__name__ != "SynapseDynamicsSTDP":
        return None
    timing, weight = dynamics.timing_dependence, dynamics.weight_dependence
    if type(timing).__name__ not in TIMINGS or type(weight).__name__ not in WEIGHTS or dynamics.neuromodulation:
        return None
    found = {
        "timing": TIMINGS[type(timing).__name__], "weight": WEIGHTS[type(weight).__name__],
        "tau_plus": timing.tau_plus, "tau_minus": timing.tau_minus, "a_plus": timing.A_plus, "a_minus": timing.A_minus,
        "w_min": weight.w_min, "w_max": weight.w_max, "backprop_delay": dynamics.backprop_delay,
    }  # fmt: skip
    if found["timing"] == "triplet":
        found |= {"tau_x": timing.tau_x, "tau_y": timing.tau_y, "a3_plus": weight.A3_plus, "a3_minus": weight.A3_minus}
    return found


def asked_weights(information: Any, rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """The weights that a script asked for, in the order of the synapses read back."""
    connector = information.connector
    listed = getattr(connector, "_FromListConnector__weights", None)
    if listed is None:
        return np.full(len(rows), float(information.weights))
    found = {
        (int(pre), int(post)): weight for (pre, post), weight in zip(connector.conn_list[:, :2], listed, strict=True)
    }
    return np.array([found[int(pre), int(post)] for pre, post in rows[:, :2]], np.float64)


def rule_of(projection: dict[str, Any]) -> PlasticityRule:
    """The rule as the firmware model takes it."""
    return PlasticityRule(**projection["rule"])
