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


@given(rasters, st.data())
@settings(max_examples=100)
def test_windows_of_time_follow_each_other(raster: np.ndarray, data: st.DataObject) -> None:
    """Spikes, graded events, and events of which only some are graded."""
    first, end = sorted(data.draw(st.tuples(*[st.integers(0, raster.shape[1])] * 2)))
    values = raster * np.random.default_rng(0).random(raster.shape)
    for batch, dense in ((SpikeBatch.from_dense(raster), raster), (SpikeBatch.from_dense(values, graded=True), values)):
        parts = [batch.window(0, first), batch.window(first, end), batch.window(end, raster.shape[1])]
        assert all(part.problem() is None for part in parts)
        np.testing.assert_array_equal(parts[1].dense(), dense[:, first:end].astype(parts[1].dense().dtype))
        joined = parts[0].followed_by(parts[1]).followed_by(parts[2])
        np.testing.assert_array_equal(joined.indptr, batch.indptr)
        np.testing.assert_array_equal(joined.neurons, batch.neurons)
        if batch.values is not None:
            np.testing.assert_array_equal(joined.values, batch.values)
            mixed = SpikeBatch.from_dense(raster).followed_by(batch)
            expected = np.concatenate([raster, values.astype(np.float32)], axis=1)
            np.testing.assert_array_equal(mixed.dense(), expected)
