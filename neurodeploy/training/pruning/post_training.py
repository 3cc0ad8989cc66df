"""Pruning once, after the last image (guo2020's baseline "post-training"; rathi2019, figure 7, "pruning at the end")."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from neurodeploy.training.plastic_layer import PlasticLayer
from neurodeploy.training.pruning.constant import THRESHOLD_HELP
from neurodeploy.training.schedule import check_threshold


@dataclass(frozen=True)
class PostTrainingPruning:
    """At the end weights below ``threshold`` are removed; thresholds and labels then are those of the pruned network."""

    name: ClassVar[str] = "post_training"
    threshold: float = field(default=0.05, metadata={"help": THRESHOLD_HELP})

    def __post_init__(self) -> None:
        check_threshold(self.threshold)

    def schedule(self, total_images: int) -> tuple[int, ...]:
        """Only the end."""
        return (total_images,)

    def apply(self, layer: PlasticLayer, step: int) -> None:
        """Remove what is weak."""
        layer.remove(layer.weights < np.float32(self.threshold))
