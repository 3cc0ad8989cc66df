"""Reset at once instead of at the next step, with a step of refractoriness in its place."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from neurodeploy.compiler.context import Context
from neurodeploy.compiler.passes.membrane import parameter
from neurodeploy.network import Network, SpikingNeuron


@dataclass(frozen=True)
class ConvertLateResets:
    """A reset to a value at the next step (snnTorch's ``reset_delay``) becomes one at once; the spikes are the same.

    Reset late, the neuron spends the step after a spike being set to ``v_reset``, deaf to its input. Reset at once and
    refractory for one step (at least), it spends that step at ``v_reset``, equally deaf. Resets by subtraction cannot be
    moved, since v decays in between: they are left alone.
    """

    def __call__(self, network: Network, context: Context) -> Network:
        changed = []
        for population in network.populations:
            neuron = population.neuron
            if not isinstance(neuron, SpikingNeuron) or neuron.semantics.reset_timing == "same_step":
                continue
            if neuron.reset == "subtraction":
                continue
            semantics = replace(neuron.semantics, reset_timing="same_step")
            pause = neuron.tau_refrac
            if neuron.reset == "value":
                pause = parameter(np.maximum(np.asarray(pause, float), network.dt))
            changed.append(replace(population, neuron=replace(neuron, tau_refrac=pause, semantics=semantics)))
            context.note(
                f"'{population.name}': its reset at the next step became one at once, with at least {network.dt:g} ms of "
                "refractoriness (the same spikes)"
            )
        return network.with_populations(*changed)
