"""Quantizers: each file has one frozen dataclass with ``name``, its options as fields, and ``share``.

Adding one: write its file beside its siblings and name its class in :data:`QUANTIZERS`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any, ClassVar, Protocol

import numpy as np

from neurodeploy.compression.quantization.weight_sharing import WeightSharing
from neurodeploy.compression.selection import selected_projections
from neurodeploy.network import Network, Weights, validate
from neurodeploy.network.arrays import Array, BoolArray, FloatArray


class Quantizer(Protocol):
    """Maps weights to codes and levels."""

    name: ClassVar[str]

    def share(self, weights: FloatArray, present: BoolArray) -> tuple[Array, FloatArray]:
        """Codes (unsigned integers, the weights' shape) and the codebook, whose level 0 is the weight 0."""
        ...


QUANTIZERS: dict[str, type[Any]] = {quantizer.name: quantizer for quantizer in (WeightSharing,)}


def quantize(network: Network, quantizer: Quantizer, projections: Sequence[str] | None = None) -> Network:
    """Replace the weights of projections by codes into a few levels; the mask is kept.

    Raises:
        NeurodeployError: ND202 for an unknown projection, ND205 when a projection has no synapse left.
    """
    changed, record = [], []
    options: dict[str, Any] = asdict(quantizer)  # type: ignore[call-overload]
    for projection in selected_projections(network, projections):
        before, present = projection.weights.decoded(), projection.weights.present()
        codes, levels = quantizer.share(before, present)
        weights = Weights(codes=codes, levels=levels, mask=projection.weights.mask)
        error = weights.decoded() - before
        scale = float(np.sqrt(np.mean(before[present] ** 2)))
        record.append({
            "projection": projection.name,
            "levels": int(levels.shape[-1]),
            "relative_rms_error": float(np.sqrt(np.mean(error[present] ** 2))) / scale if scale else 0.0,
        })  # fmt: skip
        changed.append(replace(projection, weights=weights))
    entry = {"step": "quantize", "rule": quantizer.name, "options": options, "weights": record}
    quantized = network.with_projections(*changed)
    quantized = quantized.with_metadata(history=[*network.metadata.get("history", []), entry])
    return validate(quantized.as_stage("quantized", network))
