"""Neuron models: parameters under PyNN's names and units, and how a simulator steps them, as data.

Units: ms, mV, nF, nA, µS. A parameter is one number or an array with one value per neuron.
Adding a model: write its dataclass here, name it in :data:`NEURON_MODELS`, teach ``simulation/plan.py`` its equations.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal, TypeAlias

import numpy as np

from neurodeploy.network.arrays import FloatArray, Parameter

Integrator: TypeAlias = Literal["exact", "euler", "implicit_euler"]
SynapticDecay: TypeAlias = Literal["exact", "euler"]
SynapticGain: TypeAlias = Literal["jump", "charge"]
STEP_ORDER = "decay, input, membrane, threshold, reset"


@dataclass(frozen=True)
class StepSemantics:
    """What happens within one time step; frameworks and chips differ in all of these.

    - ``integrator`` of the membrane: ``exact`` (the leak in closed form, the synaptic current of the step held constant),
      ``euler`` (forward) or ``implicit_euler`` (backward: stable however large the conductances are).
    - ``synaptic_decay`` per step: ``exact`` ``exp(-dt/tau)`` or ``euler`` ``1 - dt/tau``.
    - ``synaptic_gain``: a spike adds its weight (``jump``), or its weight times the mean of the kernel over the step,
      ``tau/dt * (1 - exp(-dt/tau))`` (``charge``: the injected charge does not depend on dt).
    - ``comparison``: the neuron spikes when v > or >= threshold.
    - ``reset_keeps_synapses``: whether the synaptic state survives the spike.
    - ``order`` within a step. A projection's delay counts whole steps from the spike's step to the step whose *input*
      phase receives it; delay 0 is legal only where ``zero_delay`` is true.
    """

    integrator: Integrator = "exact"
    synaptic_decay: SynapticDecay = "exact"
    synaptic_gain: SynapticGain = "charge"
    comparison: Literal[">", ">="] = ">="
    reset_keeps_synapses: bool = True
    zero_delay: bool = False
    order: str = STEP_ORDER


DIEHL_COOK = StepSemantics("implicit_euler", "euler", "jump", ">", zero_delay=True)
"""Diehl & Cook 2015 as their Brian code steps it (forward-Euler conductances, strict threshold), the membrane
integrated implicitly so that strong inhibition stays stable."""

SPINNAKER = StepSemantics("exact", "exact", "charge", ">=")
"""sPyNNaker 7.4.1: ``neuron_model_lif_impl.h`` (closed form), ``synapse_types_exponential_impl.h`` (decay and init),
``threshold_type_static.h`` (>=)."""


@dataclass(frozen=True, eq=False)
class SpikeSource:
    """Neurons whose spikes come from outside (an encoder, a recording)."""

    kind: ClassVar[str] = "spike_source"


@dataclass(frozen=True, eq=False)
class IF:
    """Integrate and fire without leak: ``cm dv/dt = I``; parameters as :class:`LIF`."""

    kind: ClassVar[str] = "integrate_and_fire"
    v_thresh: Parameter = 1.0
    v_reset: Parameter = 0.0
    v_init: Parameter = 0.0
    cm: Parameter = 1.0
    tau_refrac: Parameter = 0.0
    synapse: Literal["delta", "exponential"] = "delta"
    tau_syn_E: Parameter = 5.0
    tau_syn_I: Parameter = 5.0
    i_offset: Parameter = 0.0
    theta: Parameter = 0.0
    semantics: StepSemantics = field(default_factory=StepSemantics)


@dataclass(frozen=True, eq=False)
class LIF:
    """Leaky integrate and fire with current synapses: ``dv/dt = (v_rest - v)/tau_m + I/cm``.

    ``synapse``: ``delta`` (a weight in mV jumps on v) or ``exponential`` (a weight in nA, decaying with ``tau_syn_*``).
    ``theta`` is an adaptive threshold's increment over ``v_thresh`` in mV, frozen at inference. The neuron is held at
    ``v_reset`` for ``ceil(tau_refrac/dt)`` steps after a spike.
    """

    kind: ClassVar[str] = "leaky_integrate_and_fire"
    tau_m: Parameter = 20.0
    cm: Parameter = 1.0
    v_rest: Parameter = -65.0
    v_reset: Parameter = -65.0
    v_thresh: Parameter = -50.0
    v_init: Parameter = -65.0
    tau_refrac: Parameter = 0.0
    synapse: Literal["delta", "exponential"] = "exponential"
    tau_syn_E: Parameter = 5.0
    tau_syn_I: Parameter = 5.0
    i_offset: Parameter = 0.0
    theta: Parameter = 0.0
    semantics: StepSemantics = field(default_factory=StepSemantics)


@dataclass(frozen=True, eq=False)
class ConductanceLIF:
    """Leaky integrate and fire with exponential conductance synapses (PyNN's ``IF_cond_exp``, and a frozen theta).

    ``dv/dt = (v_rest - v)/tau_m + (g_E (e_rev_E - v) + g_I (e_rev_I - v) + i_offset)/cm``; weights in µS, both >= 0.
    Diehl & Cook's dimensionless conductance is g in units of the leak, cm/tau_m.
    """

    kind: ClassVar[str] = "conductance_leaky_integrate_and_fire"
    tau_m: Parameter = 20.0
    cm: Parameter = 1.0
    v_rest: Parameter = -65.0
    v_reset: Parameter = -65.0
    v_thresh: Parameter = -50.0
    v_init: Parameter = -65.0
    tau_refrac: Parameter = 0.0
    tau_syn_E: Parameter = 5.0
    tau_syn_I: Parameter = 5.0
    e_rev_E: Parameter = 0.0
    e_rev_I: Parameter = -70.0
    i_offset: Parameter = 0.0
    theta: Parameter = 0.0
    semantics: StepSemantics = field(default_factory=StepSemantics)


Neuron: TypeAlias = SpikeSource | IF | LIF | ConductanceLIF
SpikingNeuron: TypeAlias = IF | LIF | ConductanceLIF
NEURON_MODELS: dict[str, type[Neuron]] = {model.kind: model for model in (SpikeSource, IF, LIF, ConductanceLIF)}


def synapse_factors(neuron: SpikingNeuron, dt: float) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Decay per step of the excitatory and inhibitory state, and what a weight of 1 adds to each."""
    if not isinstance(neuron, ConductanceLIF) and neuron.synapse == "delta":
        return np.float64(0), np.float64(0), np.float64(1), np.float64(1)  # type: ignore[return-value]
    decays, gains = [], []
    for constant in (neuron.tau_syn_E, neuron.tau_syn_I):
        tau = np.asarray(constant, float)
        exact = np.exp(-dt / tau)
        decays.append(exact if neuron.semantics.synaptic_decay == "exact" else 1 - dt / tau)
        gains.append(tau / dt * (1 - exact) if neuron.semantics.synaptic_gain == "charge" else np.ones_like(tau))
    return decays[0], decays[1], gains[0], gains[1]
