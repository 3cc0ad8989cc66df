"""Samples joined into one run and parted again."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from neurodeploy.network import SpikeBatch
from neurodeploy.targets.spinnaker.continuous import joined, parted


@given(st.integers(1, 5), st.integers(1, 6), st.integers(0, 4), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_joined_lies_where_the_board_presents_it(samples: int, steps: int, rest: int, size: int, seed: int) -> None:
    dense = np.random.default_rng(seed).random((samples, steps, size)) < 0.4
    batch = SpikeBatch.from_dense(dense)
    run = joined(batch, rest)
    assert run.problem() is None
    expected = np.concatenate([dense, np.zeros((samples, rest, size), bool)], axis=1).reshape(1, -1, size)
    np.testing.assert_array_equal(run.dense(), expected)
    back = parted(run, samples, steps)
    np.testing.assert_array_equal(back.dense(), dense)
