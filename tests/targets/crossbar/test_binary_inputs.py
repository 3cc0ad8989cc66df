"""Rows of inputs, and their sums against the product."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from neurodeploy.targets.crossbar.binary_inputs import on_rows, sum_rows


@given(st.lists(st.integers(0, 11), unique=True), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_sums_of_chosen_rows_are_the_product(chosen: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = np.array(sorted(chosen), np.int64)
    inputs, matrix = (rng.random((7, 12)) < 0.5).view(np.uint8), rng.random((12, 5))
    held, sums = on_rows(inputs, rows), np.empty((7, 5))
    assert held.flags.c_contiguous and held.tolist() == inputs[:, rows].tolist()
    sum_rows(held, matrix[rows], sums)
    np.testing.assert_allclose(sums, inputs[:, rows] @ matrix[rows], rtol=1e-14)
