"""Neuron circuits behind the arrays: as trained, or with the leak, the offsets and the thresholds of real circuits.

A circuit computes the equations of the network's neurons; what a real one adds are changed parameters of the same equations, so
that every simulator runs it. The firing threshold is counted from the reset: ``v_thresh - v_reset``.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.network import IF, LIF, ConductanceLIF, Network, Population, SpikeSource
from neurodeploy.network.arrays import FloatArray
from neurodeploy.targets.crossbar.parameters import require_not_negative
from neurodeploy.targets.crossbar.randomness import generator


@dataclass(frozen=True)
class NeuronCircuits:
    """``threshold_variation`` and ``offset_variation``: standard deviations, as shares of the firing threshold; the offset is
    what drifts into a membrane in each step, and is drawn once for each circuit. ``leak_ms``: time constant of circuits that
    should not leak (0: they do not); other neurons keep their own.
    """

    threshold_variation: float = 0.0
    offset_variation: float = 0.0
    leak_ms: float = 0.0

    def __post_init__(self) -> None:
        require_not_negative(
            self, threshold_variation=self.threshold_variation, offset_variation=self.offset_variation, leak_ms=self.leak_ms
        )  # fmt: skip

    @property
    def ideal(self) -> bool:
        """Whether circuits are as trained."""
        return not (self.threshold_variation or self.offset_variation or self.leak_ms)

    def check(self, network: Network) -> None:
        """Refuse a network in which some neurons are no such circuits (ND434); ideal ones can be any."""
        for population in network.populations:
            integrates_and_fires = isinstance(population.neuron, SpikeSource | IF | LIF | ConductanceLIF)
            if not self.ideal and not integrates_and_fires:
                raise NeurodeployError(
                    "ND434",
                    f"Population '{population.name}': its neurons ({population.neuron.kind.replace('_', ' ')}) do not integrate "
                    "and fire: there is no circuit whose threshold, offset or leak could vary.",
                    "Leave out --threshold-variation, --offset-variation and --circuit-leak-ms.",
                )

    def apply(self, network: Network, seed: int) -> Network:
        """The network with the circuits of one chip; errors as for :meth:`check`."""
        if self.ideal:
            return network
        self.check(network)
        return network.with_populations(
            *(
                self._circuit(network, population, seed, index)
                for index, population in enumerate(network.populations)
                if not isinstance(population.neuron, SpikeSource)
            )
        )

    def _circuit(self, network: Network, population: Population, seed: int, index: int) -> Population:
        neuron = population.neuron
        assert isinstance(neuron, IF | LIF | ConductanceLIF)
        size, zero = population.size, np.zeros(population.size)
        threshold: FloatArray = zero + neuron.v_thresh
        height = threshold + neuron.theta - neuron.v_reset
        if self.threshold_variation:
            draws = generator(seed, "firing threshold", index).standard_normal(size)
            threshold = threshold + height * np.maximum(self.threshold_variation * draws, -0.99)
            neuron = replace(neuron, v_thresh=threshold)
        if self.offset_variation:
            draws = generator(seed, "offset of the circuit", index).standard_normal(size)
            drift = self.offset_variation * height * draws  # mV per step
            neuron = replace(neuron, i_offset=zero + neuron.i_offset + drift * neuron.cm / network.dt)
        if self.leak_ms and isinstance(neuron, IF):
            shared = {item.name: getattr(neuron, item.name) for item in fields(neuron)}
            neuron = LIF(tau_m=self.leak_ms, v_rest=neuron.v_init, **shared)
        return replace(population, neuron=neuron)
