"""Applying a quantizer to a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any, ClassVar, Protocol

import numpy as np

from neurodeploy.compression.calibration import Calibration
from neurodeploy.compression.selection import select_projections
from neurodeploy.network import Network, Weights, validate
from neurodeploy.network.arrays import Array, BoolArray, FloatArray
from neurodeploy.network.history import with_step


class Quantizer(Protocol):
    """Maps weights to codes and levels."""

    name: ClassVar[str]

    def share(
        self, weights: FloatArray, present: BoolArray, axis: int | None = None, importance: FloatArray | None = None
    ) -> tuple[Array, FloatArray]:
        """Codes (unsigned integers, the weights' shape) and the codebook, whose level 0 is the weight 0.

        ``axis`` of the stored weights along which there may be a codebook each (None: only one for all);
        ``importance`` > 0 of each weight's error, broadcast to the weights' shape (None: all alike).
        """
        ...


def quantize(
    network: Network, quantizer: Quantizer, projections: Sequence[str] | None = None, *,
    calibration: Calibration | None = None,
) -> Network:  # fmt: skip
    """Replace the weights of projections by codes into a few levels; the mask is kept.

    ``calibration``: what the network's neurons do on sample data; a weight's error then counts as often as its source
    spikes.

    Raises:
        NeurodeployError: ND202 for an unknown projection, ND205 when a projection has no synapse left.
    """
    changed, record = [], []
    options: dict[str, Any] = asdict(quantizer)  # type: ignore[call-overload]
    chosen, left_alone = select_projections(network, projections)
    for projection in chosen:
        before, present = projection.weights.decoded(), projection.weights.present()
        importance = None if calibration is None else calibration.importance(network, projection)
        axis = projection.connectivity.codebook_axis
        codes, levels = quantizer.share(before, present, axis, importance)
        weights = Weights(None, codes, levels, projection.weights.mask, -1 if axis is None else axis)
        record.append({"projection": projection.name, **_losses(before[present], weights, present)})
        changed.append(replace(projection, weights=weights))
    entry: dict[str, Any] = {"step": "quantize", "rule": quantizer.name, "options": options, "weights": record}
    if calibration is not None:
        entry["calibration"] = calibration.provenance()
    if left_alone:
        entry["left_alone"] = left_alone
    quantized = network.with_projections(*changed)
    quantized = with_step(quantized, entry)
    return validate(quantized.as_stage("quantized", network))


def _losses(before: FloatArray, weights: Weights, present: BoolArray) -> dict[str, Any]:
    """What became of the weights ``before``, ``(synapses,)``: error, and those that became 0 or were clipped.

    Clipped: beyond the outermost level of its codebook by more than half its distance to the next one.
    """
    assert weights.levels is not None
    after, levels = weights.decoded()[present], weights.levels
    scale = float(np.sqrt(np.mean(before**2)))
    ordered = np.sort(np.atleast_2d(levels), axis=1)
    low = ordered[:, 0] - (ordered[:, 1] - ordered[:, 0]) / 2
    high = ordered[:, -1] + (ordered[:, -1] - ordered[:, -2]) / 2
    if levels.ndim == 2:
        along = [-1 if i == weights.level_axis % present.ndim else 1 for i in range(present.ndim)]
        low, high = (np.broadcast_to(end.reshape(along), present.shape)[present] for end in (low, high))
    return {
        "levels": int(levels.shape[-1]),
        "codebooks": len(np.atleast_2d(levels)),
        "relative_rms_error": float(np.sqrt(np.mean((after - before) ** 2))) / scale if scale else 0.0,
        "became_zero": int(((after == 0) & (before != 0)).sum()),
        "clipped": int(((before < low) | (before > high)).sum()),
    }
