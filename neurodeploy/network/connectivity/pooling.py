"""Pooling: each channel on its own, a window becomes one value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import ClassVar, Literal

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.network.arrays import BoolArray, IntArray
from neurodeploy.network.connectivity.rows import Misfit, Shape, SparseRows, rows_from_synapses
from neurodeploy.network.connectivity.windows import Axis, Pair, integers, pairs, window_axes, window_problem
from neurodeploy.network.weights import Weights


@dataclass(frozen=True)
class Pooling2d:
    """Pooling over images: ``(C, height, width)`` to ``(C, height, width)``, output extents rounded down.

    ``function``: ``sum`` or ``average`` of the window (the average divides by the window's area, zeros of the padding
    included, as PyTorch and NIR do), or ``max``: on spikes, whether any neuron in the window spiked. ``stride``
    defaults to the kernel. The result is multiplied by one stored weight of shape ``(1,)``, normally 1.
    """

    kernel: tuple[int, int]
    function: Literal["sum", "average", "max"] = "sum"
    stride: tuple[int, ...] = ()
    padding: tuple[Pair, ...] = ()
    kind: ClassVar[str] = "pooling2d"
    codebook_axis: ClassVar[int | None] = None
    delay_per_synapse: ClassVar[bool] = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "kernel", integers(self.kernel, 2))
        object.__setattr__(self, "stride", integers(self.stride, 2) or self.kernel)
        object.__setattr__(self, "padding", pairs(self.padding, 2) or ((0, 0), (0, 0)))

    def axes(self, source: Shape) -> tuple[Axis, Axis]:
        """Window geometry along (y, x) over an input of shape ``(C, height, width)``."""
        y, x = window_axes(source[1:], self.kernel, self.stride, self.padding, (1, 1))
        return y, x

    def target_shape(self, source: Shape) -> Shape:
        """Shape of the output."""
        return (source[0], *(axis.size_out for axis in self.axes(source)))

    @property
    def factor(self) -> float:
        """What each member of the window counts."""
        return 1.0 / prod(self.kernel) if self.function == "average" else 1.0

    def windows(self) -> Pooling2d:
        """The same windows with every member counted: who takes part, also for a maximum, as synapses can say it."""
        return replace(self, function="sum") if self.function == "max" else self

    def misfit(self, source: Shape, target: Shape) -> Misfit | None:
        """The target must have the output's shape."""
        if self.function not in ("sum", "average", "max"):
            return Misfit(f"its pooling function is '{self.function}'", "use 'sum', 'average' or 'max'")
        if problem := window_problem(self.kernel, self.stride, self.padding, (1,) * len(self.kernel)):
            return Misfit(problem, "mend the window")
        if len(source) != 3 or len(target) != 3:
            return Misfit(f"a pooling joins the shapes {source} and {target}", "both need (channels, height, width)")
        if (expected := self.target_shape(source)) != target:
            return Misfit(
                f"its output has the shape {expected}, its target {target}", "change the target or the window"
            )
        return None

    def weights_shape(self, source: Shape, target: Shape) -> Shape:
        """Shape the stored weights must have."""
        return (1,)

    def fan_out(self, source: Shape, target: Shape, chosen: BoolArray) -> IntArray:
        """Number of windows each source belongs to, int64 ``(sources,)``; 0 where the one weight is not chosen."""
        y, x = (np.bincount(axis.steps()[0], minlength=axis.size_in) for axis in self.axes(source))
        return np.tile(np.outer(y, x).ravel(), source[0]).astype(np.int64) * int(chosen[0])

    def expand(self, source: Shape, target: Shape, weights: Weights) -> SparseRows:
        """Present synapses as sparse rows; a maximum is not a sum of synapses and is refused (ND208)."""
        if self.function == "max":
            raise NeurodeployError(
                "ND208",
                "Max pooling cannot be expanded into synapses: a maximum is not a weighted sum.",
                "Train with average or sum pooling for this target, or replace it with a spiking threshold population.",
            )
        y, x = self.axes(source)
        (iy, _, oy), (ix, _, ox) = y.steps(), x.steps()
        channel = np.arange(source[0] * int(weights.present()[0]))[:, None, None]
        sources = (channel * y.size_in + iy[:, None]) * x.size_in + ix[None, :]
        targets = (channel * y.size_out + oy[:, None]) * x.size_out + ox[None, :]
        count = sources.size
        values = np.full(count, weights.decoded()[0] * self.factor)
        return rows_from_synapses(prod(source), sources.ravel(), targets.ravel(), np.zeros(count, np.int64), values)
