"""Batch normalisation folded into the layers beside it, exactly.

At inference it is an affine map per channel, so it disappears into the weights and bias of the linear layer before it
(Rueckauer et al. 2017, section 2.2.2) or, where a nonlinearity stands between, of the linear layer behind it. A shift in
front of a *padded* convolution is not the same everywhere, as the padding's zeros are not shifted: there the bias
becomes one value per output, which is exact too. Beside no linear layer, it becomes a diagonal one of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from neurodeploy.ann.arithmetic import apply
from neurodeploy.ann.layers import (
    Ann,
    AveragePool,
    BatchNormalization,
    Convolution,
    Dense,
    Flatten,
    Layer,
    MaxPool,
    ReLU,
)
from neurodeploy.errors import NeurodeployError
from neurodeploy.network.arrays import Array, FloatArray


@dataclass(frozen=True, eq=False)
class _Affine:
    """``scale * x + shift`` element by element, both in the shape of a sample; the scale is one per channel."""

    name: str
    scale: FloatArray
    shift: FloatArray


def fold(ann: Ann) -> Ann:
    """The same function without batch normalisation; a ReLU stands before a max pooling, and once.

    Raises:
        NeurodeployError: ND142 when the layers do not fit each other.
    """
    result: list[Layer] = []
    pending: _Affine | None = None
    for layer, shape in zip(ann.layers, ann.shapes(), strict=False):
        if isinstance(layer, BatchNormalization):
            if pending is None and result and isinstance(result[-1], Dense | Convolution):
                result[-1] = _scaled_output(result[-1], layer)
            else:
                pending = _composed(pending, layer, shape)
        elif pending is None:
            result.append(layer)
        elif isinstance(layer, Dense | Convolution):
            result.append(_scaled_input(layer, pending))
            pending = None
        elif isinstance(layer, AveragePool | Flatten):
            result.append(layer)
            pending = _moved(pending, layer)
        else:
            result += [_diagonal(pending), layer]
            pending = None
    if pending is not None:
        result.append(_diagonal(pending))
    folded = replace(ann, layers=tuple(_relu_early(result)))
    folded.shapes()
    return folded


def normalised_input(ann: Ann, mean: tuple[float, ...] = (0.0,), std: tuple[float, ...] = (1.0,)) -> Ann:
    """A network that takes pixels from 0 to 1, of one trained on ``(pixel - mean) / std``; one number or one per channel.

    Raises:
        NeurodeployError: ND240 when the numbers do not fit the channels, or a deviation is not positive.
    """
    channels = ann.input_shape[0]
    if {len(mean), len(std)} - {1, channels} or not np.isfinite([*mean, *std]).all() or min(std) <= 0:
        raise NeurodeployError(
            "ND240",
            f"The input's normalisation has mean {mean} and deviation {std}.",
            f"Give one number, or {channels} (one per channel); deviations above 0.",
        )
    if not any(mean) and all(value == 1 for value in std):
        return ann
    zeros, ones = np.zeros(channels), np.ones(channels)
    wide_mean, variance = zeros + np.asarray(mean, float), zeros + np.asarray(std, float) ** 2
    layer = BatchNormalization.from_statistics("input normalisation", ones, zeros, wide_mean, variance, 0.0)
    return replace(ann, layers=(layer, *ann.layers))


def _scaled_output(layer: Dense | Convolution, norm: BatchNormalization) -> Dense | Convolution:
    """``layer`` with ``norm`` behind it."""
    bias = _per_channel(norm.scale, layer.bias.ndim) * layer.bias + _per_channel(norm.shift, layer.bias.ndim)
    return replace(layer, weights=_per_channel(norm.scale, layer.weights.ndim) * layer.weights, bias=bias)


def _scaled_input(layer: Dense | Convolution, before: _Affine) -> Dense | Convolution:
    """``layer`` with ``before`` in front of it."""
    linear = replace(layer, bias=np.zeros(len(layer.weights)))
    moved = apply(linear, before.shift[np.newaxis])[0]
    if isinstance(layer, Dense):
        return replace(layer, weights=layer.weights * before.scale, bias=layer.bias + moved)
    scale = before.scale[:, 0, 0].reshape(layer.groups, 1, -1, 1, 1)
    weights = layer.weights.reshape(layer.groups, -1, *layer.weights.shape[1:]) * scale
    bias = layer.bias.reshape(*layer.bias.shape, *(1,) * (3 - layer.bias.ndim)) + moved
    return replace(layer, weights=weights.reshape(layer.weights.shape), bias=_narrowed(bias))


def _composed(before: _Affine | None, norm: BatchNormalization, shape: tuple[int, ...]) -> _Affine:
    scale, shift = (_per_channel(values, len(shape)) for values in (norm.scale, norm.shift))
    ones, zeros = np.ones(shape), np.zeros(shape)
    if before is not None:
        ones, zeros = before.scale, before.shift
    return _Affine(norm.name, ones * scale, zeros * scale + shift)


def _moved(before: _Affine, layer: AveragePool | Flatten) -> _Affine:
    """``before`` taken behind a linear layer: a scale per channel stays, the shift goes through it (padding included)."""
    shift = apply(layer, before.shift[np.newaxis])[0].astype(np.float64)
    if isinstance(layer, Flatten):
        return replace(before, scale=before.scale.ravel(), shift=shift)
    return replace(before, scale=np.broadcast_to(before.scale[:, :1, :1], shift.shape), shift=shift)


def _diagonal(affine: _Affine) -> Dense | Convolution:
    """An affine map as a layer: a diagonal matrix, or a depthwise convolution with a kernel of 1."""
    if affine.scale.ndim == 1:
        return Dense(affine.name, np.diag(affine.scale), affine.shift)
    weights = affine.scale[:, :1, :1, np.newaxis]
    return Convolution(affine.name, weights, _narrowed(affine.shift), groups=len(weights))


def _narrowed(bias: FloatArray) -> FloatArray:
    """One bias per channel where it is the same at every place."""
    return bias[:, 0, 0] if np.allclose(bias, bias[:, :1, :1], rtol=1e-9, atol=1e-9 * np.abs(bias).max()) else bias


def _per_channel(values: Array, dimensions: int) -> FloatArray:
    return values.astype(np.float64).reshape(-1, *(1,) * (dimensions - 1))


def _relu_early(layers: list[Layer]) -> list[Layer]:
    """ReLU in front of max pooling and flattening (they commute), and only one where two follow each other."""
    result: list[Layer] = []
    for layer in layers:
        place = len(result)
        if isinstance(layer, ReLU):
            while place and isinstance(result[place - 1], MaxPool | Flatten):
                place -= 1
            before = result[place - 1] if place else None
            if isinstance(before, ReLU):
                ceilings = [relu.ceiling for relu in (before, layer) if relu.ceiling is not None]
                result[place - 1] = replace(before, ceiling=min(ceilings, default=None))
                continue
        result.insert(place, layer)
    return result
