"""Spike batches: dense and sparse say the same; counting and joining by brute force."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from neurodeploy.network import Activity, SpikeBatch

rasters = hnp.arrays(np.bool_, hnp.array_shapes(min_dims=3, max_dims=3, max_side=6))


@given(rasters)
def test_dense_and_sparse_agree(raster: np.ndarray) -> None:
    batch = SpikeBatch.from_dense(raster)
    np.testing.assert_array_equal(batch.dense(), raster)
    np.testing.assert_array_equal(batch.counts(), raster.sum(axis=1))
    assert batch.total == raster.sum()
    for index in range(len(raster)):
        np.testing.assert_array_equal(batch.sample(index).dense(), raster[index : index + 1])


@given(rasters, st.integers(1, 3))
@settings(max_examples=50)
def test_joining_undoes_splitting(raster: np.ndarray, parts: int) -> None:
    batches = [SpikeBatch.from_dense(part) for part in np.array_split(raster, parts) if len(part)]
    whole = SpikeBatch.concatenate(batches)
    np.testing.assert_array_equal(whole.dense(), raster)
    activities = [Activity({"n": b}, {"p": b.counts().sum(axis=1)}, {}, {"n": 1}) for b in batches]
    joined = Activity.concatenate(activities).event_counts()
    assert joined.spikes == {"n": raster.sum()} and joined.synaptic_events == {"p": raster.sum()}
    assert joined.samples == len(raster) and joined.saturations == {"n": len(batches)}
