"""Convolution without expansion: an event adds its kernel to the output, or a full frame is a matrix product of patches.

The neurons of a convolution's target stand channel last, so that one event reaches all output channels of a position in
one contiguous run. As for dense weights the choice is each sample's own, step by step.
"""

# numba's typing of these kernels is checked by running them; static checkers see only Any.
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit, prange

from neurodeploy.network.arrays import Array, IntArray
from neurodeploy.network.connectivity import Axis
from neurodeploy.simulation.inputs.events import Events

PRODUCT_FROM_DENSITY = 0.3
"""Share of active inputs in a step from which the matrix product is faster (benchmarks/simulator.py measures it)."""


@dataclass(frozen=True, eq=False)
class ConvolutionInput:
    """``weights`` (input channels, kernel height, kernel width, output channels of the group), and the windows.

    ``geometry`` int64 (2, 6): for y and x the extents of input, output and kernel, stride, padding before, dilation.
    """

    weights: Array
    geometry: IntArray
    groups: int
    first: int

    @staticmethod
    def of(weights: Array, axes: tuple[Axis, Axis], groups: int, first: int) -> ConvolutionInput:
        """From weights in the stored layout (output channels, input channels of the group, height, width)."""
        out, within, height, width = weights.shape
        grouped = weights.reshape(groups, out // groups, within, height, width).transpose(0, 2, 3, 4, 1)
        geometry = np.array([(a.size_in, a.size_out, a.kernel, a.stride, a.before, a.dilation) for a in axes], np.int64)
        stored = np.ascontiguousarray(grouped).reshape(groups * within, height, width, out // groups)
        return ConvolutionInput(stored, geometry, groups, first)

    def add(self, events: Events, delay: int, begin: int, drive: Array) -> None:
        """Add the input of the steps from ``begin`` on to ``drive``."""
        _add(*events, self.weights, self.geometry, self.groups, self.first, delay, begin, drive, PRODUCT_FROM_DENSITY)


@njit(cache=True, parallel=True, error_model="numpy")
def _add(
    indptr: Any, neurons: Any, values: Any, steps: Any, weights: Any, geometry: Any, groups: Any, first: Any,
    delay: Any, begin: Any, drive: Any, product_from: Any,
) -> None:  # fmt: skip
    size = geometry[0, 1] * geometry[1, 1] * weights.shape[3] * groups
    enough = product_from * geometry[0, 0] * geometry[1, 0] * weights.shape[0]
    for sample in prange(drive.shape[0]):
        for step in range(max(0, delay - begin), drive.shape[1]):
            at = sample * steps + begin + step - delay
            row = drive[sample, step, first : first + size]
            if groups == 1 and indptr[at + 1] - indptr[at] > enough:
                _add_frame(neurons[indptr[at] : indptr[at + 1]], indptr[at], values, weights, geometry, row)
            else:
                for event in range(indptr[at], indptr[at + 1]):
                    value = values[event] if values.shape[0] else 1.0
                    _add_event(neurons[event], value, weights, geometry, groups, row)


@njit(cache=True, error_model="numpy")
def _add_event(neuron: Any, value: Any, weights: Any, geometry: Any, groups: Any, row: Any) -> None:
    height, width = geometry[0, 0], geometry[1, 0]
    per_group = weights.shape[3]
    channel, place = neuron // (height * width), neuron % (height * width)
    y, x = place // width + geometry[0, 4], place % width + geometry[1, 4]
    base = channel // (weights.shape[0] // groups) * per_group
    for ky in range(weights.shape[1]):
        up = y - ky * geometry[0, 5]
        oy = up // geometry[0, 3]
        if up < 0 or oy >= geometry[0, 1] or oy * geometry[0, 3] != up:
            continue
        for kx in range(weights.shape[2]):
            left = x - kx * geometry[1, 5]
            ox = left // geometry[1, 3]
            if left < 0 or ox >= geometry[1, 1] or ox * geometry[1, 3] != left:
                continue
            at = (oy * geometry[1, 1] + ox) * per_group * groups + base
            kernel, run = weights[channel, ky, kx], row[at : at + per_group]
            for j in range(per_group):
                run[j] += kernel[j] * value


@njit(cache=True, error_model="numpy")
def _add_frame(active: Any, offset: Any, values: Any, weights: Any, geometry: Any, row: Any) -> None:
    """A whole frame at once: patches (positions, input channels x kernel) times the kernels."""
    channels, kernel_y, kernel_x, out = weights.shape
    patch = kernel_y * kernel_x
    patches = np.zeros((geometry[0, 1] * geometry[1, 1], channels * patch), weights.dtype)
    height, width = geometry[0, 0], geometry[1, 0]
    for event in range(active.shape[0]):
        value = values[offset + event] if values.shape[0] else 1.0
        channel, place = active[event] // (height * width), active[event] % (height * width)
        y, x = place // width + geometry[0, 4], place % width + geometry[1, 4]
        for ky in range(kernel_y):
            up = y - ky * geometry[0, 5]
            oy = up // geometry[0, 3]
            if up < 0 or oy >= geometry[0, 1] or oy * geometry[0, 3] != up:
                continue
            for kx in range(kernel_x):
                left = x - kx * geometry[1, 5]
                ox = left // geometry[1, 3]
                if left < 0 or ox >= geometry[1, 1] or ox * geometry[1, 3] != left:
                    continue
                patches[oy * geometry[1, 1] + ox, channel * patch + ky * kernel_x + kx] += value
    product = np.dot(patches, weights.reshape(channels * patch, out)).reshape(-1)
    for j in range(product.shape[0]):
        row[j] += product[j]
