"""From NIR's neurons to the IR's, under a convention: time constants in ms, what an input adds to v, the reset.

``tau dv/dt = v_leak - v + r I`` becomes a neuron with ``tau_m = tau`` and ``cm = tau_m / r``, so that R = tau_m/cm is the
file's r; a ``CubaLIF`` gets R = r w_in, which is the same network as long as nothing else flows through R (biases enter
the synaptic state, see importing.py). Where a convention ignores r, R is what makes an input of 1 add 1 to v.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from neurodeploy.network.arrays import FloatArray, Parameter
from neurodeploy.network.neurons import IF, LIF, Integrator, LeakyIntegrator, Neuron, Reset, StepSemantics, Threshold
from neurodeploy.network.nir.conventions import Convention, ResetTiming
from neurodeploy.network.nir.graph import Node
from neurodeploy.network.nir.parameters import Shape, Unfit, number_array

MS = 1000.0
"""Milliseconds in NIR's second."""


@dataclass(frozen=True)
class Discretisation:
    """A convention with its time step in ms, and what the user wants otherwise: reset, its timing, spikes per step."""

    convention: Convention
    dt: float
    reset: Reset | None = None
    reset_timing: ResetTiming | None = None
    max_spikes_per_step: int | None = None
    known: Mapping[str, Neuron] = field(default_factory=dict)

    def of(self, node: Node) -> Discretisation:
        """For one node: what is known of a neuron of its name overrules the convention."""
        neuron: Any = self.known.get(node.name)
        if neuron is None:
            return self
        # Exported w_in is the gain in NIR's own unit, whatever the neuron's.
        semantics = replace(neuron.semantics, synaptic_gain="euler", zero_delay=True)
        convention = replace(self.convention, semantics=semantics, late_value_reset=())
        most = getattr(neuron, "max_spikes_per_step", 1)
        return replace(
            self, convention=convention, reset=getattr(neuron, "reset", None), max_spikes_per_step=most, known={}
        )

    def semantics(self, kind: str, recurrent: bool) -> StepSemantics:
        """The step semantics of a node of one kind."""
        base = self.convention.semantics
        timing = base.reset_timing
        if self.effective_reset == "value" and self.convention.late_value_reset:
            late = {kind, "recurrent" if recurrent else kind} & set(self.convention.late_value_reset)
            timing = "next_step" if late else "same_step"
        changed = replace(base, reset_timing=self.reset_timing or timing)
        if kind in ("IF", "I") and changed.integrator in ("implicit_euler", "propagator"):
            changed = replace(changed, integrator="exact")
        return changed

    def most_spikes(self, semantics: StepSemantics) -> int:
        """Spikes that a neuron may emit in a step: more than one only where it subtracts at once."""
        subtracts = self.effective_reset == "subtraction" and semantics.reset_timing == "same_step"
        default = self.convention.max_spikes_per_step if subtracts else 1
        return default if self.max_spikes_per_step is None else self.max_spikes_per_step

    @property
    def effective_reset(self) -> Reset:
        """The reset at a spike."""
        return self.reset or self.convention.reset


def neuron_of(node: Node, shape: Shape, how: Discretisation, recurrent: bool) -> Neuron:
    """The neuron of a population node of that shape; :class:`Unfit` where the IR has none."""
    how = how.of(node)
    semantics = how.semantics(node.type, recurrent)
    if node.type == "Threshold":
        return Threshold(v_thresh=_parameter(node, "threshold", shape), semantics=semantics)
    values: dict[str, Any] = {"semantics": semantics, "synapse": "current"}
    leaky = node.type not in ("IF", "I")
    if leaky:
        name = "tau_mem" if node.type.startswith("Cuba") else "tau"
        tau = _time_constant(node, name, shape, how)
        values |= {"tau_m": tau, "v_rest": _parameter(node, "v_leak", shape)}
        values["v_init"] = values["v_rest"] if how.convention.initial == "v_leak" else 0.0
    else:
        tau = None
        values["v_init"] = 0.0
    if node.type.startswith("Cuba"):
        synaptic = _time_constant(node, "tau_syn", shape, how, synaptic=True)
        values |= {"synapse": "exponential", "tau_syn_E": synaptic, "tau_syn_I": synaptic}
    values["cm"] = _capacitance(node, shape, how, tau)
    if node.type in ("LI", "CubaLI"):
        return LeakyIntegrator(**values)
    if node.type == "I":
        return Integrator(**values)
    values |= {"v_thresh": _parameter(node, "v_threshold", shape), "v_reset": _parameter(node, "v_reset", shape)}
    values |= {"reset": how.effective_reset, "max_spikes_per_step": how.most_spikes(semantics)}
    return LIF(**values) if leaky else IF(**values)


def _capacitance(node: Node, shape: Shape, how: Discretisation, tau: Parameter | None) -> Parameter:
    """The capacitance that makes an input of 1 add to v what the convention says."""
    gain = _gain(node)
    if tau is None:  # v += dt/cm * x
        per_step = gain * (how.dt / MS) if how.convention.leakless_gain == "r_dt" else gain
        return _compact(how.dt / per_step, shape)
    time = np.asarray(tau, float)
    if how.convention.leaky_gain == "r":
        return _compact(time / _spread(gain, shape, time.ndim), shape)
    kept = np.exp(-how.dt / time) if how.semantics(node.type, False).integrator == "exact" else 1 - how.dt / time
    share = (1 - kept) * time
    if node.type == "LI":
        return _compact(share * time / (how.dt * _spread(gain, shape, time.ndim)), shape)
    return _compact(share, shape)


def _gain(node: Node) -> FloatArray:
    gain = number_array(node, "r").astype(float)
    name = "r"
    if node.type.startswith("Cuba"):
        gain, name = gain * number_array(node, "w_in"), "r * w_in"
    if not (np.isfinite(gain).all() and gain.min(initial=1.0) > 0):
        raise Unfit(f"its {name} is {gain.min():g} at the least", "use positive values: put signs into the weights")
    return gain


def _time_constant(node: Node, name: str, shape: Shape, how: Discretisation, *, synaptic: bool = False) -> Parameter:
    """A time constant in ms; refused where the convention's step would be unstable."""
    tau = number_array(node, name).astype(float) * MS
    if not np.isfinite(tau).all():
        raise Unfit(f"its {name} is infinite", "use IF (no leak), or a finite time constant")
    if tau.min(initial=1.0) <= 0:
        raise Unfit(f"its smallest {name} is {tau.min() / MS:g} s", "use values above 0")
    semantics = how.convention.semantics
    euler = semantics.synaptic_decay == "euler" if synaptic else semantics.integrator == "euler"
    if euler and tau.min() < how.dt * (1 - 1e-6):
        raise Unfit(
            f"its {name} is {tau.min():g} ms, shorter than the step of {how.dt:g} ms, and '{how.convention.name}' steps "
            "by the Euler method",
            "give the time step that the network was made for (--dt, dt=…, in ms)",
        )
    return _compact(np.maximum(tau, how.dt) if euler else tau, shape)


def _parameter(node: Node, name: str, shape: Shape) -> Parameter:
    array = number_array(node, name).astype(float)
    if not np.isfinite(array).all():
        raise Unfit(f"its {name} is infinite", "use finite values")
    return _compact(array, shape)


def _spread(array: FloatArray, shape: Shape, axes: int) -> FloatArray:
    return array if array.ndim == 0 and axes == 0 else flat(array, shape)


def flat(array: FloatArray, shape: Shape) -> FloatArray:
    """One value per neuron, in C order, from a scalar or whatever broadcasts to the layer."""
    size = int(np.prod(shape))
    if array.size == size:
        return array.ravel()
    return np.broadcast_to(array.reshape(()) if array.size == 1 else array, shape).ravel()


def _compact(array: FloatArray, shape: Shape) -> Parameter:
    """One number where all are equal, else one per neuron."""
    array = np.asarray(array, float)
    if array.size and (array == array.flat[0]).all():
        return float(array.flat[0])
    return flat(array, shape)
