"""APTN: adaptive pruning over time and neurons (guo2020, algorithm 1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from neurodeploy.training.plastic_layer import PlasticLayer
from neurodeploy.training.pruning.adaptive_neurons import AdaptiveNeurons
from neurodeploy.training.pruning.growth import OWN_FACTOR, TIME_FACTORS, factor_help, grown, settle_factor


@dataclass(frozen=True)
class AdaptiveTimeNeurons(AdaptiveNeurons):
    """At pruning step k the global threshold is f_T(k); from it on group n of neurons has f_N(n).

    Both functions are ``growth``. guo2020: time factor 1.3 (100 neurons) or 1.2 (800), neuron factor 1.15.
    """

    name: ClassVar[str] = "adaptive_time_neurons"
    time_factor: float = field(
        default=OWN_FACTOR, metadata={"help": factor_help("pruning step to pruning step", TIME_FACTORS)}
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        settle_factor(self, "time_factor", TIME_FACTORS)

    def apply(self, layer: PlasticLayer, step: int) -> None:
        """Remove what is below its neuron's threshold; step 0 starts the count of spikes."""
        if step > 0:
            initial = grown(self.growth, self.threshold, self.time_factor, step - 1, layer.weight_maximum)
            layer.remove(layer.weights < self.thresholds(layer, initial).astype(np.float32))
