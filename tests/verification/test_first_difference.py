"""Naming the first spike that differs."""

from __future__ import annotations

import numpy as np

from neurodeploy.network import SpikeBatch
from neurodeploy.verification.ladder import first_difference


def test_sample_step_and_neuron_of_the_first_spike_that_only_one_has() -> None:
    dense = np.zeros((3, 10, 4), bool)
    dense[0, 2, 1] = dense[2, 9, 3] = True
    other = dense.copy()
    assert first_difference(SpikeBatch.from_dense(dense), SpikeBatch.from_dense(other)) is None
    other[2, 9, 3] = False
    assert first_difference(SpikeBatch.from_dense(dense), SpikeBatch.from_dense(other)) == (2, 9, 3)
    other[1, 4, 2] = True
    assert first_difference(SpikeBatch.from_dense(dense), SpikeBatch.from_dense(other)) == (1, 4, 2)
