"""Turn currents that last one step into jumps of the potential, for targets that have only the latter."""

from __future__ import annotations

from dataclasses import dataclass, replace

from neurodeploy.compiler.context import Context
from neurodeploy.compiler.passes.membrane import LinearNeuron, current_factor
from neurodeploy.compiler.passes.scaling import scaled_by_target
from neurodeploy.network import Network


@dataclass(frozen=True)
class ConvertCurrentSynapses:
    """``synapse="current"`` becomes ``delta``, weights (nA) times k become mV: the computation is unchanged.

    A current of one step moves v by k times the weight, ``k = (1 - m) R`` (``dt/cm`` without leak), whatever v is. Biases
    stay currents.
    """

    def __call__(self, network: Network, context: Context) -> Network:
        populations, projections = [], []
        for population in network.populations:
            neuron = population.neuron
            if not isinstance(neuron, LinearNeuron) or neuron.synapse != "current":
                continue
            factor = current_factor(neuron, network.dt)
            populations.append(replace(population, neuron=replace(neuron, synapse="delta")))
            into = [p for p in network.projections if p.target == population.name]
            projections += [scaled_by_target(network, p, factor) for p in into]
            context.note(
                f"'{population.name}': currents of one step became jumps, weights x {factor.min():.6g} to "
                f"{factor.max():.6g} mV/nA (exact)"
            )
        return network.with_populations(*populations).with_projections(*projections)
