"""APT: adaptive pruning over time (guo2020): the threshold grows from step to step, the same for all neurons."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from neurodeploy.training.plastic_layer import PlasticLayer
from neurodeploy.training.pruning.constant import THRESHOLD_HELP
from neurodeploy.training.pruning.growth import GROWTH_HELP, Growth, check_factor, grown
from neurodeploy.training.schedule import FromStartImage, check_threshold


@dataclass(frozen=True)
class AdaptiveTime(FromStartImage):
    """At pruning step k weights below f(k) are removed for good.

    guo2020's best factors: f1 1.3, f2 1.1, f3 0.01; figure 3 has an initial threshold of 0.036.
    """

    name: ClassVar[str] = "adaptive_time"
    threshold: float = field(default=0.036, metadata={"help": THRESHOLD_HELP})
    growth: Growth = field(default="f1", metadata={"help": GROWTH_HELP})
    time_factor: float = field(default=1.3, metadata={"help": "Growth from pruning step to pruning step."})

    def __post_init__(self) -> None:
        super().__post_init__()
        check_threshold(self.threshold)
        check_factor(self.growth, self.time_factor, "time_factor")

    def apply(self, layer: PlasticLayer, step: int) -> None:
        """Remove what is below this step's threshold."""
        threshold = grown(self.growth, self.threshold, self.time_factor, step, layer.weight_maximum)
        layer.remove(layer.weights < np.float32(threshold))
