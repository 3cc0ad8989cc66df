"""Fixed-point arithmetic of the sPyNNaker neuron binaries, reproduced with Python integers.

Two number formats are used on the chip:

* ``s16.15``: a signed 32-bit integer ``n`` that means ``n / 2**15`` (C type ``accum``);
* ``u0.32``: an unsigned 32-bit integer ``n`` that means ``n / 2**32`` (C type ``unsigned long fract``).

Sources of the formulas (behaviour checked against the binaries of sPyNNaker 7.4.1):
``spinn_common/src/stdfix-exp.c`` (exponential), ``spinn_common/include/utils.h`` (``scale64``),
``sPyNNaker/neural_modelling/src/common/maths-util.h`` (division),
``spinn_front_end_common/interface/ds/data_type.py`` (how the host rounds a parameter).
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal, localcontext

import numpy as np
from numpy.typing import NDArray

S1615_ONE = 1 << 15
S1615_MIN = -(1 << 31)
S1615_MAX = (1 << 31) - 1
_MASK_32 = 0xFFFFFFFF
_MASK_64 = 0xFFFFFFFFFFFFFFFF
# Arguments outside this closed range (s16.15) are answered without computing the series.
_EXPONENT_LOWEST = -340695
_EXPONENT_HIGHEST = 363408
# Coefficients of the quadratic 1 - exp(-y) on [0, 1/16), y as u0.32 (stdfix-exp.c, __exp_series).
_SERIES = (5294, 4293434720, 2081624032)


def _rounded_exponentials() -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Tables round(2^32 e^n), n = -13..12, and round(2^32 (1 - e^(-k/16))), k = 0..15, in exact decimal arithmetic."""
    with localcontext() as context:
        context.prec = 50
        unit = Decimal(1 << 32)
        whole = tuple(int((unit * Decimal(n).exp()).quantize(Decimal(1))) for n in range(-13, 13))
        part = tuple(int((unit * (1 - (Decimal(-k) / 16).exp())).quantize(Decimal(1))) for k in range(16))
    return whole, part


_WHOLE, _PART = _rounded_exponentials()


def encode_s1615(value: float) -> int:
    """Return ``value`` as s16.15, rounded as sPyNNaker's host does when it writes a neuron parameter.

    The host multiplies the shortest decimal representation of the number by 2^15 and rounds half to even.

    Raises:
        ValueError: the value is not finite or outside [-65536, 65535.999969482421875].
    """
    decimal = Decimal(str(float(value)))
    if not decimal.is_finite() or not Decimal(-65536) <= decimal <= Decimal("65535.999969482421875"):
        raise ValueError(f"{value!r} cannot be stored as s16.15: it must be finite and within [-65536, 65536)")
    return int((decimal * S1615_ONE).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def encode_unsigned(value: float, fraction_bits: int) -> int:
    """A non-negative number with ``fraction_bits`` bits after the point, rounded as the host does: half to even.

    The caller sees to it that it fits.
    """
    return int((Decimal(str(float(value))) * (1 << fraction_bits)).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def encode_s1615_array(values: NDArray[np.float64]) -> NDArray[np.int32]:
    """Element-wise :func:`encode_s1615`; any shape, int32 result of the same shape."""
    flat = np.asarray(values, dtype=np.float64)
    unique, inverse = np.unique(flat.ravel(), return_inverse=True)
    encoded = np.array([encode_s1615(float(value)) for value in unique], dtype=np.int32)
    return encoded[inverse].reshape(flat.shape)


def decode_s1615(values: NDArray[np.int32]) -> NDArray[np.float64]:
    """s16.15 integers as float64, exactly; any shape."""
    return np.asarray(values, dtype=np.float64) / S1615_ONE


def wrap_int32(value: int) -> int:
    """Keep the low 32 bits of ``value`` and read them as a signed integer."""
    return ((value + (1 << 31)) & _MASK_32) - (1 << 31)


def divide_s1615(numerator: int, denominator: int) -> int:
    """s16.15 quotient as the chip computes it: unsigned 64-bit floor division, low 32 bits (``kdivk``).

    Raises:
        ValueError: the denominator is zero (the chip stops with a run-time error).
    """
    if denominator == 0:
        raise ValueError("division by zero on the chip: a time constant or capacitance rounds to 0 in s16.15")
    return wrap_int32((((numerator & _MASK_64) << 15) & _MASK_64) // (denominator & _MASK_64))


def _scale_64(value: int, factor: int) -> int:
    """value * factor / 2^32; the low product is rounded up from 0x7fffffff on (``scale64`` of utils.h)."""
    low = (value & _MASK_32) * factor
    rounded = (low >> 32) + (1 if (low & _MASK_32) >= 0x7FFFFFFF else 0)
    return rounded + (value >> 32) * factor


def _exponential_u32_32(exponent: int) -> int:
    """exp(exponent / 2^15) scaled by 2^32, as ``__expi64`` of stdfix-exp.c; exponent within the checked range."""
    whole = exponent >> 15
    fraction = exponent - (whole << 15)
    if fraction == 0:
        return _WHOLE[13 + whole]
    remainder = 32768 - fraction
    result = _WHOLE[13 + whole + 1]
    result = (result - _scale_64(result, _PART[remainder >> 11])) & _MASK_64
    small = (remainder & 0x7FF) << 17
    series = (_SERIES[1] - ((_SERIES[2] * small) >> 32)) & _MASK_32
    series = (((series * small) >> 32) + _SERIES[0]) & _MASK_32
    return (result - _scale_64(result, series)) & _MASK_64


def exponential_s1615(exponent: int) -> int:
    """exp of an s16.15 number as s16.15 (``expk``): floor, saturating to 2^31 - 1 and 0."""
    if exponent > _EXPONENT_HIGHEST:
        return S1615_MAX
    if exponent < _EXPONENT_LOWEST:
        return 0
    return wrap_int32(_exponential_u32_32(exponent) >> 17)


def exponential_u1616(exponent: int) -> int:
    """exp of a negative s16.15 number above -10.4 as u16.16 (``expuk``): floor."""
    return _exponential_u32_32(exponent) >> 16


def exponential_u032(exponent: int) -> int:
    """exp of an s16.15 number as u0.32 (``expulr``): low 32 bits, so exp(0) gives 0; 0 below about -10.4."""
    if exponent > _EXPONENT_HIGHEST:
        return 0x7FFFFFFF
    if exponent < _EXPONENT_LOWEST:
        return 0
    return _exponential_u32_32(exponent) & _MASK_32


def membrane_decay_s1615(time_step: int, tau_m: int) -> int:
    """exp(-time_step / tau_m), all s16.15 (``neuron_model_lif_impl.h``)."""
    return exponential_s1615(wrap_int32(-divide_s1615(time_step, tau_m)))


def synaptic_decay_and_gain(time_step: int, tau: int) -> tuple[int, int]:
    """Per-step decay and the gain applied to each new input, both u0.32 (``exp_synapse_utils.h``).

    ``decay = exp(-time_step / tau)`` and ``gain = floor((tau / time_step) * (0xffffffff - decay) / 2^15)``,
    the low 32 bits of it.  Arguments are s16.15.
    """
    decay = exponential_u032(wrap_int32(-divide_s1615(time_step, tau)))
    inverse = (_MASK_32 - decay) & _MASK_32
    ratio = divide_s1615(tau, time_step)
    return decay, (((ratio & _MASK_64) * inverse) >> 15) & _MASK_32


def ceiling_of_s1615(value: int) -> int:
    """Smallest whole number not below an s16.15 value (``lif_ceil_accum``)."""
    return (value >> 15) + (1 if value & 0x7FFF else 0)
