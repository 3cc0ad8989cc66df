"""APN: adaptive pruning over neurons (guo2020): groups of neurons that fire more have higher thresholds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from neurodeploy.network.arrays import FloatArray
from neurodeploy.training.plastic_layer import PlasticLayer
from neurodeploy.training.pruning.constant import THRESHOLD_HELP
from neurodeploy.training.pruning.growth import (
    GROWTH_HELP,
    NEURON_FACTORS,
    OWN_FACTOR,
    Growth,
    factor_help,
    grown,
    settle_factor,
)
from neurodeploy.training.pruning.spike_groups import (
    COUNT_HELP,
    INTERVAL_HELP,
    CountPer,
    check_interval,
    layer_groups,
)
from neurodeploy.training.schedule import CountingFromStartImage, check_threshold

LARGEST_GROUPS = 0
"""Which of the layer's rule values holds the largest number of groups so far."""


@dataclass(frozen=True)
class AdaptiveNeurons(CountingFromStartImage):
    """At each pruning step weights below f(n) are removed for good, n being the group of their neuron.

    ``neuron_factor`` by default is guo2020's best for the growth.
    """

    name: ClassVar[str] = "adaptive_neurons"
    threshold: float = field(default=0.036, metadata={"help": THRESHOLD_HELP})
    growth: Growth = field(default="f1", metadata={"help": GROWTH_HELP})
    neuron_factor: float = field(
        default=OWN_FACTOR, metadata={"help": factor_help("group to group of neurons", NEURON_FACTORS)}
    )
    spike_interval: float = field(default=30.0, metadata={"help": INTERVAL_HELP})
    spike_count: CountPer = field(default="batch", metadata={"help": COUNT_HELP})

    def __post_init__(self) -> None:
        super().__post_init__()
        check_threshold(self.threshold)
        settle_factor(self, "neuron_factor", NEURON_FACTORS)
        check_interval(self.spike_interval)

    def apply(self, layer: PlasticLayer, step: int) -> None:
        """Remove what is below its neuron's threshold; step 0 starts the count."""
        if step > 0:
            layer.remove(layer.weights < self.thresholds(layer, self.threshold).astype(np.float32))

    def thresholds(self, layer: PlasticLayer, initial: float) -> FloatArray:
        """Threshold of each neuron, float64 ``(neurons,)``; group 0 has ``initial``."""
        groups = layer_groups(layer, self.spike_interval, self.spike_count)
        layer.values[LARGEST_GROUPS] = max(layer.values[LARGEST_GROUPS], groups.max() + 1)
        by_group = [
            grown(self.growth, initial, self.neuron_factor, group, layer.weight_maximum)
            for group in range(int(groups.max()) + 1)
        ]
        return np.array(by_group)[groups]
