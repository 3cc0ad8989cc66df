"""Recorded projections without synaptic rows as the firmware model takes them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurodeploy.firmware_models.spinnaker import (
    ConvolutionFirmwareProjection,
    PoolDenseFirmwareProjection,
    chip_kernel,
    quantise_signed_weights,
)


def firmware_projection(
    described: dict[str, Any], codes: NDArray[np.int16], source: int, target: int, first: int
) -> ConvolutionFirmwareProjection | PoolDenseFirmwareProjection:
    """``described`` as in ``network.json``; ``codes`` as read back from the board."""
    options: dict[str, Any] = {
        name: tuple(described[name]) for name in ("source_shape", "pool_strides", "receptors")
    } | {"delay": described["delay"], "source_first": first}
    if described["kind"] == "convolution":
        options |= {name: tuple(described[name]) for name in ("target_shape", "padding", "strides")}
        return ConvolutionFirmwareProjection(source, target, kernel=chip_kernel(codes), **options)
    return PoolDenseFirmwareProjection(source, target, weights=codes, **options)


def expected_codes(described: dict[str, Any], asked: NDArray[np.float64], shifts: list[int]) -> NDArray[np.int16]:
    """The model of the host's rounding of what the script asked for."""
    positive, negative = described["receptors"]
    if described["kind"] == "pool dense":
        asked = asked[:, dense_columns(described["target_shape"], described["target_core"])]
    return quantise_signed_weights(asked, (shifts[positive], shifts[negative]), "IF_curr_exp")


def dense_columns(target: list[int], core: list[int]) -> NDArray[np.int64]:
    """Which column of a dense matrix each target neuron gets.

    For targets on a plane (Grid2D) the host cuts the matrix into cores with y the fastest coordinate, and the chip reads it
    with x the fastest, so neurons get each other's weights within a core.
    """
    if len(target) == 1:
        return np.arange(target[0])
    (width, height), (wide, high) = target, core
    numbers = np.arange(width * height)
    columns = np.zeros(width * height, np.int64)
    for x in range(0, width, wide):
        for y in range(0, height, high):
            neurons = numbers.reshape(height, width)[y : y + high, x : x + wide].ravel()
            columns[neurons] = numbers.reshape(width, height)[x : x + wide, y : y + high].ravel()
    return columns
