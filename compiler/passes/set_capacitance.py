"""Choose the membrane capacitance of conductance neurons, so that conductances suit the hardware's number format."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from neurodeploy.compiler.context import Context
from neurodeploy.network import ConductanceLIF, Network


@dataclass(frozen=True)
class SetCapacitance:
    """``cm <- capacitance_nf``, conductances scaled along: the membrane equation depends only on g/cm, so it is exact."""

    capacitance_nf: float = 4.0

    def __call__(self, network: Network, context: Context) -> Network:
        populations, projections = [], []
        for population in network.populations:
            neuron = population.neuron
            if not isinstance(neuron, ConductanceLIF) or np.ptp(neuron.cm) > 0:
                continue
            factor = self.capacitance_nf / float(np.mean(neuron.cm))
            if factor == 1:
                continue
            offset = np.asarray(neuron.i_offset, float) * factor
            populations.append(
                replace(
                    population,
                    neuron=replace(neuron, cm=self.capacitance_nf, i_offset=offset if offset.ndim else float(offset)),
                )
            )
            into = [p for p in network.projections if p.target == population.name]
            projections += [replace(p, weights=p.weights.scaled(factor)) for p in into]
            context.note(f"'{population.name}': cm = {self.capacitance_nf:g} nF, conductances x {factor:g} (exact)")
        return network.with_populations(*populations).with_projections(*projections)
