"""A quantizer at intervals of a training (rathi2019, section III-B)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from neurodeploy.compression.quantization import Quantizer
from neurodeploy.network import Weights
from neurodeploy.options import option_fields
from neurodeploy.training.plastic_layer import PlasticLayer
from neurodeploy.training.quantization.moments import QuantizationMoments


@dataclass(frozen=True)
class QuantizationWhileTraining:
    """At its ``moments`` the quantizer shares the weights above 0; those at 0 (not critical) stay, and stay plastic.

    Frozen weights keep their values. Between two moments the others learn on from their shared values.
    """

    quantizer: Quantizer
    moments: QuantizationMoments = field(default_factory=QuantizationMoments)

    @property
    def name(self) -> str:
        """The quantizer's."""
        return self.quantizer.name

    def options(self) -> dict[str, Any]:
        """All options of both by name."""
        return {
            o.name: getattr(part, o.name) for part in (self.quantizer, self.moments) for o in option_fields(type(part))
        }

    def schedule(self, total_images: int) -> tuple[int, ...]:
        """Image counts after which weights are quantized; the last is ``total_images``."""
        return self.moments.schedule(total_images)

    def apply(self, layer: PlasticLayer, step: int) -> None:
        """Replace the layer's positive weights by their levels."""
        critical = layer.plastic & (layer.weights > 0)
        if not critical.any():
            return
        codes, levels = self.quantizer.share(layer.weights.astype(np.float64), critical, -1)
        layer.weights[critical] = Weights(None, codes, levels, critical).decoded()[critical].astype(np.float32)
