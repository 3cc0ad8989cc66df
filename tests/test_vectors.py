"""Vectors inside kernels give the bits of numpy's float32 arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
from numba.core.errors import TypingError
from numpy.typing import NDArray

from neurodeploy.kernels import inlined
from neurodeploy.vectors import LANES, address_of, lanes_above, load, splat, store


@inlined
def _evaluate(
    a: NDArray[np.float32], b: NDArray[np.float32], out: NDArray[np.float32], factor: np.float32
) -> np.uint64:
    """Write (a * factor + b) / (b - a); return the lanes where the last block's result exceeds b."""
    first, second, result = address_of(a), address_of(b), address_of(out)
    above = np.uint64(0)
    for block in range(a.size // LANES):
        j = np.uint64(block * LANES)
        value = (load(first, j) * splat(factor) + load(second, j)) / (load(second, j) - load(first, j))
        store(result, j, value)
        above = lanes_above(value, load(second, j))
    return above


def test_arithmetic_and_comparison_agree_with_numpy_bit_for_bit() -> None:
    generator = np.random.default_rng(3)
    a, b = generator.normal(size=(2, 5 * LANES)).astype(np.float32)
    b[3], a[7], b[7] = np.inf, 0.25, 0.25  # inf / inf and a division by zero
    out = np.zeros_like(a)
    above = _evaluate(a, b, out, np.float32(1.7))
    with np.errstate(all="ignore"):
        expected = (a * np.float32(1.7) + b) / (b - a)
    np.testing.assert_array_equal(out, expected)
    assert above == sum(1 << k for k in range(LANES) if expected[4 * LANES + k] > b[4 * LANES + k]) > 0


def test_only_contiguous_float32_has_an_address() -> None:
    values = np.zeros((4, 32), np.float32)
    with pytest.raises(TypingError):
        _evaluate(values[:, 0], values[0], values[1], np.float32(1))
    with pytest.raises(TypingError):
        _evaluate(values[0].astype(np.float64), values[0], values[1], np.float32(1))
