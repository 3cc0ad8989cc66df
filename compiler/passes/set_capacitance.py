"""Choose the membrane capacitance of conductance neurons, so that conductances suit the hardware's number format."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from neurodeploy.compiler.context import Context
from neurodeploy.compiler.passes.scaling import scaled_by_target
from neurodeploy.network import ConductanceLIF, Network


@dataclass(frozen=True)
class SetCapacitance:
    """``cm <- capacitance_nf``, conductances scaled along: the membrane equation depends only on g/cm, so it is exact."""

    capacitance_nf: float = 4.0

    def __call__(self, network: Network, context: Context) -> Network:
        populations, projections = [], []
        for population in network.populations:
            neuron = population.neuron
            if not isinstance(neuron, ConductanceLIF) or np.all(np.asarray(neuron.cm) == self.capacitance_nf):
                continue
            factor = self.capacitance_nf / np.atleast_1d(np.asarray(neuron.cm, float))
            offset = neuron.i_offset * (factor if factor.size > 1 else float(factor[0]))
            populations.append(replace(population, neuron=replace(neuron, cm=self.capacitance_nf, i_offset=offset)))
            into = [p for p in network.projections if p.target == population.name]
            projections += [scaled_by_target(p, factor) for p in into]
            context.note(
                f"'{population.name}': cm = {self.capacitance_nf:g} nF, conductances x {factor.min():g} to {factor.max():g} (exact)"
            )
        return network.with_populations(*populations).with_projections(*projections)
