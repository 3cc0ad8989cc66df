"""Projections without synaptic rows: kernels and dense matrices that the receiving core keeps in its DTCM.

sPyNNaker calls them "local only". Version 7.4.1 ships two binaries for them, ``IF_curr_exp_conv`` and
``IF_curr_exp_pool_dense``; read from their machine code:

* Both number a source neuron (x, y) as y * width + x, and add |code| to the positive or the negative receptor's ring
  buffer, saturating at 65535.  A synapse of code 0 does nothing.
* A convolution maps a source (x, y) to ``u = (x // pool_stride - kernel_width // 2 + padding) // stride``, in 16 bits and
  unsigned where divided, and adds entry (r, c) of the kernel to target (u + c - kernel_width // 2, v + r -
  kernel_height // 2).  With a stride of 1 that is a convolution (the kernel flipped).  **With another stride it is not**:
  every source reaches a whole kernel of targets, whatever its remainder.
* A dense matrix has a row for every pooled source, number x' * pooled_height + y' with x' = x // pool_stride.  The binary
  divides x by the stride meant for y and y by that for x: only equal strides mean what they look like.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurodeploy.firmware_models.spinnaker.arrays import Int16Array, Int64Array

Shape = tuple[int, int]  # columns (x), rows (y): sPyNNaker's order


@dataclass(frozen=True)
class ConvolutionFirmwareProjection:
    """One kernel from a plane of neurons to another; PyNN's Grid2D numbers neuron (x, y) as y * width + x.

    Attributes:
        source, target: indices into the list of populations.
        source_shape, target_shape: (width, height).
        kernel: signed codes of shape (rows, columns), odd sides, as the chip reads them (:func:`chip_kernel`).
        delay: whole time steps >= 1.
        padding, strides, pool_strides: (x, y).
        receptors: receptor of the positive and of the negative codes.
        source_first: number of the plane's first neuron in the source population.
    """

    source: int
    target: int
    source_shape: Shape
    target_shape: Shape
    kernel: Int16Array
    delay: int = 1
    padding: Shape = (0, 0)
    strides: Shape = (1, 1)
    pool_strides: Shape = (1, 1)
    receptors: tuple[int, int] = (0, 1)
    source_first: int = 0


@dataclass(frozen=True)
class PoolDenseFirmwareProjection:
    """Every pooled neuron of a plane to every neuron.

    Attributes:
        source, target: indices into the list of populations.
        source_shape: (width, height).
        weights: signed codes of shape (pooled sources, target size), row x' * pooled_height + y'.
        delay: whole time steps >= 1.
        pool_strides: (x, y).
        receptors: receptor of the positive and of the negative codes.
        source_first: number of the plane's first neuron in the source population.
    """

    source: int
    target: int
    source_shape: Shape
    weights: Int16Array
    delay: int = 1
    pool_strides: Shape = (1, 1)
    receptors: tuple[int, int] = (0, 1)
    source_first: int = 0


LocalOnlyProjection = ConvolutionFirmwareProjection | PoolDenseFirmwareProjection


def post_shape(source: Shape, kernel: Shape, padding: Shape, strides: Shape, pool_strides: Shape) -> Shape:
    """The only target shape that sPyNNaker accepts; every shape is (x, y), also the kernel's.

    Source: ``ConvolutionConnector.get_post_shape``.
    """
    width, height = (
        max(1, (source[i] // pool_strides[i] - (kernel[i] - 1) + 2 * padding[i]) // strides[i]) for i in (0, 1)
    )
    return width, height


def chip_kernel(codes: Int16Array) -> Int16Array:
    """The kernel that the chip applies when ``kernel_weights`` of the ConvolutionConnector have these codes.

    sPyNNaker takes the first axis of ``kernel_weights`` for x when it speaks of sizes but writes the numbers row by row:
    an array of shape (a, b) is read as b rows of a columns, so only a square kernel means what it looks like.
    """
    return np.ascontiguousarray(codes).reshape(codes.shape[1], codes.shape[0])


def first_targets(source: int, kernel: int, padding: int, stride: int, pool_stride: int) -> Int64Array:
    """First target coordinate (it may be outside the plane) that each source coordinate reaches, along one axis."""
    half = kernel // 2
    moved = (np.arange(source) // pool_stride - half + padding).astype(np.int16).astype(np.int64) & 0xFFFFFFFF
    return divide_by_constant(moved, stride).astype(np.int16).astype(np.int64) - half


def divide_by_constant(number: Int64Array, divisor: int) -> Int64Array:
    """``div_by_const`` of the binary, exact below 2^16; on 32 unsigned bits. ``get_div_const`` of the host."""
    bits = (divisor - 1).bit_length()
    factor = ((1 << 16) * ((1 << bits) - divisor)) // divisor + 1
    high = ((number * factor) & 0xFFFFFFFF) >> 16
    rest = ((number - high) & 0xFFFFFFFF) >> min(bits, 1)
    return ((high + rest) & 0xFFFFFFFF) >> max(bits - 1, 0)


def pooled_source(source: Shape, pool_strides: Shape) -> Int64Array:
    """Row of the dense matrix that each source neuron reads, shape (width * height,); it may be beyond the matrix."""
    width, height = source
    y, x = np.divmod(np.arange(width * height), width)
    row: Int64Array = x // pool_strides[1] * (height // pool_strides[0]) + y // pool_strides[0]
    return row


def check_local_only(projection: LocalOnlyProjection, source_size: int, target_size: int) -> None:
    """Raise ValueError, saying what, when the chip would not do what the description says."""
    plane = projection.source_shape[0] * projection.source_shape[1]
    if min(projection.source_shape) < 1 or not 0 <= projection.source_first <= source_size - plane:
        raise ValueError(f"source shape {projection.source_shape} does not fit {source_size} source neurons")
    if min(projection.pool_strides) < 1:
        raise ValueError(f"pool strides must be at least 1, not {projection.pool_strides}")
    if not set(projection.receptors) <= {0, 1}:
        raise ValueError(f"receptors must be 0 or 1, not {projection.receptors}")
    if not 1 <= projection.delay <= 255:
        raise ValueError(f"delay must be 1..255, not {projection.delay}")
    if isinstance(projection, ConvolutionFirmwareProjection):
        _check_convolution(projection, target_size)
    else:
        _check_pool_dense(projection, target_size)


def _check_codes(codes: Int16Array, what: str) -> None:
    if codes.dtype != np.int16 or codes.ndim != 2:
        raise ValueError(f"{what} must be a two-dimensional int16 array, not {codes.dtype} of shape {codes.shape}")
    if codes.size and codes.min() == -32768:
        raise ValueError(
            f"{what} holds -32768, whose magnitude the binary cannot represent: raise the ring-buffer shift"
        )


def _check_convolution(projection: ConvolutionFirmwareProjection, target_size: int) -> None:
    _check_codes(projection.kernel, "kernel")
    rows, columns = projection.kernel.shape
    if rows % 2 == 0 or columns % 2 == 0:
        raise ValueError(f"kernel of {rows} x {columns}: both sides must be odd, the binary reads past an even one")
    if min(projection.strides) < 1 or min(projection.padding) < 0:
        raise ValueError(f"strides {projection.strides} must be at least 1, padding {projection.padding} at least 0")
    expected = post_shape(
        projection.source_shape, (columns, rows), projection.padding, projection.strides, projection.pool_strides
    )
    if projection.target_shape != expected or expected[0] * expected[1] != target_size:
        raise ValueError(f"target shape {projection.target_shape} of {target_size} neurons must be {expected}")


def _check_pool_dense(projection: PoolDenseFirmwareProjection, target_size: int) -> None:
    _check_codes(projection.weights, "weights")
    (width, height), (across, down) = projection.source_shape, projection.pool_strides
    expected = (width // across * (height // down), target_size)
    if projection.weights.shape != expected:
        raise ValueError(f"weights have shape {projection.weights.shape}, not {expected}")
    if pooled_source(projection.source_shape, projection.pool_strides).max() >= expected[0]:
        raise ValueError(
            f"source shape {width} x {height} with pool strides {across} x {down}: the binary reads beyond the matrix; "
            "strides must be equal and divide both sides"
        )
