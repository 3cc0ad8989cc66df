"""Grouping by spike counts: figure 5's scheme by hand, and its defining properties."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from neurodeploy.training.plastic_layer import PlasticLayer
from neurodeploy.training.pruning.spike_groups import layer_groups, spike_groups


def test_by_hand() -> None:
    # from 10: up to 40; from 41: up to 71; from 200
    assert spike_groups(np.array([41, 10, 40, 71, 200, 25]), 30).tolist() == [1, 0, 0, 1, 2, 0]
    assert spike_groups(np.array([3, 1, 2]), np.inf).tolist() == [0, 0, 0]
    assert spike_groups(np.array([3, 1, 3]), 0).tolist() == [1, 0, 1]


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=60), st.integers(0, 100))
def test_a_group_spans_the_interval_and_the_next_starts_beyond(counts: list[int], interval: int) -> None:
    groups, values = spike_groups(np.array(counts), interval), np.array(counts)
    assert set(groups.tolist()) == set(range(groups.max() + 1))
    starts = [values[groups == group].min() for group in range(groups.max() + 1)]
    for group, start in enumerate(starts):
        assert values[groups == group].max() <= start + interval
        assert group == 0 or start > starts[group - 1] + interval


def test_counts_per_image() -> None:
    layer = PlasticLayer(np.zeros((2, 3), np.float32), np.ones((3, 2), np.uint8), np.array([100, 140, 300]), images=100)
    assert layer_groups(layer, 30, "batch").tolist() == [0, 1, 2]
    assert layer_groups(layer, 0.5, "image").tolist() == [0, 0, 1]
