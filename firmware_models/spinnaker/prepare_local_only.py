"""The numbers that the compiled kernel needs of a local-only projection."""

from __future__ import annotations

import numpy as np

from neurodeploy.firmware_models.spinnaker.arrays import Int16Array, Int64Array, UInt16Array
from neurodeploy.firmware_models.spinnaker.kernel_local_only import CONVOLUTION, POOL_DENSE
from neurodeploy.firmware_models.spinnaker.local_only import (
    ConvolutionFirmwareProjection,
    LocalOnlyProjection,
    first_targets,
    pooled_source,
)


def local_only_row(projection: LocalOnlyProjection, pointer_at: int, data_at: int) -> list[int]:
    """Sixteen numbers, in the order of ``kernel_local_only``."""
    width, height = projection.source_shape
    positive, negative = projection.receptors
    if isinstance(projection, ConvolutionFirmwareProjection):
        kind, shape, target = CONVOLUTION, projection.kernel.shape, projection.target_shape
    else:
        kind, shape, target = POOL_DENSE, projection.weights.shape, (projection.weights.shape[1], 1)
    return [
        projection.source, projection.target, positive, kind, projection.delay, 0, pointer_at, data_at,
        projection.source_first, width * height, negative, width, *shape, *target,
    ]  # fmt: skip


def local_only_numbers(projection: LocalOnlyProjection) -> Int64Array:
    """First target column per source column, then first target row per source row; or the matrix row per source neuron."""
    if not isinstance(projection, ConvolutionFirmwareProjection):
        return pooled_source(projection.source_shape, projection.pool_strides)
    sides = projection.kernel.shape[::-1]
    axes = [
        first_targets(
            projection.source_shape[i],
            sides[i],
            projection.padding[i],
            projection.strides[i],
            projection.pool_strides[i],
        )
        for i in (0, 1)
    ]
    return np.concatenate(axes)


def local_only_codes(projection: LocalOnlyProjection) -> UInt16Array:
    """Positive codes, then the magnitudes of the negative ones, each in the order of the array."""
    codes: Int16Array = (
        projection.kernel if isinstance(projection, ConvolutionFirmwareProjection) else projection.weights
    ).ravel()
    return np.concatenate([np.maximum(codes, 0), np.maximum(-codes, 0)]).astype(np.uint16)
