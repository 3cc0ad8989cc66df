"""Square root of s16.15 numbers as the chip computes it (``sqrtk`` of ``spinn_common/src/sqrt.c``).

The reciprocal square root R = 1 - r/2 of the normalised number is refined five times by R' = R - (x R^2 - 1) R / 2, with
r of 32 and then of 64 bits.  The result is floor(sqrt(x)) but for perfect squares, which are often one unit less, and rare
numbers below 64.
"""

from __future__ import annotations

_LOW = 0xFFFFFFFF
_MASK_64 = 0xFFFFFFFFFFFFFFFF
_ROOT_OF_HALF = 3037000500  # sqrt(1/2), u0.32


def _times_u032(wide: int, factor: int) -> int:
    """64-bit number times u0.32; the low product is rounded."""
    low = (wide & _LOW) * factor
    return ((low >> 32) + (low >> 31 & 1) + (wide >> 32) * factor) & _MASK_64


def _times_u064(wide: int, half: int) -> int:
    """64-bit number times a number of 64 bits, by partial products that are rounded one by one."""
    low = (wide & _LOW) * (half & _LOW)
    first = ((wide >> 32) * (half & _LOW) + (low >> 31 & 1)) & _MASK_64
    second = ((wide & _LOW) * (half >> 32) + (first & _LOW)) & _MASK_64
    return ((first >> 32) + (second >> 32) + (second >> 31 & 1) + (wide >> 32) * (half >> 32)) & _MASK_64


def _refined(residue: int, r: int, half_high: int, half_low: int) -> int:
    """r + 2 (Z - Z r / 2) for Z = ``residue`` - 1 (u1.63) and the upper and lower 32 bits of r / 2."""
    excess = residue - (1 << 63)
    size = abs(excess)
    size -= _times_u032(size, half_high) + (_times_u032(size, half_low) >> 32)
    return (r + 2 * (size if excess >= 0 else -size)) & _MASK_64


def _short_step(x: int, r: int) -> int:
    """One refinement from r of 32 bits to r of 64 bits."""
    xr = ((x << 32) - (x * r >> 1)) & _MASK_64
    return _refined((xr - _times_u032(xr, r >> 1)) & _MASK_64, r << 32, r >> 1, 0)


def _long_step(x: int, r: int) -> int:
    """One refinement of r of 64 bits."""
    xr = ((x << 32) - (_times_u032(r, x) >> 1)) & _MASK_64
    return _refined((xr - _times_u064(xr, r >> 1)) & _MASK_64, r, r >> 33, r >> 1 & _LOW)


def square_root_s1615(value: int) -> int:
    """Square root of a non-negative s16.15 number, as s16.15; of a negative one 0."""
    if value <= 0 or value == 1 << 15:
        return max(value, 0)
    shift = 32 - value.bit_length()
    x = value << shift
    r = (x & 0x7FFFFFFF) >> 1
    r = _short_step(x, r) >> 32
    r = _short_step(x, r) >> 32
    refined = _long_step(x, _long_step(x, _short_step(x, r)))
    root = (((x << 32) - (_times_u032(refined, x) >> 1)) & _MASK_64) >> (16 + ((shift - 16) >> 1))
    return (_times_u032(root, _ROOT_OF_HALF) if shift & 1 else root) >> 32
