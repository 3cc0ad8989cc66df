"""Groups with which packing begins: sizes, and what they recover."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurodeploy.network.arrays import BoolArray
from neurodeploy.targets.crossbar.packing_starts import clustered, greedy


def planted(holes: float, seed: int) -> tuple[BoolArray, list[int]]:
    """Four groups of 15 outputs whose rows overlap by half, shuffled, with a share of the synapses gone."""
    rng = np.random.default_rng(seed)
    kind = rng.permutation(np.arange(60) % 4)
    rows = np.array([rng.random(200) < 0.5 for _ in range(4)])
    return rows[kind].T & (rng.random((200, 60)) >= holes), kind.tolist()


@given(st.integers(1, 30), st.integers(1, 25), st.integers(1, 8), st.floats(0, 0.7), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_groups_are_no_larger_than_a_tile(rows: int, outputs: int, capacity: int, density: float, seed: int) -> None:
    present = np.random.default_rng(seed).random((rows, outputs)) < density
    groups = -(-outputs // capacity)
    for owner in (clustered(present, capacity), greedy(present, capacity, capacity)):
        sizes = np.bincount(owner, minlength=groups)
        assert len(owner) == outputs and len(sizes) == groups and sizes.max() <= capacity
    assert np.ptp(np.bincount(clustered(present, capacity), minlength=groups)) <= 1


@pytest.mark.parametrize("holes", [0.0, 0.3, 0.6])
def test_clusters_recover_groups_whose_rows_have_holes(holes: float) -> None:
    for seed in range(5):
        present, kind = planted(holes, seed)
        owner = clustered(present, 16)
        assert len(set(zip(owner.tolist(), kind, strict=True))) == 4


def test_greedy_groups_gather_the_same_rows() -> None:
    present, kind = planted(0.0, 1)
    assert len(set(zip(greedy(present, 16, 15).tolist(), kind, strict=True))) == 4
