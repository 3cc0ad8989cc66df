"""A network that is sparse from the start, at random (rathi2019, figure 7, "initial sparsity")."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.training.plastic_layer import PlasticLayer

STREAM = 0x52
"""Of the counter-based random numbers, beside the trainers' own."""


@dataclass(frozen=True)
class RandomConnectivity:
    """Before the first image all synapses but a share ``to_connectivity`` are removed, by the training's seed."""

    name: ClassVar[str] = "random"
    to_connectivity: float = field(default=0.25, metadata={"help": "Share of the synapses that exist from the start."})

    def __post_init__(self) -> None:
        if not 0 < self.to_connectivity <= 1:
            raise NeurodeployError(
                "ND306", f"to_connectivity is {self.to_connectivity}.", "Use more than 0, at most 1."
            )

    def schedule(self, total_images: int) -> tuple[int, ...]:
        """Only before the first image."""
        return (0,)

    def apply(self, layer: PlasticLayer, step: int) -> None:
        """Keep the ``round(c N)`` synapses with the smallest random numbers."""
        drawn = np.random.Generator(np.random.Philox(key=[layer.seed, STREAM])).random(layer.weights.shape)
        kept = np.argsort(drawn, axis=None, kind="stable")[: round(self.to_connectivity * drawn.size)]
        gone = np.ones(drawn.size, bool)
        gone[kept] = False
        layer.remove(gone.reshape(drawn.shape))
