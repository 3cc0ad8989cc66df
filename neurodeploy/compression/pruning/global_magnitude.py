"""The smallest weights of the whole network go: layers that matter less become sparser than others (Frankle & Carbin 2019,
section 4, prune deep networks so; Blalock et al. 2020, "What is the State of Neural Network Pruning?", compare the two)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np

from neurodeploy.compression.pruning.magnitude import SPARSITY_HELP
from neurodeploy.compression.pruning.ranking import check_sparsity, kept_count, largest, ranked
from neurodeploy.network import Weights
from neurodeploy.network.arrays import BoolArray, FloatArray


@dataclass(frozen=True)
class GlobalMagnitude:
    """Keep the ``round((1 - s) N)`` largest ``|w|`` of all chosen projections together, N being their stored weights.

    ``normalize``: divide each projection's magnitudes by their root mean square (``rms``) or their ``maximum`` first, so
    that layers whose weights are small for reasons of scale (fan-in, units) are not emptied.
    """

    name: ClassVar[str] = "global_magnitude"
    to_sparsity: float = field(default=0.5, metadata={"help": SPARSITY_HELP})
    normalize: Literal["none", "rms", "maximum"] = field(
        default="none", metadata={"help": "Divide each layer's magnitudes by this before they are compared."}
    )

    def __post_init__(self) -> None:
        check_sparsity(self.to_sparsity)

    def keep_across(self, layers: Sequence[Weights]) -> list[BoolArray]:
        """Which stored weights of each layer stay."""
        scores = [self._scores(layer.decoded(), layer.present()) for layer in layers]
        together = np.concatenate([score.ravel() for score in scores])
        kept = largest(together, kept_count(self.to_sparsity, len(together))) & (together >= 0)
        ends = np.cumsum([score.size for score in scores])[:-1]
        return [part.reshape(score.shape) for part, score in zip(np.split(kept, ends), scores, strict=True)]

    def _scores(self, weights: FloatArray, present: BoolArray) -> FloatArray:
        there = abs(weights[present])
        unit = 1.0
        if self.normalize != "none" and there.any():
            unit = float(np.sqrt(np.mean(there**2)) if self.normalize == "rms" else there.max())
        return ranked(weights / unit, present)
