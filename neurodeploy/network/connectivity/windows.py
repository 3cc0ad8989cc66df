"""Geometry of sliding windows, shared by convolution and pooling. Layout: channels first, then up to two axes."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np

from neurodeploy.network.arrays import IntArray

Pair: TypeAlias = tuple[int, int]


class Axis(NamedTuple):
    """Windows along one axis: extents of input and output, and how a window is laid."""

    size_in: int
    size_out: int
    kernel: int
    stride: int
    before: int
    after: int
    dilation: int

    def steps(self) -> tuple[IntArray, IntArray, IntArray]:
        """Every (input position, kernel position, output position) that meet, each int64."""
        kernel, output = np.meshgrid(np.arange(self.kernel), np.arange(self.size_out), indexing="ij")
        position = output * self.stride - self.before + kernel * self.dilation
        valid = (position >= 0) & (position < self.size_in)
        return position[valid], kernel[valid], output[valid]


def window_axes(
    spatial_in: tuple[int, ...], kernel: tuple[int, ...], stride: tuple[int, ...], padding: tuple[Pair, ...],
    dilation: tuple[int, ...],
) -> tuple[Axis, ...]:  # fmt: skip
    """The axes of a window sliding over an input; output extents are rounded down, as PyTorch does."""
    axes = []
    for size, k, s, (before, after), d in zip(spatial_in, kernel, stride, padding, dilation, strict=True):
        axes.append(Axis(size, (size + before + after - d * (k - 1) - 1) // s + 1, k, s, before, after, d))
    return tuple(axes)


def integers(values: object, count: int | None = None) -> tuple[int, ...]:
    """A tuple of plain integers from one integer (repeated ``count`` times) or a sequence."""
    if isinstance(values, int | np.integer):
        return (int(values),) * (count or 1)
    return tuple(int(value) for value in values)  # type: ignore[attr-defined]


def pairs(values: object, count: int) -> tuple[Pair, ...]:
    """Padding as (before, after) for each axis, from one integer, one per axis, or pairs."""
    if isinstance(values, int | np.integer):
        return ((int(values), int(values)),) * count
    result = []
    for value in values:  # type: ignore[attr-defined]
        before, after = (value, value) if isinstance(value, int | np.integer) else value
        result.append((int(before), int(after)))
    return tuple(result)


def window_problem(
    kernel: tuple[int, ...], stride: tuple[int, ...], padding: tuple[Pair, ...], dilation: tuple[int, ...]
) -> str | None:
    """What is wrong with the numbers of a window, or None."""
    if not len(kernel) == len(stride) == len(padding) == len(dilation):
        return f"kernel {kernel}, stride {stride}, padding {padding} and dilation {dilation} differ in length"
    if min((*kernel, *stride, *dilation)) < 1 or min((extent for pair in padding for extent in pair), default=0) < 0:
        return f"kernel {kernel}, stride {stride}, dilation {dilation} must be >= 1 and padding {padding} >= 0"
    return None
