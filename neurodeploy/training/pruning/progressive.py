"""Progressive pruning and dynamic synaptic weight reinforcement, PP + DSWR (elbez2022, equations 1 to 3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.training.plastic_layer import PlasticLayer
from neurodeploy.training.schedule import batch_ends, check_count

THRESHOLD = 0
"""Which of the layer's rule values holds T."""


@dataclass(frozen=True)
class ProgressivePruning:
    """After every batch ``T <- T + alpha C_r / C``; weights below T go for good; the others become ``W + beta T``.

    T starts at 0, so alpha is the first threshold, as the paper says; C_r of C synapses are left. Weights stay within
    [0, w_max]. ``stops``: the threshold stays when the next would exceed ``threshold_maximum`` (``below``: equation 3 and
    figure 2, where it rests at 0.28 under 0.3), or once it has crossed it (``crossing``: section 3.1).

    A shallow network has a step per 10,000 images (the default: a sixth of the training), a convolutional one per epoch.
    """

    name: ClassVar[str] = "progressive"
    alpha: float = field(default=0.05, metadata={"help": "First threshold, and its largest growth."})
    beta: float = field(default=0.1, metadata={"help": "Reinforcement of surviving weights; 0: none."})
    threshold_maximum: float = field(default=0.3, metadata={"help": "Where the threshold stops growing (theta)."})
    stops: Literal["below", "crossing"] = field(
        default="below", metadata={"help": "Whether the threshold stops before or after its maximum."}
    )
    batch_images: int = field(default=0, metadata={"help": "Images between two steps; 0: a sixth of the training."})

    def __post_init__(self) -> None:
        check_count("batch_images", self.batch_images)
        for name in ("alpha", "beta", "threshold_maximum"):
            if not 0 <= getattr(self, name) < 1:
                raise NeurodeployError("ND306", f"{name} is {getattr(self, name)}.", "Use 0 to below 1.")

    def schedule(self, total_images: int) -> tuple[int, ...]:
        """The end of every batch."""
        batch = self.batch_images or max(1, total_images // 6)
        return batch_ends(batch, batch, total_images)

    def apply(self, layer: PlasticLayer, step: int) -> None:
        """Let the threshold grow, prune, reinforce."""
        threshold = self.next_threshold(float(layer.values[THRESHOLD]), layer.connectivity)
        layer.values[THRESHOLD] = threshold
        layer.remove(layer.weights < np.float32(threshold))
        present = layer.present
        stronger = layer.weights[present] + np.float32(self.beta * threshold)
        layer.weights[present] = np.minimum(stronger, np.float32(layer.weight_maximum))

    def next_threshold(self, threshold: float, remaining: float) -> float:
        """T of the next step, ``remaining`` being C_r / C."""
        following = threshold + self.alpha * remaining
        stays = threshold >= self.threshold_maximum if self.stops == "crossing" else following > self.threshold_maximum
        return threshold if stays else following
