"""Layers of a feed-forward network of rectified linear units, as data: what both file formats are read into.

Shapes are those of one sample: ``(channels, height, width)`` or ``(features,)``; weights are float32 in torch's order.
Adding a layer: write its dataclass here, its arithmetic in ``arithmetic.py``, and name it in the readers.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TypeAlias

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.network.arrays import Array, frozen

Shape: TypeAlias = tuple[int, ...]
Pair: TypeAlias = tuple[int, int]
Padding: TypeAlias = tuple[Pair, Pair]
"""Zeros (before, after) along height and width."""

NO_PADDING: Padding = ((0, 0), (0, 0))
LARGEST_LAYER = 2**31 - 1
"""Neurons of a population are counted in int32."""


@dataclass(frozen=True, eq=False)
class Dense:
    """``y = W x + b``: weights ``(out, in)``, bias ``(out,)``."""

    name: str
    weights: Array
    bias: Array

    def __post_init__(self) -> None:
        _store(self, "weights", 2)
        _store(self, "bias", 1)

    def output_shape(self, shape: Shape) -> Shape:
        """Shape of a sample after this layer."""
        outputs, inputs = self.weights.shape
        if len(shape) != 1:
            raise misfit(self.name, f"a dense layer needs a flat input, it gets {shape}", "Flatten before it.")
        if shape[0] != inputs:
            raise misfit(self.name, f"its weights {self.weights.shape} take {inputs} inputs, it gets {shape[0]}")
        return (outputs,)


@dataclass(frozen=True, eq=False)
class Convolution:
    """Cross-correlation: weights ``(out, in / groups, height, width)``, bias ``(out,)`` or one per output ``(out, H, W)``."""

    name: str
    weights: Array
    bias: Array
    stride: Pair = (1, 1)
    padding: Padding = NO_PADDING
    dilation: Pair = (1, 1)
    groups: int = 1

    def __post_init__(self) -> None:
        _store(self, "weights", 4)
        _store(self, "bias", 1, 3)
        _check_window(self.name, self.kernel, self.stride, self.padding, self.dilation)
        if self.groups < 1 or len(self.weights) % self.groups:
            raise misfit(self.name, f"{len(self.weights)} output channels do not divide into {self.groups} groups")

    @property
    def kernel(self) -> Pair:
        """Height and width of the kernel."""
        return self.weights.shape[2], self.weights.shape[3]

    def output_shape(self, shape: Shape) -> Shape:
        """Shape of a sample after this layer."""
        channels = self.weights.shape[1] * self.groups
        if len(shape) != 3 or shape[0] != channels:
            raise misfit(
                self.name,
                f"its weights {self.weights.shape} in {self.groups} group(s) take images of {channels} channels, it gets {shape}",
            )
        return (len(self.weights), *_windows(self.name, shape, self.kernel, self.stride, self.padding, self.dilation))


@dataclass(frozen=True, eq=False)
class BatchNormalization:
    """A scale and a shift per channel (or feature), both ``(channels,)``: what batch normalisation is at inference."""

    name: str
    scale: Array
    shift: Array

    def __post_init__(self) -> None:
        _store(self, "scale", 1)
        _store(self, "shift", 1)

    @staticmethod
    def from_statistics(
        name: str, gamma: Array, beta: Array, mean: Array, variance: Array, epsilon: float
    ) -> BatchNormalization:
        """From the trained scale and shift and the running statistics (Ioffe & Szegedy 2015, algorithm 2)."""
        if not (np.asarray(variance, float) + epsilon > 0).all():
            raise misfit(name, "a variance is negative or zero")
        scale = np.asarray(gamma, float) / np.sqrt(np.asarray(variance, float) + epsilon)
        return BatchNormalization(name, _float32(scale), _float32(beta - np.asarray(mean, float) * scale))

    def output_shape(self, shape: Shape) -> Shape:
        """Shape of a sample after this layer."""
        if not shape or len(self.scale) != shape[0] or len(self.shift) != shape[0]:
            raise misfit(self.name, f"it normalises {len(self.scale)} channels, it gets {shape}")
        return shape


@dataclass(frozen=True)
class ReLU:
    """``max(x, 0)``, or with a ``ceiling`` ``min(max(x, 0), ceiling)``."""

    name: str
    ceiling: float | None = None

    def output_shape(self, shape: Shape) -> Shape:
        """Shape of a sample after this layer."""
        return shape


@dataclass(frozen=True)
class _Pool:
    name: str
    kernel: Pair
    stride: Pair
    padding: Padding = NO_PADDING

    def __post_init__(self) -> None:
        _check_window(self.name, self.kernel, self.stride, self.padding, (1, 1))

    def output_shape(self, shape: Shape) -> Shape:
        """Shape of a sample after this layer."""
        if len(shape) != 3:
            raise misfit(self.name, f"pooling needs images (channels, height, width), it gets {shape}")
        return (shape[0], *_windows(self.name, shape, self.kernel, self.stride, self.padding, (1, 1)))


@dataclass(frozen=True)
class AveragePool(_Pool):
    """Mean over windows; zeros of the padding count."""


@dataclass(frozen=True)
class MaxPool(_Pool):
    """Maximum over windows; padding never wins."""


@dataclass(frozen=True)
class Flatten:
    """Channels, rows and columns in one row, channel first."""

    name: str

    def output_shape(self, shape: Shape) -> Shape:
        """Shape of a sample after this layer."""
        return (prod(shape),)


Layer: TypeAlias = Dense | Convolution | BatchNormalization | ReLU | AveragePool | MaxPool | Flatten


@dataclass(frozen=True, eq=False)
class Ann:
    """A chain of layers and the shape of one input sample; ``origin`` names its file, ``notes`` say what was left out."""

    layers: tuple[Layer, ...]
    input_shape: Shape
    origin: str = "network"
    notes: tuple[str, ...] = ()

    def shapes(self) -> list[Shape]:
        """Shape before the first layer and after each.

        Raises:
            NeurodeployError: ND142 when a layer does not fit what comes before it.
        """
        shapes = [self.input_shape]
        for layer in self.layers:
            try:
                shapes.append(layer.output_shape(shapes[-1]))
            except NeurodeployError as error:
                raise located(error, self.origin) from None
            if prod(shapes[-1]) > LARGEST_LAYER:
                raise misfit(layer.name, f"it has {prod(shapes[-1])} outputs", f"{LARGEST_LAYER} is the limit.")
        return shapes


def misfit(name: str, what: str, hint: str = "") -> NeurodeployError:
    """The error of a layer that does not fit (ND142)."""
    return NeurodeployError("ND142", f"layer '{name}': {what}.", hint)


def located(error: NeurodeployError, origin: str) -> NeurodeployError:
    """The same error with the file it is about."""
    named = error.message if f"'{origin}'" in error.message else f"'{origin}': {error.message}"
    return NeurodeployError(error.code, named, error.hint)


def _store(layer: Dense | Convolution | BatchNormalization, field: str, *dimensions: int) -> None:
    values = _float32(getattr(layer, field))
    if values.ndim not in dimensions or not values.size:
        raise misfit(layer.name, f"its {field} have shape {values.shape}", f"{dimensions[0]} dimensions are needed.")
    if not np.isfinite(values).all():
        raise misfit(layer.name, f"{int((~np.isfinite(values)).sum())} of its {field} are NaN or infinite")
    object.__setattr__(layer, field, frozen(values))
    if field == "bias" and len(values) != len(getattr(layer, "weights")):  # noqa: B009
        raise misfit(layer.name, f"its bias has shape {values.shape}, its weights {getattr(layer, 'weights').shape}")  # noqa: B009


def _float32(values: Array) -> Array:
    with np.errstate(over="ignore"):
        return np.asarray(values).astype(np.float32)


def _check_window(name: str, kernel: Pair, stride: Pair, padding: Padding, dilation: Pair) -> None:
    if min(*kernel, *stride, *dilation) < 1:
        raise misfit(name, f"kernel {kernel}, stride {stride} and dilation {dilation} must be 1 or more")
    for extent, step, pads in zip(kernel, dilation, padding, strict=True):
        if min(pads) < 0 or max(pads) > max((extent - 1) * step, 0):
            raise misfit(
                name,
                f"its padding is {pads} on a kernel of {extent}, dilation {step}",
                "Use at least 0 and less than the kernel's extent: windows must touch the image.",
            )


def _windows(name: str, shape: Shape, kernel: Pair, stride: Pair, padding: Padding, dilation: Pair) -> Pair:
    sizes, padded = [], shape[0]
    for extent, window, step, pads, apart in zip(shape[1:], kernel, stride, padding, dilation, strict=True):
        room = extent + sum(pads) - ((window - 1) * apart + 1)
        if room < 0:
            raise misfit(name, f"its kernel {kernel} (dilation {dilation}) is larger than its input {shape}")
        sizes.append(room // step + 1)
        padded *= extent + sum(pads)
    if padded > LARGEST_LAYER:
        raise misfit(name, f"its padded input has {padded} values", f"{LARGEST_LAYER} is the limit.")
    return sizes[0], sizes[1]
