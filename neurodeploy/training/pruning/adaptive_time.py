"""APT: adaptive pruning over time (guo2020): the threshold grows from step to step, the same for all neurons."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from neurodeploy.training.plastic_layer import PlasticLayer
from neurodeploy.training.pruning.constant import THRESHOLD_HELP
from neurodeploy.training.pruning.growth import (
    GROWTH_HELP,
    OWN_FACTOR,
    TIME_FACTORS,
    Growth,
    factor_help,
    grown,
    settle_factor,
)
from neurodeploy.training.schedule import FromStartImage, check_threshold


@dataclass(frozen=True)
class AdaptiveTime(FromStartImage):
    """At pruning step k weights below f(k) are removed for good.

    ``time_factor`` by default is guo2020's best for the growth; figure 3 has an initial threshold of 0.036.
    """

    name: ClassVar[str] = "adaptive_time"
    threshold: float = field(default=0.036, metadata={"help": THRESHOLD_HELP})
    growth: Growth = field(default="f1", metadata={"help": GROWTH_HELP})
    time_factor: float = field(
        default=OWN_FACTOR, metadata={"help": factor_help("pruning step to pruning step", TIME_FACTORS)}
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        check_threshold(self.threshold)
        settle_factor(self, "time_factor", TIME_FACTORS)

    def apply(self, layer: PlasticLayer, step: int) -> None:
        """Remove what is below this step's threshold."""
        threshold = grown(self.growth, self.threshold, self.time_factor, step, layer.weight_maximum)
        layer.remove(layer.weights < np.float32(threshold))
