"""Express decay factors of Euler steps as time constants of closed-form steps: the factors stay what they were."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from neurodeploy.compiler.context import Context
from neurodeploy.compiler.passes.membrane import decay_factor, parameter
from neurodeploy.compiler.passes.scaling import scaled_by_target
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import IF, LIF, Integrator, LeakyIntegrator, Network, Population, Projection
from neurodeploy.network.arrays import FloatArray
from neurodeploy.network.neurons import synapse_factors


@dataclass(frozen=True)
class MatchDecayFactors:
    """Neurons with current synapses step in closed form, with the time constants that give the same factors: exact.

    A membrane of factor m gets ``tau_m = -dt / ln m`` and the cm that keeps R; a synapse of factor d gets
    ``tau_syn = -dt / ln d``, its weights scaled where what a spike adds depends on tau_syn. (Taking over tau itself
    would change the factor: 1 - 0.1 into exp(-0.1).) Conductance neurons are left alone: their step is not linear.
    """

    def __call__(self, network: Network, context: Context) -> Network:
        for population in network.populations:
            if isinstance(population.neuron, IF | LIF | Integrator | LeakyIntegrator):
                network = _matched_synapses(_matched_membrane(network, population, context), population.name, context)
        return network


def _matched_membrane(network: Network, population: Population, context: Context) -> Network:
    neuron = population.neuron
    if not isinstance(neuron, LIF | LeakyIntegrator) or neuron.semantics.integrator in ("exact", "propagator"):
        return network
    tau = np.atleast_1d(np.asarray(neuron.tau_m, float))
    m = decay_factor(neuron, network.dt)
    matched = _time_constant(m, network.dt, population.name, "tau_m", tau)
    semantics = replace(neuron.semantics, integrator="exact")
    changed = replace(
        neuron,
        tau_m=parameter(matched),
        cm=parameter(np.asarray(neuron.cm, float) * matched / tau),
        semantics=semantics,
    )
    context.note(
        f"'{population.name}': decay of {m.min():.6g} to {m.max():.6g} per {neuron.semantics.integrator} step became "
        f"tau_m = {matched.min():.6g} to {matched.max():.6g} ms in closed form (exact)"
    )
    return network.with_populations(replace(population, neuron=changed))


def _matched_synapses(network: Network, name: str, context: Context) -> Network:
    population = network.population(name)
    neuron: Any = population.neuron
    if neuron.synapse != "exponential" or neuron.semantics.synaptic_decay == "exact":
        return network
    factors = [np.atleast_1d(factor) for factor in synapse_factors(neuron, network.dt)]
    taus = {}
    for receptor, decay in zip("EI", factors[:2], strict=True):
        old = np.atleast_1d(np.asarray(getattr(neuron, f"tau_syn_{receptor}"), float))
        taus[f"tau_syn_{receptor}"] = parameter(_time_constant(decay, network.dt, name, f"tau_syn_{receptor}", old))
    changed = replace(neuron, **taus, semantics=replace(neuron.semantics, synaptic_decay="exact"))
    gains = [np.atleast_1d(gain) for gain in synapse_factors(changed, network.dt)[2:]]
    projections: list[Projection] = []
    for projection in network.projections:
        at = 0 if projection.receptor == "excitatory" else 1
        factor = factors[2 + at] / gains[at]
        if projection.target == name and not np.allclose(factor, 1, rtol=1e-12):
            projections.append(scaled_by_target(network, projection, factor))
    context.note(f"'{name}': synaptic decay per Euler step became a time constant in closed form (exact)")
    return network.with_populations(replace(population, neuron=changed)).with_projections(*projections)


def _time_constant(decay: FloatArray, dt: float, name: str, parameter_name: str, tau: FloatArray) -> FloatArray:
    if (decay <= 0).any():
        worst = int(np.argmin(decay))
        raise NeurodeployError(
            "ND404",
            f"Population '{name}': {parameter_name} is {tau[min(worst, len(tau) - 1)]:g} ms in Euler steps of {dt:g} ms, "
            f"a decay factor of {decay[worst]:g}; no time constant of a closed-form step gives it.",
            f"Use a {parameter_name} above the time step.",
        )
    return np.asarray(-dt / np.log(decay), np.float64)
