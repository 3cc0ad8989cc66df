"""Convolution without expansion: an event adds its kernel to the output, or a full frame is a matrix product of patches.

The neurons of a convolution's target stand channel last, so that one event reaches all output channels of a position in
one contiguous run; with stride 1 a whole row of its kernel, kept mirrored, is one run. As for dense weights the choice is
each sample's own, step by step.
"""

# numba's typing of these kernels is checked by running them; static checkers see only Any.
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit, prange

from neurodeploy.network.arrays import Array, Int32Array, IntArray
from neurodeploy.network.connectivity import Axis
from neurodeploy.simulation.inputs.events import Events

PRODUCT_FROM_DENSITY = 0.4
"""Share of active inputs in a step from which the matrix product is faster (0.35 to 0.6 with 16 to 64
input channels; with fewer than five it never is)."""


@dataclass(frozen=True, eq=False)
class ConvolutionInput:
    """A convolution onto the neurons from ``first`` on.

    ``kernels`` (input channels, height, width, output channels of the group), mirrored in x; ``patches`` (height x width
    x input channels, output channels), as a patch of a channel-last frame meets them, where there is one group.
    ``reach_y`` and ``reach_x`` int32 (input extent, kernel extent): the output position that a kernel position (mirrored
    in x) gives, -1 for none. ``geometry`` int64 (2, 4): for y and x the input's extent, stride, padding before, dilation.
    """

    kernels: Array
    patches: Array
    reach_y: Int32Array
    reach_x: Int32Array
    geometry: IntArray
    groups: int
    extents: IntArray
    first: int

    @staticmethod
    def of(weights: Array, axes: tuple[Axis, Axis], groups: int, first: int) -> ConvolutionInput:
        """From weights in the stored layout (output channels, input channels of the group, height, width)."""
        out, within, height, width = weights.shape
        grouped = weights.reshape(groups, out // groups, within, height, width).transpose(0, 2, 3, 4, 1)
        kernels = grouped.reshape(groups * within, height, width, out // groups)[:, :, ::-1]
        patches = weights.transpose(2, 3, 1, 0).reshape(-1, out)
        reach = [_reach(axis) for axis in axes]
        return ConvolutionInput(
            np.ascontiguousarray(kernels), np.ascontiguousarray(patches), reach[0],
            np.ascontiguousarray(reach[1][:, ::-1]),
            np.array([(a.size_in, a.stride, a.before, a.dilation) for a in axes], np.int64), groups,
            np.array([a.size_out for a in axes], np.int64), first,
        )  # fmt: skip

    def add(self, events: Events, delay: int, begin: int, drive: Array) -> None:
        """Add the input of the steps from ``begin`` on to ``drive``."""
        _add(
            *events, self.kernels, self.patches, self.reach_y, self.reach_x, self.geometry, self.groups, self.extents,
            self.first, delay, begin, drive, PRODUCT_FROM_DENSITY,
        )  # fmt: skip


def _reach(axis: Axis) -> Int32Array:
    table = np.full((axis.size_in, axis.kernel), -1, np.int32)
    position, kernel, output = axis.steps()
    table[position, kernel] = output
    return table


@njit(cache=True, parallel=True, error_model="numpy")
def _add(
    indptr: Any, neurons: Any, values: Any, steps: Any, kernels: Any, patches: Any, reach_y: Any, reach_x: Any,
    geometry: Any, groups: Any, extents: Any, first: Any, delay: Any, begin: Any, drive: Any, product_from: Any,
) -> None:  # fmt: skip
    size = extents[0] * extents[1] * kernels.shape[3] * groups
    enough = product_from * geometry[0, 0] * geometry[1, 0] * kernels.shape[0]
    in_runs = groups == 1 and geometry[1, 1] == 1 and geometry[1, 3] == 1
    for sample in prange(drive.shape[0]):
        for step in range(max(0, delay - begin), drive.shape[1]):
            at = sample * steps + begin + step - delay
            row = drive[sample, step, first : first + size]
            active = neurons[indptr[at] : indptr[at + 1]]
            amounts = values[indptr[at] : indptr[at + 1]] if values.shape[0] else values
            if groups == 1 and active.shape[0] > enough:
                _add_frame(active, amounts, patches, kernels.shape, geometry, extents, row)
            elif in_runs:
                _add_runs(active, amounts, kernels, reach_y, reach_x, extents[1], row)
            else:
                _add_events(active, amounts, kernels, reach_y, reach_x, extents[1], groups, row)


@njit(cache=True, error_model="numpy")
def _add_runs(
    active: Any, amounts: Any, kernels: Any, reach_y: Any, reach_x: Any, width_out: Any, row: Any
) -> None:  # fmt: skip
    """One group, stride and dilation 1 in x: the kernel positions that count are one run, as are their outputs."""
    height, width, channels = reach_y.shape[0], reach_x.shape[0], kernels.shape[3]
    tall, wide, flat = kernels.shape[1], kernels.shape[2], kernels.ravel()
    for event in range(active.shape[0]):
        value = amounts[event] if amounts.shape[0] else kernels.dtype.type(1)
        channel, place = active[event] // (height * width), active[event] % (height * width)
        y, x = place // width, place % width
        begin, end = 0, wide
        while begin < end and reach_x[x, begin] < 0:
            begin += 1
        while end > begin and reach_x[x, end - 1] < 0:
            end -= 1
        if begin == end:
            continue
        length = (end - begin) * channels
        for ky in range(tall):
            oy = reach_y[y, ky]
            if oy >= 0:
                # Unsigned places, not slices: an array made for each run costs more than adding the run.
                at = np.uintp((oy * width_out + reach_x[x, begin]) * channels)
                kernel = np.uintp(((channel * tall + ky) * wide + begin) * channels)
                for j in range(np.uintp(length)):
                    row[at + j] += flat[kernel + j] * value


@njit(cache=True, error_model="numpy")
def _add_events(
    active: Any, amounts: Any, kernels: Any, reach_y: Any, reach_x: Any, width_out: Any, groups: Any, row: Any
) -> None:  # fmt: skip
    height, width, per_group = reach_y.shape[0], reach_x.shape[0], kernels.shape[3]
    tall, wide, flat = kernels.shape[1], kernels.shape[2], kernels.ravel()
    for event in range(active.shape[0]):
        value = amounts[event] if amounts.shape[0] else kernels.dtype.type(1)
        channel, place = active[event] // (height * width), active[event] % (height * width)
        y, x = place // width, place % width
        base = channel // (kernels.shape[0] // groups) * per_group
        for ky in range(tall):
            oy = reach_y[y, ky]
            if oy < 0:
                continue
            for kx in range(wide):
                ox = reach_x[x, kx]
                if ox >= 0:
                    at = np.uintp((oy * width_out + ox) * per_group * groups + base)
                    kernel = np.uintp(((channel * tall + ky) * wide + kx) * per_group)
                    for j in range(np.uintp(per_group)):
                        row[at + j] += flat[kernel + j] * value


@njit(cache=True, error_model="numpy")
def _add_frame(
    active: Any, amounts: Any, patches: Any, shape: Any, geometry: Any, extents: Any, row: Any
) -> None:  # fmt: skip
    """A whole frame at once: its patches (positions, kernel height x width x input channels) times the kernels."""
    channels, kernel_y, kernel_x = shape[0], shape[1], shape[2]
    height, width = geometry[0, 0], geometry[1, 0]
    padded_y = max(height + geometry[0, 2], (extents[0] - 1) * geometry[0, 1] + geometry[0, 3] * (kernel_y - 1) + 1)
    padded_x = max(width + geometry[1, 2], (extents[1] - 1) * geometry[1, 1] + geometry[1, 3] * (kernel_x - 1) + 1)
    frame = np.zeros((padded_y, padded_x, channels), patches.dtype)
    for event in range(active.shape[0]):
        channel, place = active[event] // (height * width), active[event] % (height * width)
        value = amounts[event] if amounts.shape[0] else patches.dtype.type(1)
        frame[place // width + geometry[0, 2], place % width + geometry[1, 2], channel] += value
    table = np.empty((extents[0] * extents[1], kernel_y * kernel_x * channels), patches.dtype)
    for oy in range(extents[0]):
        for ox in range(extents[1]):
            patch = table[oy * extents[1] + ox]
            for ky in range(kernel_y):
                line = frame[oy * geometry[0, 1] + ky * geometry[0, 3]]
                for kx in range(kernel_x):
                    at = (ky * kernel_x + kx) * channels
                    patch[at : at + channels] = line[ox * geometry[1, 1] + kx * geometry[1, 3]]
    product = np.dot(table, patches).reshape(-1)
    for j in range(product.shape[0]):
        row[j] += product[j]
