"""Array type names used throughout."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
FloatArray: TypeAlias = NDArray[np.float64]
Float32Array: TypeAlias = NDArray[np.float32]
IntArray: TypeAlias = NDArray[np.int64]
Int32Array: TypeAlias = NDArray[np.int32]
BoolArray: TypeAlias = NDArray[np.bool_]
Parameter: TypeAlias = "float | FloatArray"
"""A neuron parameter: one value for the whole population, or one per neuron (shape ``(size,)``)."""


def frozen(values: Array) -> Array:
    """A read-only view of ``values`` (a copy when they do not own writable memory alone): networks are never mutated."""
    values = np.ascontiguousarray(values)
    if values.flags.writeable:
        values = values.view()
        values.flags.writeable = False
    return values
