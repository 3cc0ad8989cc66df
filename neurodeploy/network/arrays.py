"""Array type names used throughout."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from neurodeploy.errors import NeurodeployError

Array: TypeAlias = NDArray[Any]
FloatArray: TypeAlias = NDArray[np.float64]
Float32Array: TypeAlias = NDArray[np.float32]
IntArray: TypeAlias = NDArray[np.int64]
Int32Array: TypeAlias = NDArray[np.int32]
BoolArray: TypeAlias = NDArray[np.bool_]
Parameter: TypeAlias = "float | FloatArray"
"""A neuron parameter: one value for the whole population, or one per neuron (shape ``(size,)``)."""


def whole_numbers(values: object, dtype: type, what: str) -> Array:
    """``values`` as read-only integers of ``dtype``; those that would change are refused (ND201)."""
    found = np.asarray(values)
    result: Array = found.astype(dtype, copy=False) if found.dtype.kind in "biuf" else np.zeros(0, dtype)
    with np.errstate(invalid="ignore"):
        if found.dtype.kind not in "biuf" or not np.array_equal(result, found):
            raise NeurodeployError(
                "ND201", f"{what} are not whole numbers of {np.iinfo(dtype).bits} bits.", "Mend them."
            )
    return frozen(result)


def frozen(values: Array) -> Array:
    """``values`` read-only, copied if somebody could still write them: networks are never mutated."""
    if values.flags.writeable or not values.flags.c_contiguous:
        values = values.copy(order="C")
        values.flags.writeable = False
    return values
