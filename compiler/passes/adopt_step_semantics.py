"""Step the neurons as the hardware does, conserving the charge that each spike injects."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from neurodeploy.compiler.context import Context
from neurodeploy.compiler.passes.membrane import spike_charge
from neurodeploy.compiler.passes.scaling import scaled_by_target
from neurodeploy.network import SPINNAKER, Network, SpikeSource, StepSemantics


@dataclass(frozen=True)
class AdoptStepSemantics:
    """Replace the step semantics of every neuron by ``semantics`` and scale weights so that charge is conserved.

    Weights are multiplied by the quotient of what a spike injects in all under the old and the new semantics
    (:func:`~neurodeploy.compiler.passes.membrane.spike_charge`). Every field that changes is reported, the timing of
    resets and the fate of synapses at a reset among them: a target converts or refuses beforehand what it must keep.
    """

    semantics: StepSemantics = SPINNAKER

    def __call__(self, network: Network, context: Context) -> Network:
        populations, projections = [], []
        for population in network.populations:
            neuron = population.neuron
            if isinstance(neuron, SpikeSource) or neuron.semantics == self.semantics:
                continue
            adopted = replace(neuron, semantics=self.semantics)
            populations.append(replace(population, neuron=adopted))
            changes = [
                f"{entry.name} {getattr(neuron.semantics, entry.name)} -> {getattr(self.semantics, entry.name)}"
                for entry in fields(StepSemantics)
                if getattr(neuron.semantics, entry.name) != getattr(self.semantics, entry.name)
            ]
            factors = spike_charge(neuron, network.dt) / spike_charge(adopted, network.dt)
            for projection in network.projections:
                factor = factors[0 if projection.receptor == "excitatory" else 1]
                if projection.target == population.name and not np.allclose(factor, 1, rtol=1e-12):
                    projections.append(scaled_by_target(network, projection, factor))
                    changes.append(
                        f"weights of '{projection.name}' x {factor.min():.6g} to {factor.max():.6g} (same charge)"
                    )
            context.note(f"'{population.name}': {', '.join(changes) or 'as before'}")
        return network.with_populations(*populations).with_projections(*projections)
