"""Membranes as the coefficients that the layer kernel reads.

Every membrane equation of the IR is one of three forms; with a = dt/tau_m and R = tau_m/cm:

- linear: ``v <- m v + b + k_E g_E + k_I g_I``; exact and propagator m = exp(-a), euler m = 1 - a, implicit m = 1/(1 + a)
  (1 without leak); b = (1 - m)(v_rest + R i_offset) (dt/cm i_offset without leak); k = (1 - m) R (dt/cm). Delta synapses
  have k = 1, the propagator the integral of the decaying current, Rotter & Diesmann 1999 eq. 4-5:
  ``k = (exp(-dt/tau_m) - exp(-dt/tau_syn)) / (1/tau_syn - 1/tau_m) / cm``. Relays and thresholds: m = 0, k = 1.
- conductance, explicit: ``v <- m v + b + k (g_E (e_rev_E - v) + g_I (e_rev_I - v))`` with the same m, b, k.
- conductance, implicit: ``v <- (v + a v_rest + c i_offset + c (g_E e_rev_E + g_I e_rev_I)) / (1 + a + c (g_E + g_I))``,
  c = dt/cm.
"""

from __future__ import annotations

import numpy as np

from neurodeploy.network import IF, ComputingNeuron, ConductanceLIF, Integrator, Relay, SpikingNeuron, Threshold
from neurodeploy.network.arrays import Array, Int32Array
from neurodeploy.network.neurons import synapse_factors

LINEAR, CONDUCTANCE_EXPLICIT, CONDUCTANCE_IMPLICIT = 0, 1, 2
COEFFICIENTS = (
    "v_init", "v_reset", "v_thresh", "m", "b", "k_E", "k_I", "e_rev_E", "e_rev_I", "decay_E", "decay_I", "amount", "most",
)  # fmt: skip


def refractory_steps(neuron: ComputingNeuron, size: int, dt: float) -> Int32Array:
    """Steps for which a neuron is held after a spike, ``ceil(tau_refrac/dt)`` (tolerant of rounding), int32 (size,)."""
    pause = np.asarray(getattr(neuron, "tau_refrac", 0.0), float)
    return np.broadcast_to(np.ceil(pause / dt - 1e-9), (size,)).astype(np.int32)


def membrane_form(neuron: ComputingNeuron) -> int:
    """Which of the three forms a neuron's membrane has."""
    if not isinstance(neuron, ConductanceLIF):
        return LINEAR
    return CONDUCTANCE_IMPLICIT if neuron.semantics.integrator == "implicit_euler" else CONDUCTANCE_EXPLICIT


def keeps_two_states(neuron: ComputingNeuron) -> bool:
    """Whether excitatory and inhibitory input must be kept apart: conductances, or currents that decay differently."""
    if isinstance(neuron, ConductanceLIF):
        return True
    if isinstance(neuron, Relay | Threshold) or neuron.synapse != "exponential":
        return False
    return bool(np.any(np.asarray(neuron.tau_syn_E) != np.asarray(neuron.tau_syn_I)))


def coefficients(neuron: ComputingNeuron, size: int, dt: float, dtype: type) -> tuple[Array, Int32Array]:
    """The table of :data:`COEFFICIENTS`, ``(13, size)``, and the refractory steps, ``(size,)``."""
    m, b, k_e, k_i = _membrane(neuron, dt)
    threshold: Array = np.asarray(np.inf, dtype)
    amount: Array | float = 0.0
    if isinstance(neuron, SpikingNeuron):
        full = np.asarray(neuron.v_thresh, float) + np.asarray(neuron.theta, float)
        threshold, amount = full.astype(dtype), full - np.asarray(neuron.v_reset, float)
    elif isinstance(neuron, Threshold):
        threshold = np.asarray(neuron.v_thresh, dtype)
    if neuron.semantics.comparison == ">":  # v > x is v >= the next number after x
        threshold = np.nextafter(threshold, dtype(np.inf))
    reversal = (neuron.e_rev_E, neuron.e_rev_I) if isinstance(neuron, ConductanceLIF) else (0.0, 0.0)
    rows = (
        getattr(neuron, "v_init", 0.0), getattr(neuron, "v_reset", 0.0), threshold, m, b, k_e, k_i, *reversal,
        *synapse_factors(neuron, dt)[:2], amount, getattr(neuron, "max_spikes_per_step", 1),
    )  # fmt: skip
    table: Array = np.stack([np.broadcast_to(np.asarray(row, dtype), (size,)) for row in rows])
    return table, refractory_steps(neuron, size, dt)


def _membrane(neuron: ComputingNeuron, dt: float) -> tuple[Array, Array, Array, Array]:
    """m, b, k_E and k_I of the membrane forms at the head of this file."""
    if isinstance(neuron, Relay | Threshold):
        return np.zeros(()), np.asarray(neuron.i_offset, float), np.ones(()), np.ones(())
    cm, offset = np.asarray(neuron.cm, float), np.asarray(neuron.i_offset, float)
    m: Array
    b: Array
    k: Array
    if isinstance(neuron, IF | Integrator):
        m, b, k = np.ones(()), dt / cm * offset, dt / cm
        rate = np.zeros(())
    else:
        a, rest = dt / np.asarray(neuron.tau_m, float), np.asarray(neuron.v_rest, float)
        rate = 1 / np.asarray(neuron.tau_m, float)
        if membrane_form(neuron) == CONDUCTANCE_IMPLICIT:
            return 1 + a, a * rest + dt / cm * offset, dt / cm, dt / cm
        m = {"euler": 1 - a, "implicit_euler": 1 / (1 + a)}.get(neuron.semantics.integrator, np.exp(-a))
        resistance = np.asarray(neuron.tau_m, float) / cm
        b, k = (1 - m) * (rest + resistance * offset), (1 - m) * resistance
    if isinstance(neuron, ConductanceLIF):
        return m, b, k, k
    if neuron.synapse == "delta":
        return m, b, np.ones(()), np.ones(())
    if neuron.synapse == "exponential" and neuron.semantics.integrator == "propagator":
        return m, b, propagator(rate, neuron.tau_syn_E, dt) / cm, propagator(rate, neuron.tau_syn_I, dt) / cm
    return m, b, k, k


def propagator(rate: Array, tau_syn: Array | float, dt: float) -> Array:
    """Integral of a current decaying with ``tau_syn`` through a leak of ``rate`` (1/tau_m) over one step."""
    fall = 1 / np.asarray(tau_syn, float)
    difference = (fall - rate) * dt
    # (exp(-rate dt) - exp(-fall dt)) / (fall - rate), without cancellation where the two are nearly equal.
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(np.abs(difference) < 1e-12, 1.0, -np.expm1(-difference) / difference)
    return np.exp(-rate * dt) * dt * ratio
