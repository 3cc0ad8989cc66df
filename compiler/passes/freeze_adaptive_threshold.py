"""Fold a frozen adaptive threshold into the threshold of each neuron, for targets without threshold adaptation."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from neurodeploy.compiler.context import Context
from neurodeploy.network import Network, SpikingNeuron


@dataclass(frozen=True)
class FreezeAdaptiveThreshold:
    """``v_thresh <- v_thresh + theta``, ``theta <- 0``: the computation is unchanged."""

    def __call__(self, network: Network, context: Context) -> Network:
        changed = []
        for population in network.populations:
            neuron = population.neuron
            if isinstance(neuron, SpikingNeuron) and np.any(neuron.theta):
                threshold = np.asarray(neuron.v_thresh, float) + neuron.theta
                changed.append(replace(population, neuron=replace(neuron, v_thresh=threshold, theta=0.0)))
                context.note(
                    f"'{population.name}': theta of {np.min(neuron.theta):.2f} to {np.max(neuron.theta):.2f} mV "
                    "became part of each neuron's threshold (exact)"
                )
        return network.with_populations(*changed)
