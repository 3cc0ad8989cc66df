"""Arrays on tiles: the sum of the tiles' currents is the array's, and what split rows cost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurodeploy.errors import NeurodeployError
from neurodeploy.targets.crossbar.tiling import TileShape, dense_grid, grouped


@given(
    st.tuples(st.integers(1, 30), st.integers(1, 20)), st.tuples(st.integers(1, 12), st.integers(1, 12)),
    st.sampled_from([1, 2]), st.sampled_from([0, 1]), st.integers(0, 999),
)  # fmt: skip
@settings(max_examples=100, deadline=None)
def test_partial_sums_add_up(
    shape: tuple[int, int], size: tuple[int, int], per_output: int, reserved: int, seed: int
) -> None:
    tile = TileShape(size[0], max(size[1], per_output + reserved), per_output, reserved)
    grid = dense_grid(shape, tile)
    assert len(grid.tiles) == -(-shape[0] // tile.rows) * -(-shape[1] // tile.outputs)
    assert grid.holds(np.ones(shape, bool))
    rng = np.random.default_rng(seed)
    cells, inputs = rng.random((shape[0], shape[1] * per_output)), rng.random((4, shape[0])) < 0.5
    blocks = grid.blocks(cells)
    assert all(block.shape[0] <= tile.rows and block.shape[1] + reserved <= tile.columns for block in blocks)
    signs = np.array([1, -1])[:per_output]
    parts = []
    for block, held in zip(blocks, grid.tiles, strict=True):
        currents = (inputs[:, held.rows] @ block).reshape(4, -1, per_output)
        parts.append(currents @ signs)
    expected = (inputs @ cells).reshape(4, shape[1], per_output) @ signs
    np.testing.assert_allclose(grid.added(parts), expected, rtol=1e-12, atol=1e-12)


def test_what_split_rows_cost() -> None:
    """784 x 100 pairs on 128 x 128: seven rows of two tiles."""
    grid = dense_grid((784, 100), TileShape(128, 128, columns_per_output=2, multiplexing=8))
    assert len(grid.tiles) == 14 and grid.tile.senses == 16
    digital, analogue = (grid.partial_sums(how) for how in ("digital", "analogue"))
    assert (digital.per_output == 7).all() and digital.conversions == 700
    assert digital.additions == 600 and digital.extra_bits == 3 and digital.joined_columns == 0 and digital.phases == 8
    assert analogue.conversions == 100 and analogue.additions == 0 and analogue.extra_bits == 0
    assert analogue.joined_columns == 1400
    whole = dense_grid((100, 10), TileShape(128, 16)).partial_sums("none")
    assert (whole.per_output == 1).all() and tuple(whole)[1:] == (10, 0, 0, 0, 1)


def test_outputs_on_no_tile_have_no_sum() -> None:
    tiling = grouped((6, 3), TileShape(2, 2), [(np.array([0, 3, 5]), np.array([2]))])
    assert [(held.rows.tolist(), held.outputs.tolist()) for held in tiling.tiles] == [([0, 3], [2]), ([5], [2])]
    sums = tiling.partial_sums("digital")
    assert (
        sums.per_output.tolist() == [0, 0, 2] and sums.conversions == 2 and sums.additions == 1 and sums.extra_bits == 1
    )
    present = np.zeros((6, 3), bool)
    present[[0, 3, 5], 2] = True
    assert tiling.holds(present)
    present[1, 2] = True
    assert not tiling.holds(present)
    twice = grouped((6, 3), TileShape(2, 2), [(np.array([0]), np.array([2])), (np.array([0]), np.array([2]))])
    assert not twice.holds(np.zeros((6, 3), bool))


def test_a_spiking_periphery_cannot_add() -> None:
    with pytest.raises(NeurodeployError, match="100 of 100 outputs have their rows split over up to 7") as raised:
        dense_grid((784, 100), TileShape(128, 128)).partial_sums("none")
    assert raised.value.code == "ND431" and "tiles of 784 rows" in raised.value.hint


@pytest.mark.parametrize(
    ("arguments", "what"),
    [((0, 8), "sizes of 1"), ((8, 8, 1, 0, 0), "sizes of 1"), ((8, 8, 1, -1), "sizes of 1"), ((8, 1, 2), "cannot hold one output"),
     ((8, 2, 2, 1), "needs 3 with the reference column")],
)  # fmt: skip
def test_tiles_that_do_not_exist(arguments: tuple[int, ...], what: str) -> None:
    with pytest.raises(NeurodeployError, match=what) as raised:
        TileShape(*arguments)
    assert raised.value.code == "ND431"
