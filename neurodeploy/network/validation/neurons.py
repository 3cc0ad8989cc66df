"""Rules on populations: their neurons, parameters, options and step semantics."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

import numpy as np

from neurodeploy.network.network import Network
from neurodeploy.network.neurons import IF, LIF, STEP_ORDER, ConductanceLIF, Integrator, SpikingNeuron
from neurodeploy.network.validation.problem import Problem

KNOWN_OPTIONS = {
    "synapse": ("delta", "current", "exponential"),
    "reset": ("value", "subtraction", "none"),
    "integrator": ("exact", "euler", "implicit_euler", "propagator"),
    "synaptic_decay": ("exact", "euler"),
    "synaptic_gain": ("jump", "charge", "decayed", "euler"),
    "comparison": (">", ">="),
    "reset_timing": ("same_step", "next_step"),
    "order": (STEP_ORDER,),
}
"""Options of neurons and their step semantics, and the values each may have."""
LARGEST_POPULATION = 1 << 26
"""Neurons: half a gigabyte for one number each, which whoever counts synapses needs."""
LONGEST_PAUSE = 1 << 30
"""Steps that a refractory period may last; simulators count them in 32 bits."""


def populations_have_neurons(network: Network) -> Iterator[Problem]:
    """Every dimension of a population is at least one."""
    if not network.populations:
        yield Problem("network", "there is no population", "add at least one population")
    for population in network.populations:
        if not population.shape or any(extent < 1 for extent in population.shape):
            yield Problem(
                f"population '{population.name}'", f"its shape is {population.shape}", "use extents of 1 or more"
            )
        elif population.size > LARGEST_POPULATION:
            yield Problem(
                f"population '{population.name}'",
                f"it has {population.size} neurons",
                f"use up to {LARGEST_POPULATION}, or several populations",
            )


def parameters_fit(network: Network) -> Iterator[Problem]:
    """Neuron parameters are finite, one value or one per neuron; time constants and capacitances are positive."""
    for population in network.populations:
        for entry in fields(population.neuron):
            value = getattr(population.neuron, entry.name)
            where = f"population '{population.name}', parameter {entry.name}"
            if not isinstance(value, float | int | np.generic | np.ndarray):
                continue
            array = np.asarray(value, float)
            if array.shape not in ((), (population.size,)):
                yield Problem(where, f"its shape is {array.shape}", f"give one value or {population.size} values")
            elif not np.isfinite(array).all():
                yield Problem(
                    where, f"{np.size(array) - np.isfinite(array).sum()} values are NaN or infinite", "mend them"
                )
            elif not array.size:
                continue  # a population without neurons is reported by populations_have_neurons
            elif entry.name in ("tau_m", "cm", "tau_syn_E", "tau_syn_I") and array.min() <= 0:
                yield Problem(where, f"its smallest value is {array.min():g}", "use values above 0")
            elif entry.name == "tau_refrac" and array.min() < 0:
                yield Problem(where, f"its smallest value is {array.min():g} ms", "use 0 or more")
            elif entry.name == "tau_refrac" and array.max() > LONGEST_PAUSE * network.dt:
                yield Problem(where, f"its largest value is {array.max():g} ms", f"use up to {LONGEST_PAUSE} steps")


def thresholds_are_above_reset(network: Network) -> Iterator[Problem]:
    """A neuron whose threshold is not above its reset would fire for ever."""
    for population in network.populations:
        neuron = population.neuron
        if isinstance(neuron, SpikingNeuron) and neuron.reset != "none":
            threshold = np.asarray(neuron.v_thresh) + np.asarray(neuron.theta)
            count = int(np.sum(threshold <= np.asarray(neuron.v_reset)))
            if count:
                yield Problem(
                    f"population '{population.name}'",
                    f"{count} thresholds are not above the reset potential",
                    "raise v_thresh or lower v_reset",
                )


def several_spikes_are_subtracted(network: Network) -> Iterator[Problem]:
    """A neuron that may spike several times in a step subtracts its threshold at once, and is never refractory."""
    for population in network.populations:
        neuron, where = population.neuron, f"population '{population.name}'"
        most = getattr(neuron, "max_spikes_per_step", 1)
        if not isinstance(most, int) or not 1 <= most <= 2**24:
            yield Problem(where, f"its max_spikes_per_step is {most}", "use 1 to 16,777,216")
        elif most > 1 and isinstance(neuron, IF | LIF):
            late = neuron.semantics.reset_timing != "same_step" or not neuron.semantics.reset_keeps_synapses
            if neuron.reset != "subtraction" or late or np.any(np.asarray(neuron.tau_refrac) > 0):
                yield Problem(
                    where,
                    f"up to {most} spikes per step with reset '{neuron.reset}', reset timing "
                    f"'{neuron.semantics.reset_timing}' and a refractory period of {np.max(neuron.tau_refrac):g} ms",
                    "use reset 'subtraction' in the same step without refractory period, or max_spikes_per_step 1",
                )


def options_are_known(network: Network) -> Iterator[Problem]:
    """Neurons and step semantics use options that this version can run."""
    for population in network.populations:
        for part in (population.neuron, getattr(population.neuron, "semantics", None)):
            for name, known in KNOWN_OPTIONS.items():
                value = getattr(part, name, known[0])
                if value not in known:
                    yield Problem(
                        f"population '{population.name}'", f"its {name} is '{value}'", f"use one of {list(known)}"
                    )


def integrators_fit(network: Network) -> Iterator[Problem]:
    """An implicit step needs a leak to stabilise; the propagator needs a linear membrane."""
    for population in network.populations:
        neuron, where = population.neuron, f"population '{population.name}'"
        integrator = getattr(getattr(neuron, "semantics", None), "integrator", "exact")
        if isinstance(neuron, IF | Integrator) and integrator == "implicit_euler":
            yield Problem(where, "integration without leak by an implicit integrator", "use 'exact'")
        if isinstance(neuron, ConductanceLIF) and integrator == "propagator":
            yield Problem(where, "conductances with the integrator 'propagator'", "use 'exact' or 'implicit_euler'")
