"""Fixed-point pieces against exact references and known values from the binaries."""

from decimal import Decimal, getcontext

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurodeploy.firmware_models.spinnaker import fixed_point as fixed
from neurodeploy.firmware_models.spinnaker.kernel_neurons import multiply_s1615, multiply_u032

getcontext().prec = 60
INT32 = st.integers(-(2**31), 2**31 - 1)


def test_value_read_from_the_binary():
    assert fixed.exponential_u032(-6553) == 0xD1996247
    assert fixed.exponential_u032(0) == 0  # 2^32 does not fit: the binary keeps the low 32 bits
    assert fixed.exponential_s1615(0) == fixed.S1615_ONE


@given(st.integers(-340695, -1))
@settings(max_examples=400)
def test_exponentials_are_close_to_the_exact_value(exponent):
    exact = (Decimal(exponent) / 32768).exp()
    assert abs(fixed.exponential_u032(exponent) - exact * 2**32) < 100_000  # about 2.3e-5: not correctly rounded
    assert abs(fixed.exponential_s1615(exponent) - exact * 2**15) < 2


@given(st.integers(1, 363408))
def test_growing_exponential_is_close(exponent):
    exact = (Decimal(exponent) / 32768).exp() * 2**15
    assert abs(fixed.exponential_s1615(exponent) - exact) < 2 + exact / Decimal(10_000)


def test_exponential_outside_its_range():
    assert fixed.exponential_s1615(363409) == fixed.S1615_MAX
    assert fixed.exponential_s1615(-340696) == fixed.exponential_u032(-340696) == 0


@given(st.integers(0, 2**31 - 1), st.integers(1, 2**31 - 1))
def test_division_is_floor_division(numerator, denominator):
    assert fixed.divide_s1615(numerator, denominator) == fixed.wrap_int32((numerator << 15) // denominator)


def test_division_by_zero_is_refused():
    with pytest.raises(ValueError, match="rounds to 0"):
        fixed.divide_s1615(1, 0)


@given(st.integers(-(2**31), 2**31 - 1))
def test_encoding_inverts_decoding(bits):
    assert fixed.encode_s1615(bits / 32768) == bits


@given(st.floats(-65536, 65535.99))
def test_encoding_is_nearest(value):
    assert abs(Decimal(fixed.encode_s1615(value)) - Decimal(str(value)) * 32768) <= Decimal("0.5")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -65536.1, 65536.0])
def test_values_outside_s1615_are_refused(value):
    with pytest.raises(ValueError, match="s16.15"):
        fixed.encode_s1615(value)


def test_array_encoding_keeps_the_shape():
    values = np.array([[0.1, -70.0], [0.1, 2.5]])
    assert fixed.encode_s1615_array(values).tolist() == [[3277, -2293760], [3277, 81920]]


@given(INT32, INT32)
@settings(deadline=None)
def test_compiled_product_floors_and_wraps(a, b):
    assert multiply_s1615(np.int32(a), np.int32(b)) == fixed.wrap_int32((a * b) >> 15)


@given(INT32, st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_compiled_unsigned_fraction_product(value, factor):
    stored, mask = np.int32(fixed.wrap_int32(factor)), np.int32(-1 if factor >> 31 else 0)
    assert multiply_u032(np.int32(value), stored, mask) == (value * factor) >> 32


@given(st.integers(1, 10 * 32768), st.integers(1, 3000 * 32768))
def test_decay_and_gain_are_32_bit(time_step, tau):
    decay, gain = fixed.synaptic_decay_and_gain(time_step, tau)
    assert 0 <= decay < 2**32 and 0 <= gain < 2**32


@given(st.integers(-(2**31), 2**31 - 1))
def test_ceiling(value):
    assert fixed.ceiling_of_s1615(value) == -((-value) >> 15)
