"""Online pruning at a constant threshold (guo2020's baseline "online constant")."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from neurodeploy.training.plastic_layer import PlasticLayer
from neurodeploy.training.schedule import FromStartImage, check_threshold

THRESHOLD_HELP = "Weights below it go; weights are 0 to 1."


@dataclass(frozen=True)
class ConstantPruning(FromStartImage):
    """From ``start_image`` on, after every batch, weights below ``threshold`` are removed for good."""

    name: ClassVar[str] = "constant"
    threshold: float = field(default=0.05, metadata={"help": THRESHOLD_HELP})

    def __post_init__(self) -> None:
        super().__post_init__()
        check_threshold(self.threshold)

    def apply(self, layer: PlasticLayer, step: int) -> None:
        """Remove what is weak."""
        layer.remove(layer.weights < np.float32(self.threshold))
