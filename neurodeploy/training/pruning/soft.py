"""Soft pruning (Shi et al. 2019, as guo2020's baseline): pruned weights stay in the network and stop learning."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np

from neurodeploy.training.plastic_layer import PlasticLayer
from neurodeploy.training.pruning.constant import THRESHOLD_HELP
from neurodeploy.training.schedule import FromStartImage, check_threshold


@dataclass(frozen=True)
class SoftPruning(FromStartImage):
    """From ``start_image`` on, after every batch, weights below ``threshold`` are frozen ``at`` a value.

    ``current``: where they are (guo2020's comparison); ``lowest``: at 0. Frozen synapses go on transmitting; connectivity
    stays 100 %.
    """

    name: ClassVar[str] = "soft"
    threshold: float = field(default=0.05, metadata={"help": THRESHOLD_HELP})
    at: Literal["current", "lowest"] = field(
        default="current", metadata={"help": "Value at which pruned weights are frozen."}
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        check_threshold(self.threshold)

    def apply(self, layer: PlasticLayer, step: int) -> None:
        """Freeze what is weak and still learns."""
        weak = layer.plastic & (layer.weights < np.float32(self.threshold))
        if self.at == "lowest":
            layer.weights[weak] = 0.0
        layer.freeze(weak)
