"""oh2019's pruning (section 3): weights below the threshold are set to the minimum value and stay in learning."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.training.plastic_layer import PlasticLayer
from neurodeploy.training.pruning.constant import THRESHOLD_HELP
from neurodeploy.training.schedule import AfterLearningBatches, check_threshold

AT_MINIMUM = 0
"""Which of the layer's rule values holds how many synapses the last step set to the minimum."""


@dataclass(frozen=True)
class ToMinimum(AfterLearningBatches):
    """Prune, retrain, prune: after each batch weights below ``threshold`` become ``minimum``; no synapse is removed.

    The minimum is what a device's lowest state conducts, relative to the largest weight.
    """

    name: ClassVar[str] = "to_minimum"
    threshold: float = field(default=0.15, metadata={"help": THRESHOLD_HELP})
    minimum: float = field(default=0.0, metadata={"help": "Weight that pruned synapses take."})

    def __post_init__(self) -> None:
        super().__post_init__()
        check_threshold(self.threshold)
        if not 0 <= self.minimum <= self.threshold:
            raise NeurodeployError("ND306", f"minimum is {self.minimum}.", "Use 0 up to the threshold.")

    def apply(self, layer: PlasticLayer, step: int) -> None:
        """Set what is weak to the minimum, and remember how many that are."""
        weak = layer.plastic & (layer.weights < np.float32(self.threshold))
        layer.weights[weak] = np.float32(self.minimum)
        layer.values[AT_MINIMUM] = np.count_nonzero(weak)
