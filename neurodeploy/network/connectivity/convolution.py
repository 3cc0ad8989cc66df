"""Convolutions: one kernel shared by all positions."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar

import numpy as np

from neurodeploy.network.arrays import BoolArray, IntArray
from neurodeploy.network.connectivity.rows import Misfit, Shape, SparseRows, rows_from_synapses
from neurodeploy.network.connectivity.windows import Axis, Pair, integers, pairs, window_axes, window_problem
from neurodeploy.network.weights import Weights


@dataclass(frozen=True)
class _Convolution:
    """Cross-correlation as PyTorch defines it: ``(C_in, *spatial)`` to ``(C_out, *spatial)``, channels first.

    ``kernel``, ``stride`` and ``dilation`` have one extent per axis, ``padding`` (before, after) per axis, in zeros;
    plain integers are repeated. Weights: ``(C_out, C_in / groups, *kernel)``; a codebook belongs to the projection or
    an output channel. Output extents are rounded down.
    """

    kernel: tuple[int, ...]
    stride: tuple[int, ...] = ()
    padding: tuple[Pair, ...] = ()
    dilation: tuple[int, ...] = ()
    groups: int = 1
    axes_count: ClassVar[int]
    codebook_axis: ClassVar[int | None] = 0
    delay_per_synapse: ClassVar[bool] = True

    def __post_init__(self) -> None:
        count = self.axes_count
        object.__setattr__(self, "kernel", integers(self.kernel, count))
        object.__setattr__(self, "stride", integers(self.stride, count) or (1,) * count)
        object.__setattr__(self, "padding", pairs(self.padding, count) or ((0, 0),) * count)
        object.__setattr__(self, "dilation", integers(self.dilation, count) or (1,) * count)

    def axes(self, source: Shape) -> tuple[Axis, ...]:
        """Window geometry along each axis over an input of shape ``(C_in, *spatial)``."""
        return window_axes(source[1:], self.kernel, self.stride, self.padding, self.dilation)

    def target_shape(self, source: Shape, channels: int) -> Shape:
        """Shape of the output with ``channels`` channels."""
        return (channels, *(axis.size_out for axis in self.axes(source)))

    def misfit(self, source: Shape, target: Shape) -> Misfit | None:
        """The target must have the output's shape; groups must divide the channels."""
        count, name = self.axes_count, self.kind  # type: ignore[attr-defined]
        if len(self.kernel) != count:
            return Misfit(f"a {name} has the kernel {self.kernel}", f"give {count} extents")
        if problem := window_problem(self.kernel, self.stride, self.padding, self.dilation):
            return Misfit(problem, "mend the window")
        if len(source) != count + 1 or len(target) != count + 1:
            return Misfit(
                f"a {name} joins the shapes {source} and {target}", f"both need a channel and {count} further axes"
            )
        if self.groups < 1 or source[0] % self.groups or target[0] % self.groups:
            return Misfit(
                f"{self.groups} groups do not divide {source[0]} and {target[0]} channels", "use a common divisor"
            )
        if (expected := self.target_shape(source, target[0])) != target:
            return Misfit(
                f"its output has the shape {expected}, its target {target}", "change the target or the window"
            )
        return None

    def weights_shape(self, source: Shape, target: Shape) -> Shape:
        """Shape the stored weights must have."""
        return (target[0], source[0] // self.groups, *self.kernel)

    def fan_out(self, source: Shape, target: Shape, chosen: BoolArray) -> IntArray:
        """Number of chosen synapses (bool, in the stored shape) on each source, int64 ``(sources,)``."""
        y, x = self.planar(source)
        channels_out, channels_in = target[0] // self.groups, source[0] // self.groups
        kernels = chosen.reshape(self.groups, channels_out, channels_in, y.kernel, x.kernel).sum(axis=1, dtype=np.int64)
        meets = []
        for axis in (y, x):  # how many windows place kernel position k on input position i
            position, kernel, _ = axis.steps()
            table = np.zeros((axis.size_in, axis.kernel), np.int64)
            np.add.at(table, (position, kernel), 1)
            meets.append(table)
        counts: IntArray = np.einsum("gcyx,iy,jx->gcij", kernels, *meets, optimize=True)
        return counts.ravel()

    def expand(self, source: Shape, target: Shape, weights: Weights) -> SparseRows:
        """Present synapses as sparse rows: memory grows with the synapses, not with the kernel."""
        y, x = self.planar(source)
        iy, ky, oy = (part[:, None] for part in y.steps())
        ix, kx, ox = (part[None, :] for part in x.steps())
        channel_in = source[0] // self.groups
        out = np.arange(target[0])[:, None, None, None]
        within = np.arange(channel_in)[None, :, None, None]
        into = within + out // (target[0] // self.groups) * channel_in
        stored = ((out * channel_in + within) * y.kernel + ky) * x.kernel + kx
        sources = (into * y.size_in + iy) * x.size_in + ix
        targets = (out * y.size_out + oy) * x.size_out + ox
        shape = np.broadcast_shapes(stored.shape, sources.shape, targets.shape)
        kept = np.broadcast_to(weights.present().ravel()[stored], shape)
        stored, sources, targets = (np.broadcast_to(part, shape)[kept] for part in (stored, sources, targets))
        return rows_from_synapses(prod(source), sources, targets, stored, weights.decoded().ravel()[stored])

    def planar(self, source: Shape) -> tuple[Axis, Axis]:
        """Geometry along (y, x); a one-dimensional convolution is a planar one of height 1."""
        axes = self.axes(source)
        return (Axis(1, 1, 1, 1, 0, 0, 1), axes[0]) if len(axes) == 1 else (axes[0], axes[1])


@dataclass(frozen=True)
class Convolution1d(_Convolution):
    """Convolution along one axis; populations have the shape ``(channels, length)``."""

    kind: ClassVar[str] = "convolution1d"
    axes_count: ClassVar[int] = 1


@dataclass(frozen=True)
class Convolution2d(_Convolution):
    """Convolution over an image; populations have the shape ``(channels, height, width)``."""

    kind: ClassVar[str] = "convolution2d"
    axes_count: ClassVar[int] = 2
