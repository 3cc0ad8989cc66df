"""What one step of a linear membrane does, shared by passes that keep it: ``v <- m v + (1 - m) v_rest + k I``."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from neurodeploy.network import IF, LIF, ComputingNeuron, Integrator, LeakyIntegrator
from neurodeploy.network.arrays import FloatArray
from neurodeploy.network.neurons import synapse_factors

LinearNeuron: TypeAlias = IF | LIF | Integrator | LeakyIntegrator


def decay_factor(neuron: LinearNeuron, dt: float) -> FloatArray:
    """m: what is left of the distance to rest after one step; 1 without leak. Shape (1,) or (neurons,)."""
    if isinstance(neuron, IF | Integrator):
        return np.ones(1)
    a = dt / np.atleast_1d(np.asarray(neuron.tau_m, float))
    forms: dict[str, FloatArray] = {"euler": 1 - a, "implicit_euler": 1 / (1 + a)}
    return forms.get(neuron.semantics.integrator, np.exp(-a))


def current_factor(neuron: LinearNeuron, dt: float) -> FloatArray:
    """k in mV per nA: what a current of one step, or a constant one in each step, adds to v. Shape (1,) or (neurons,)."""
    cm = np.atleast_1d(np.asarray(neuron.cm, float))
    if isinstance(neuron, IF | Integrator):
        return dt / cm
    resistance: FloatArray = np.asarray(neuron.tau_m, float) / cm
    return (1 - decay_factor(neuron, dt)) * resistance


def spike_charge(neuron: ComputingNeuron, dt: float) -> FloatArray:
    """Charge in ms (nA ms per nA) that a spike of weight 1 injects in all, excitatory and inhibitory: (2, 1 or neurons).

    A synaptic current that is held over each step sums up to ``gain dt / (1 - decay)``; the propagator integrates the
    decaying current, ``gain tau``. A synapse without memory injects for one step: dt.
    """
    decay_e, decay_i, gain_e, gain_i = (np.atleast_1d(factor) for factor in synapse_factors(neuron, dt))
    charges = [gain_e * dt / (1 - decay_e), gain_i * dt / (1 - decay_i)]
    if isinstance(neuron, LinearNeuron) and neuron.synapse == "exponential" and _is_propagated(neuron):
        charges = [gain_e * neuron.tau_syn_E, gain_i * neuron.tau_syn_I]
    return np.stack(np.broadcast_arrays(*charges))


def _is_propagated(neuron: LinearNeuron) -> bool:
    return neuron.semantics.integrator == "propagator"


def parameter(values: FloatArray) -> float | FloatArray:
    """A neuron parameter: one number where all are equal."""
    flat = np.atleast_1d(values)
    return float(flat[0]) if np.ptp(flat) == 0 else flat
