"""Bands: every tile in one, no output twice in any, and cells at their places."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from neurodeploy.targets.crossbar.bands import bands, in_place, on_tiles, references_on_tiles, whole
from neurodeploy.targets.crossbar.packing import pack
from neurodeploy.targets.crossbar.tiling import Tile, TileShape, Tiling, dense_grid


@given(
    st.integers(1, 30), st.integers(1, 12), st.integers(1, 9), st.integers(1, 5), st.integers(1, 2), st.integers(0, 99)
)
@settings(max_examples=60, deadline=None)
def test_no_output_has_two_tiles_in_a_band(m: int, n: int, rows: int, outputs: int, per: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    present = rng.random((m, n)) < 0.3
    tiling = pack(present, TileShape(rows, outputs * per, per), rounds=5).tiling
    cells, found = rng.random((m, n * per)), bands(tiling)
    assert sorted(number for band in found for number in band.tiles) == list(range(len(tiling.tiles)))
    assert len(found) == tiling.partial_sums("digital").per_output.max(initial=0)
    total = np.zeros_like(cells)
    for band in found:
        columns = np.concatenate([tiling.columns(tiling.tiles[number]) for number in band.tiles])
        assert sorted(columns) == band.columns.tolist()
        total[np.ix_(band.rows, band.columns)] += in_place(band, tiling, cells, None)
    np.testing.assert_array_equal(total, on_tiles("test", tiling, cells))
    together = whole(tiling)
    np.testing.assert_array_equal(
        total[np.ix_(together.rows, together.columns)], in_place(together, tiling, cells, None)
    )


def test_bands_of_a_grid_are_its_rows_of_tiles() -> None:
    found = bands(dense_grid((10, 6), TileShape(4, 4)))
    assert [band.rows.tolist() for band in found] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert all(band.columns.tolist() == list(range(6)) for band in found)


def test_tiles_that_share_some_outputs() -> None:
    """Tile 1 has output 1 from tile 0, tile 2 has output 2 from tile 1: none may stand beside the one before."""
    tiles = [
        Tile(np.array([row]), np.array(outputs)) for row, outputs in ((0, [0, 1]), (1, [1, 2]), (2, [2]), (3, [0]))
    ]
    tiling = Tiling((4, 3), TileShape(1, 2), tuple(tiles))
    assert [band.tiles.tolist() for band in bands(tiling)] == [[0], [1, 3], [2]]


def test_each_tile_has_its_reference_in_its_own_rows() -> None:
    tiling = dense_grid((3, 4), TileShape(2, 3, reserved_columns=1))
    reference = references_on_tiles("test", tiling, np.array([1.0, 2.0, 3.0]))
    assert reference is not None and reference.T.tolist() == [[1, 2, 0], [0, 0, 3], [1, 2, 0], [0, 0, 3]]
    first = bands(tiling)[0]
    cells = np.arange(12.0).reshape(3, 4)
    assert in_place(first, tiling, cells, reference).tolist() == [[0, 1, 2, 3, 1, 1], [4, 5, 6, 7, 2, 2]]
