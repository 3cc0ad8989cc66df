from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurodeploy.errors import NeurodeployError
from neurodeploy.targets.crossbar.nonidealities import AnalogToDigital


@given(st.integers(1, 16), st.floats(-1e-3, 1e-3), st.integers(0, 99))
def test_unclipped_currents_err_by_half_a_step(bits: int, lowest: float, seed: int) -> None:
    converter = AnalogToDigital(bits, lowest, lowest + 1e-3)
    currents = np.random.default_rng(seed).uniform(lowest, lowest + 1e-3, (20, 5))
    found = converter.convert(currents)
    assert found.below == found.above == 0
    assert np.abs(converter.currents(found.codes) - currents).max() <= converter.step / 2 * (1 + 1e-6)


def test_every_code_is_itself_and_clipping_is_counted() -> None:
    converter = AnalogToDigital(3, -1.0, 1.0)
    codes = np.arange(8, dtype=np.int32)
    np.testing.assert_array_equal(converter.convert(converter.currents(codes)).codes, codes)
    found = converter.convert(np.array([-9.0, -1.2, -1.1, 0.0, 1.1, 1.3, 9.0]))
    assert found.codes.tolist() == [0, 0, 0, 4, 7, 7, 7] and (found.below, found.above) == (2, 2)


def test_the_error_of_many_codes_is_uniform() -> None:
    converter = AnalogToDigital(8, 0.0, 1.0)
    currents = np.random.default_rng(0).random(100_000)
    errors = converter.currents(converter.convert(currents).codes) - currents
    assert errors.var() == pytest.approx(converter.step**2 / 12, rel=0.02)


@pytest.mark.parametrize(
    ("bits", "lowest", "highest"), [(0, 0, 1), (25, 0, 1), (4, 1, 1), (4, np.nan, 1), (4, 0, np.inf)]
)
def test_bad_converters(bits: int, lowest: float, highest: float) -> None:
    with pytest.raises(NeurodeployError, match="ND450: AnalogToDigital"):
        AnalogToDigital(bits, lowest, highest)
