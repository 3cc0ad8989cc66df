"""Stand in for neurons without leak by neurons with a very slow one, for targets that have no others."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from math import exp

import numpy as np

from neurodeploy.compiler.context import Context
from neurodeploy.compiler.passes.membrane import current_factor, decay_factor, parameter
from neurodeploy.network import IF, LIF, Network


@dataclass(frozen=True)
class ApproximateMissingLeak:
    """``IF`` becomes ``LIF`` with ``tau_m`` of ``leak_steps`` time steps towards its reset potential: not exact.

    cm is chosen so that a current, a bias and a synapse move v in one step as before; what differs is the leak, at most
    ``1 - exp(-steps / leak_steps)`` of a potential that is kept for ``steps``.
    """

    leak_steps: int = 1000

    def __call__(self, network: Network, context: Context) -> Network:
        changed = []
        for population in network.populations:
            neuron = population.neuron
            if not isinstance(neuron, IF):
                continue
            shared = {entry.name: getattr(neuron, entry.name) for entry in fields(IF)}
            leaky = LIF(**shared, tau_m=self.leak_steps * network.dt, v_rest=neuron.v_reset)
            keep = current_factor(leaky, network.dt) / current_factor(neuron, network.dt)
            leaky = replace(leaky, cm=parameter(np.asarray(neuron.cm, float) * keep))
            changed.append(replace(population, neuron=leaky))
            lost = 1 - float(decay_factor(leaky, network.dt)[0])
            note = f"'{population.name}': no leak became tau_m = {leaky.tau_m:g} ms, {lost:.2%} of v in each step"
            if network.encoder is not None:
                steps = network.encoder.steps
                note += f", at most {1 - exp(-steps / self.leak_steps):.1%} in a presentation of {steps} steps"
            context.note(f"{note} (not exact)")
        return network.with_populations(*changed)
