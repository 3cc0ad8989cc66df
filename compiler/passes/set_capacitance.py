"""Choose the membrane capacitance, so that weights and currents suit the hardware's number format."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from neurodeploy.compiler.context import Context
from neurodeploy.compiler.passes.membrane import current_factor, parameter
from neurodeploy.compiler.passes.scaling import scaled_by_target
from neurodeploy.network import LIF, ConductanceLIF, Network, Population

_SUITABLE = (1 / 64, 64.0)
"""mV per nA and step for which neither a bias (nA) nor the resistance (MOhm) is lost in s16.15."""


@dataclass(frozen=True)
class SetCapacitance:
    """Conductances: ``cm <- capacitance_nf``, conductances scaled along; the membrane equation depends only on g/cm.

    Delta synapses whose membrane moves by less than 1/64 or more than 64 mV per nA and step: cm such that it is 1 mV,
    ``i_offset`` scaled along. Both are exact.
    """

    capacitance_nf: float = 4.0

    def __call__(self, network: Network, context: Context) -> Network:
        for population in network.populations:
            neuron = population.neuron
            if isinstance(neuron, ConductanceLIF) and np.any(np.asarray(neuron.cm) != self.capacitance_nf):
                network = self._scale_conductances(network, population, neuron, context)
            elif isinstance(neuron, LIF) and neuron.synapse == "delta":
                network = _scale_bias(network, population, neuron, context)
        return network

    def _scale_conductances(
        self, network: Network, population: Population, neuron: ConductanceLIF, context: Context
    ) -> Network:
        factor = self.capacitance_nf / np.atleast_1d(np.asarray(neuron.cm, float))
        offset = parameter(neuron.i_offset * factor)
        changed = replace(population, neuron=replace(neuron, cm=self.capacitance_nf, i_offset=offset))
        projections = [scaled_by_target(network, p, factor) for p in network.projections if p.target == population.name]
        context.note(
            f"'{population.name}': cm = {self.capacitance_nf:g} nF, conductances x {factor.min():g} to {factor.max():g} (exact)"
        )
        return network.with_populations(changed).with_projections(*projections)


def _scale_bias(network: Network, population: Population, neuron: LIF, context: Context) -> Network:
    factor = current_factor(neuron, network.dt)
    if factor.min() >= _SUITABLE[0] and factor.max() <= _SUITABLE[1]:
        return network
    cm, offset = parameter(neuron.cm * factor), parameter(neuron.i_offset * factor)
    context.note(f"'{population.name}': cm x {factor.min():.6g} to {factor.max():.6g}, i_offset scaled along (exact)")
    return network.with_populations(replace(population, neuron=replace(neuron, cm=cm, i_offset=offset)))
