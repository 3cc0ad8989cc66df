"""Online neuron pruning with an adaptive spike-count threshold (Guo et al. 2020, Electronics 9:1059; guo2020's "ANP").

That paper's threshold is not at hand: the one here (a reconstruction) is a share of the mean spike count of the neurons
that are left, so it follows the layer's activity, and the share grows from step to step as guo2020's f1 to f3 do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.network.arrays import BoolArray
from neurodeploy.training.plastic_layer import PlasticLayer
from neurodeploy.training.pruning.growth import GROWTH_HELP, OWN_FACTOR, Growth, factor_help, grown, settle_factor
from neurodeploy.training.schedule import CountingFromStartImage

SHARE_FACTORS: Mapping[str, float] = MappingProxyType({"f1": 1.1, "f2": 1.05, "f3": 0.03})
"""Ours: after six steps a share of 0.3 is 0.53, 0.48 and 0.48."""


@dataclass(frozen=True)
class NeuronPruning(CountingFromStartImage):
    """At pruning step k neurons that fired less than f(k) times the mean of the last batch lose all synapses."""

    name: ClassVar[str] = "neurons"
    share_of_mean: float = field(
        default=0.3, metadata={"help": "Neurons with fewer spikes than this times the mean count go."}
    )
    growth: Growth = field(default="f1", metadata={"help": GROWTH_HELP})
    time_factor: float = field(
        default=OWN_FACTOR, metadata={"help": factor_help("pruning step to pruning step", SHARE_FACTORS)}
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        settle_factor(self, "time_factor", SHARE_FACTORS)
        if not 0 <= self.share_of_mean <= 1:
            raise NeurodeployError("ND306", f"share_of_mean is {self.share_of_mean}.", "Use 0 to 1.")

    def apply(self, layer: PlasticLayer, step: int) -> None:
        """Remove the quiet neurons; step 0 starts the count."""
        if step > 0:
            share = grown(self.growth, self.share_of_mean, self.time_factor, step - 1, 1.0)
            layer.remove(np.broadcast_to(self.quiet(layer, share), layer.weights.shape))

    def quiet(self, layer: PlasticLayer, share: float) -> BoolArray:
        """Which neurons fired less than ``share`` of the mean of those that have synapses, bool ``(neurons,)``."""
        alive = layer.synapses.any(axis=1)
        mean = float(layer.spike_counts[alive].mean()) if alive.any() else 0.0
        result: BoolArray = layer.spike_counts < share * mean
        return result
