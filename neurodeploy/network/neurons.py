"""Neuron models: parameters under PyNN's names and units, and how a simulator steps them, as data.

Units: ms, mV, nF, nA, µS. A parameter is one number or an array with one value per neuron.
Adding a model: write its dataclass here, name it in :data:`NEURON_MODELS`, teach ``simulation/plan.py`` its equations.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal, TypeAlias

import numpy as np

from neurodeploy.network.arrays import FloatArray, Parameter

MembraneIntegrator: TypeAlias = Literal["exact", "euler", "implicit_euler", "propagator"]
SynapticDecay: TypeAlias = Literal["exact", "euler"]
SynapticGain: TypeAlias = Literal["jump", "charge", "decayed", "euler"]
Synapse: TypeAlias = Literal["delta", "current", "exponential"]
Reset: TypeAlias = Literal["value", "subtraction", "none"]
STEP_ORDER = "decay, input, membrane, threshold, reset"


@dataclass(frozen=True)
class StepSemantics:
    """What happens within one time step; frameworks and chips differ in all of these.

    - ``integrator`` of the membrane: ``exact`` (the leak in closed form, the synaptic current of the step held constant),
      ``euler`` (forward), ``implicit_euler`` (backward: stable however large the conductances are) or ``propagator``
      (the exact solution of membrane and decaying synaptic current together, Rotter & Diesmann 1999).
    - ``synaptic_decay`` per step: ``exact`` ``exp(-dt/tau)`` or ``euler`` ``1 - dt/tau``.
    - ``synaptic_gain``, what a spike of weight 1 adds to the synaptic state: ``jump`` 1; ``charge`` the mean of the
      kernel over the step, ``tau/dt * (1 - exp(-dt/tau))`` (the injected charge does not depend on dt); ``decayed`` the
      decay factor (the state decays after the input was added); ``euler`` ``dt/tau`` (forward Euler of
      ``tau dI/dt = -I + w s``, NIR's ``CubaLIF``).
    - ``comparison``: the neuron spikes when v > or >= threshold.
    - ``reset_keeps_synapses``: whether the synaptic state survives the spike.
    - ``reset_timing``: the reset acts at once, or at the ``next_step``: instead of the membrane's next update (reset to a
      value) or within it (subtraction).
    - ``order`` within a step. A projection's delay counts whole steps from the spike's step to the step whose *input*
      phase receives it; delay 0 is legal only where ``zero_delay`` is true: populations are then evaluated one after
      the other within the step, as layers of the PyTorch frameworks are. A framework whose membrane moves before it
      sees the input of the step has one step more of delay.
    """

    integrator: MembraneIntegrator = "exact"
    synaptic_decay: SynapticDecay = "exact"
    synaptic_gain: SynapticGain = "charge"
    comparison: Literal[">", ">="] = ">="
    reset_keeps_synapses: bool = True
    zero_delay: bool = False
    order: str = STEP_ORDER
    reset_timing: Literal["same_step", "next_step"] = "same_step"


DIEHL_COOK = StepSemantics("implicit_euler", "euler", "jump", ">", zero_delay=True)
"""Diehl & Cook 2015 as their Brian code steps it (forward-Euler conductances, strict threshold), the membrane
integrated implicitly so that strong inhibition stays stable."""

SPINNAKER = StepSemantics("exact", "exact", "charge", ">=")
"""sPyNNaker 7.4.1: ``neuron_model_lif_impl.h`` (closed form), ``synapse_types_exponential_impl.h`` (decay and init),
``threshold_type_static.h`` (>=)."""

SNNTORCH = StepSemantics("euler", "euler", "jump", ">", zero_delay=True, reset_timing="next_step")
"""snnTorch 1.0.0, ``_neurons/leaky.py`` and ``synaptic.py`` with ``reset_delay=True``: ``v = beta v + x - R thr`` where R
says whether the stored v was above the threshold."""

NORSE = StepSemantics("euler", "euler", "jump", ">", zero_delay=True)
"""Norse 1.1.0, ``functional/lif_box.py`` and ``lif.py`` (the synaptic state takes the whole input, then decays)."""

SINABS = StepSemantics("exact", "exact", "jump", ">=", zero_delay=True)
"""Sinabs 3.1.3, ``layers/functional/lif.py`` and ``activation/spike_generation.py`` (``SingleSpike``)."""

ROCKPOOL = StepSemantics("exact", "exact", "decayed", ">=", zero_delay=True)
"""Rockpool 3.1.0, ``nn/modules/torch/lif_torch.py``: the synaptic state decays after the input was added."""

LAVA = StepSemantics("euler", "euler", "jump", ">", zero_delay=True)
"""Lava 0.9, ``proc/lif/models.py`` (``PyLifModelFloat``); a ``Dense`` process sends one step late: that is a delay."""

LAVA_DL = StepSemantics("euler", "euler", "jump", ">=", zero_delay=True)
"""Lava-DL, ``slayer/neuron/dynamics/leaky_integrator.py``, without the rounding of its fixed-point states."""

EULER = StepSemantics("euler", "euler", "euler", ">", zero_delay=True)
"""NIR's differential equations by the forward Euler method, its strict threshold and reset at once."""

EXACT = StepSemantics("propagator", "exact", "euler", ">", zero_delay=True)
"""NIR's differential equations solved within a step: the input of a ``LIF`` held constant, that of a ``CubaLIF``
delivered as one impulse at the start of the step."""


@dataclass(frozen=True, eq=False)
class SpikeSource:
    """Neurons whose spikes (or graded values) come from outside: an encoder, a recording."""

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
    synapse: Synapse = "delta"
    tau_syn_E: Parameter = 5.0
    tau_syn_I: Parameter = 5.0
    i_offset: Parameter = 0.0
    theta: Parameter = 0.0
    semantics: StepSemantics = field(default_factory=StepSemantics)
    reset: Reset = "value"
    max_spikes_per_step: int = 1


@dataclass(frozen=True, eq=False)
class LIF:
    """Leaky integrate and fire with current synapses: ``dv/dt = (v_rest - v)/tau_m + I/cm``.

    ``synapse``: ``delta`` (a weight in mV jumps on v), ``current`` (a weight in nA, flowing for one step: what PyTorch
    frameworks and NIR's ``LIF`` do) or ``exponential`` (a weight in nA, decaying with ``tau_syn_*``: NIR's ``CubaLIF``).
    ``i_offset`` is a constant current, a bias. ``theta`` is an adaptive threshold's increment over ``v_thresh`` in mV,
    frozen at inference. ``reset``: to the ``value`` v_reset, by ``subtraction`` of ``v_thresh + theta - v_reset``, or
    ``none``. The neuron is held for ``ceil(tau_refrac/dt)`` steps after a spike. ``max_spikes_per_step`` above 1
    (Sinabs' and Rockpool's default; with reset by subtraction) sends ``floor((v - v_reset) / (v_thresh + theta - v_reset))``, at most
    that number, as one graded spike and subtracts as often.
    """

    kind: ClassVar[str] = "leaky_integrate_and_fire"
    tau_m: Parameter = 20.0
    cm: Parameter = 1.0
    v_rest: Parameter = -65.0
    v_reset: Parameter = -65.0
    v_thresh: Parameter = -50.0
    v_init: Parameter = -65.0
    tau_refrac: Parameter = 0.0
    synapse: Synapse = "exponential"
    tau_syn_E: Parameter = 5.0
    tau_syn_I: Parameter = 5.0
    i_offset: Parameter = 0.0
    theta: Parameter = 0.0
    semantics: StepSemantics = field(default_factory=StepSemantics)
    reset: Reset = "value"
    max_spikes_per_step: int = 1


@dataclass(frozen=True, eq=False)
class ConductanceLIF:
    """Leaky integrate and fire with exponential conductance synapses (PyNN's ``IF_cond_exp``, and a frozen theta).

    ``dv/dt = (v_rest - v)/tau_m + (g_E (e_rev_E - v) + g_I (e_rev_I - v) + i_offset)/cm``; weights in µS, both >= 0.
    Diehl & Cook's dimensionless conductance is g in units of the leak, cm/tau_m. ``reset`` as for :class:`LIF`.
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
    reset: Reset = "value"


@dataclass(frozen=True, eq=False)
class Integrator:
    """Non-spiking integrator (NIR's ``I``): ``cm dv/dt = I``; parameters as :class:`IF`.

    Its potential is a read-out. Projections that leave it carry the potential as a graded value, every step.
    """

    kind: ClassVar[str] = "integrator"
    v_init: Parameter = 0.0
    cm: Parameter = 1.0
    synapse: Synapse = "delta"
    tau_syn_E: Parameter = 5.0
    tau_syn_I: Parameter = 5.0
    i_offset: Parameter = 0.0
    semantics: StepSemantics = field(default_factory=StepSemantics)


@dataclass(frozen=True, eq=False)
class LeakyIntegrator:
    """Non-spiking leaky integrator (NIR's ``LI`` and, with exponential synapses, ``CubaLI``); parameters as :class:`LIF`.

    Its potential is a read-out. Projections that leave it carry the potential as a graded value, every step.
    """

    kind: ClassVar[str] = "leaky_integrator"
    tau_m: Parameter = 20.0
    cm: Parameter = 1.0
    v_rest: Parameter = 0.0
    v_init: Parameter = 0.0
    synapse: Synapse = "exponential"
    tau_syn_E: Parameter = 5.0
    tau_syn_I: Parameter = 5.0
    i_offset: Parameter = 0.0
    semantics: StepSemantics = field(default_factory=StepSemantics)


@dataclass(frozen=True, eq=False)
class Relay:
    """Memoryless and graded: passes the sum of its input, plus ``i_offset``, on in the same step.

    Stands between linear operators that follow each other without neurons: a pooling layer before a convolution.
    """

    kind: ClassVar[str] = "relay"
    i_offset: Parameter = 0.0
    semantics: StepSemantics = StepSemantics(zero_delay=True)


@dataclass(frozen=True, eq=False)
class Threshold:
    """Memoryless and spiking (NIR's ``Threshold``): spikes whenever the input of a step passes ``v_thresh``."""

    kind: ClassVar[str] = "threshold"
    v_thresh: Parameter = 1.0
    i_offset: Parameter = 0.0
    semantics: StepSemantics = StepSemantics(comparison=">", zero_delay=True)


Neuron: TypeAlias = SpikeSource | IF | LIF | ConductanceLIF | Integrator | LeakyIntegrator | Relay | Threshold
ComputingNeuron: TypeAlias = IF | LIF | ConductanceLIF | Integrator | LeakyIntegrator | Relay | Threshold
"""Every model that a simulator steps."""
SpikingNeuron: TypeAlias = IF | LIF | ConductanceLIF
"""Models with a membrane, a threshold and a reset."""
NEURON_MODELS: dict[str, type[Neuron]] = {
    model.kind: model for model in (SpikeSource, IF, LIF, ConductanceLIF, Integrator, LeakyIntegrator, Relay, Threshold)
}


def is_graded(neuron: Neuron) -> bool:
    """Whether what a neuron sends is a value (a potential, a number of spikes) instead of a spike."""
    if isinstance(neuron, IF | LIF):
        return neuron.max_spikes_per_step > 1
    return isinstance(neuron, Integrator | LeakyIntegrator | Relay)


def has_threshold(neuron: Neuron) -> bool:
    """Whether a neuron spikes at all (the others are read out by their potential)."""
    return isinstance(neuron, IF | LIF | ConductanceLIF | Threshold)


def synapse_factors(neuron: ComputingNeuron, dt: float) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Decay per step of the excitatory and inhibitory state, and what a weight of 1 adds to each."""
    if isinstance(neuron, Relay | Threshold) or (
        not isinstance(neuron, ConductanceLIF) and neuron.synapse != "exponential"
    ):
        return np.float64(0), np.float64(0), np.float64(1), np.float64(1)  # type: ignore[return-value]
    decays, gains = [], []
    for constant in (neuron.tau_syn_E, neuron.tau_syn_I):
        tau = np.asarray(constant, float)
        exact = np.exp(-dt / tau)
        decay = exact if neuron.semantics.synaptic_decay == "exact" else 1 - dt / tau
        decays.append(decay)
        gains.append(
            {"charge": tau / dt * (1 - exact), "jump": np.ones_like(tau), "decayed": decay, "euler": dt / tau}[
                neuron.semantics.synaptic_gain
            ]
        )
    return decays[0], decays[1], gains[0], gains[1]
