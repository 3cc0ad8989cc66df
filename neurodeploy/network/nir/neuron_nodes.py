"""From the IR's neurons to NIR's: the parameters that say the same in continuous time.

R of a ``current`` synapse is tau_m/cm. A ``delta`` synapse adds its weight to v: r is what makes NIR's input current of
one step do that under the neuron's own integrator, 1/(1 - m) with m the decay of v per step (snnTorch writes the same,
r = tau/dt). An exponential synapse's gain per spike becomes ``w_in``: NIR's own is dt/tau_syn.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Literal

import numpy as np

from neurodeploy.network.arrays import Array, FloatArray
from neurodeploy.network.network import Network, Population
from neurodeploy.network.neurons import (
    IF,
    LIF,
    ConductanceLIF,
    Integrator,
    LeakyIntegrator,
    SpikingNeuron,
    StepSemantics,
    Threshold,
    synapse_factors,
)
from neurodeploy.network.nir.graph import Misfit
from neurodeploy.network.nir.membranes import MS
from neurodeploy.network.nir.parameters import Shape

APPROXIMATIONS = {
    "refractory": "other programs see no refractory period",
    "no_reset": "other programs reset neurons that never reset here",
    "delays": "other programs see no delays of feed-forward projections",
}
"""What may be left out of the equations, on request; neurodeploy restores it from the metadata."""


def neuron_problems(network: Network, population: Population, approximate: Collection[str]) -> Iterator[Misfit]:
    """Why NIR has no node for a population."""
    neuron, where = population.neuron, f"population '{population.name}'"
    if isinstance(neuron, ConductanceLIF):
        yield Misfit(where, "NIR has no conductance synapses", "convert them to currents first")
        return
    if isinstance(neuron, IF | Integrator) and neuron.synapse == "exponential":
        yield Misfit(where, "NIR has no exponential synapses without a leak (CubaLIF has one)", "use LIF")
    if isinstance(neuron, SpikingNeuron):
        if np.max(neuron.tau_refrac) > 0 and "refractory" not in approximate:
            yield Misfit(where, "NIR has no refractory period", "leave it out for others: --approximate refractory")
        if neuron.reset == "none" and "no_reset" not in approximate:
            yield Misfit(where, "NIR's neurons always reset", "--approximate no_reset")
    if getattr(neuron, "synapse", "") == "exponential" and receptor_of(network, population) is None:
        yield Misfit(where, "its receptors have different time constants, NIR's nodes have one", "make them equal")


def receptor_of(network: Network, population: Population) -> Literal["E", "I"] | None:
    """The receptor whose time constant the population's node gets; None when two different ones are in use."""
    neuron: Any = population.neuron
    if (np.asarray(neuron.tau_syn_E) == np.asarray(neuron.tau_syn_I)).all():
        return "E"
    used = {p.receptor for p in network.projections if p.target == population.name}
    return None if len(used) > 1 else "I" if used == {"inhibitory"} else "E"


def kept_per_step(neuron: LIF | LeakyIntegrator, dt: float) -> FloatArray:
    """Share of the potential that one step's leak leaves."""
    a = dt / np.asarray(neuron.tau_m, float)
    kept: FloatArray = {"euler": 1 - a, "implicit_euler": 1 / (1 + a)}.get(neuron.semantics.integrator, np.exp(-a))
    return kept


def input_offset(neuron: Any, dt: float) -> FloatArray:
    """``i_offset`` in the unit of the neuron's weights: what must flow in at every step (not: exponential synapses)."""
    offset = np.asarray(getattr(neuron, "i_offset", 0.0), float)
    if getattr(neuron, "synapse", "") != "delta":
        return offset
    gain: FloatArray = dt / np.asarray(neuron.cm, float)
    if isinstance(neuron, LIF | LeakyIntegrator):
        gain = (1 - kept_per_step(neuron, dt)) * np.asarray(neuron.tau_m, float) / np.asarray(neuron.cm, float)
    total: FloatArray = gain * offset
    return total


def offset_as_leak(neuron: LIF | LeakyIntegrator) -> FloatArray:
    """``i_offset`` as a shift of v_leak: the same equation."""
    shift: FloatArray = (
        np.asarray(neuron.tau_m, float) / np.asarray(neuron.cm, float) * np.asarray(neuron.i_offset, float)
    )
    return shift


def node_values(
    network: Network, population: Population, shape: Shape, dtype: Any, leak: FloatArray | float, w_in: Any
) -> tuple[str, dict[str, Array]]:
    """NIR's type and parameters of a population's node; ``leak`` is added to v_leak, ``w_in`` taken out of r."""
    neuron: Any = population.neuron
    if isinstance(neuron, Threshold):
        return "Threshold", {"threshold": _full(neuron.v_thresh, shape, dtype)}
    dt, values = network.dt, {}
    resistance: Any
    cuba = neuron.synapse == "exponential"
    spiking = isinstance(neuron, SpikingNeuron)
    if isinstance(neuron, LIF | LeakyIntegrator):
        tau = np.asarray(neuron.tau_m, float)
        resistance = 1 / (1 - kept_per_step(neuron, dt)) if neuron.synapse == "delta" else tau / neuron.cm
        values = {"tau_mem" if cuba else "tau": tau / MS, "v_leak": np.asarray(neuron.v_rest, float) + leak}
    else:
        resistance = MS / dt if neuron.synapse == "delta" else MS / np.asarray(neuron.cm, float)
    values["r"] = resistance
    if cuba:
        index = 0 if receptor_of(network, population) == "E" else 1
        tau_syn = np.asarray((neuron.tau_syn_E, neuron.tau_syn_I)[index], float)
        gain = synapse_factors(neuron, dt)[2 + index] * tau_syn / dt
        gain = 1.0 if _is_euler(neuron.semantics) else gain
        values |= {"tau_syn": tau_syn / MS, "w_in": gain * np.asarray(w_in), "r": resistance / np.asarray(w_in)}
    if spiking:
        values |= {"v_threshold": np.asarray(neuron.v_thresh, float) + neuron.theta, "v_reset": neuron.v_reset}
    leaky = "tau" in values or cuba
    kind = {(1, 1): "LIF", (1, 0): "LI", (0, 1): "IF", (0, 0): "I"}[(int(leaky), int(spiking))]
    return ("Cuba" if cuba else "") + kind, {name: _full(value, shape, dtype) for name, value in values.items()}


def _is_euler(semantics: StepSemantics) -> bool:
    return semantics.synaptic_gain == "euler"


def _full(value: Any, shape: Shape, dtype: Any) -> Array:
    array = np.asarray(value, float)
    return np.ascontiguousarray(array.reshape(shape) if array.ndim else np.full(shape, float(array)), dtype)
