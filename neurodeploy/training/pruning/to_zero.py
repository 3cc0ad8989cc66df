"""rathi2019's pruning (section III-A): weights below the threshold become 0 and stay plastic until the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from neurodeploy.training.plastic_layer import PlasticLayer
from neurodeploy.training.pruning.constant import THRESHOLD_HELP
from neurodeploy.training.schedule import AfterLearningBatches, check_threshold


@dataclass(frozen=True)
class ToZero(AfterLearningBatches):
    """After each batch weights below ``threshold`` become 0, from where they may come back.

    At the very end synapses that are not critical are removed for good. rathi2019: 0.15 (MNIST), 0.10 (Caltech-101).
    """

    name: ClassVar[str] = "to_zero"
    threshold: float = field(default=0.15, metadata={"help": THRESHOLD_HELP})

    def __post_init__(self) -> None:
        super().__post_init__()
        check_threshold(self.threshold)

    def apply(self, layer: PlasticLayer, step: int) -> None:
        """Set what is weak to 0; at the end remove it."""
        weak = layer.weights < np.float32(self.threshold)
        if layer.is_last:
            layer.remove(weak | (layer.weights == 0))
        else:
            layer.weights[weak] = 0.0
