"""Approximate conductance synapses by current synapses, for targets (or speed) without conductances."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from neurodeploy.compiler.context import Context
from neurodeploy.network import LIF, ConductanceLIF, Network


@dataclass(frozen=True)
class ConvertConductancesToCurrents:
    """Freeze the driving force at one potential: a conductance g becomes the current ``g (e_rev - v_mid)``.

    ``v_mid`` is ``position`` of the way from rest to the mean threshold. Shunting is lost, and inhibition no longer
    saturates at its reversal potential.
    """

    position: float = 0.5

    def __call__(self, network: Network, context: Context) -> Network:
        populations, projections = [], []
        for population in network.populations:
            old = population.neuron
            if not isinstance(old, ConductanceLIF):
                continue
            rest = float(np.mean(old.v_rest))
            middle = rest + self.position * (float(np.mean(np.asarray(old.v_thresh) + old.theta)) - rest)
            shared = {name: getattr(old, name) for name in (
                "tau_m", "cm", "v_rest", "v_reset", "v_thresh", "v_init", "tau_refrac", "tau_syn_E", "tau_syn_I",
                "i_offset", "theta", "semantics",
            )}  # fmt: skip
            populations.append(replace(population, neuron=LIF(**shared)))
            for projection in network.projections:
                if projection.target == population.name:
                    reversal = old.e_rev_E if projection.receptor == "excitatory" else old.e_rev_I
                    force = float(np.mean(reversal)) - middle
                    projections.append(replace(projection, weights=projection.weights.scaled(force)))
                    context.note(
                        f"'{projection.name}': conductance became current, driving force frozen at {force:.4g} mV"
                    )
        return network.with_populations(*populations).with_projections(*projections)
