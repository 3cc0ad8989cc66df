"""Tiles put together: against dense products, tile by tile, and noise drawn cell by cell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from neurodeploy.errors import NeurodeployError
from neurodeploy.network.arrays import BoolArray, FloatArray
from neurodeploy.targets.crossbar.line_resistance import transfer_matrices, transfer_matrix
from neurodeploy.targets.crossbar.nonidealities import ReadNoise
from neurodeploy.targets.crossbar.packing import pack
from neurodeploy.targets.crossbar.tiled_array import TiledArray, tiled_array
from neurodeploy.targets.crossbar.tiling import Tile, TileShape, Tiling, dense_grid

RNG = np.random.default_rng(0)
CELLS = RNG.uniform(1e-6, 40e-6, (70, 30)) * (RNG.random((70, 30)) < 0.9)
SPIKES = RNG.random((900, 70)) < 0.1


def grid(
    cells: FloatArray, rows: int, columns: int, row_resistance: float = 0.0, column_resistance: float = 0.0
) -> TiledArray:
    tiling = dense_grid((cells.shape[0], cells.shape[1]), TileShape(rows, columns))
    return tiled_array(cells, tiling, row_resistance=row_resistance, column_resistance=column_resistance)


@given(st.integers(1, 40), st.integers(1, 12), st.integers(1, 17), st.floats(0, 1), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_ideal_currents_are_the_product(m: int, n: int, tile: int, density: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    cells, spikes = rng.random((m, n)) * 1e-4, rng.random((20, m)) < density
    array = grid(cells, tile, tile + 2)
    assert array.tiles == -(-m // tile) * -(-n // (tile + 2))
    np.testing.assert_allclose(array.read(spikes, 0.5, threads=1), 0.5 * spikes @ cells, rtol=1e-12, atol=1e-20)


def test_line_resistance_is_that_of_each_tile() -> None:
    array = grid(CELLS, 32, 16, 2.0, 3.0)
    expected = np.zeros((len(SPIKES), 30))
    for top in range(0, 70, 32):
        for left in range(0, 30, 16):
            tile = transfer_matrix(CELLS[top : top + 32, left : left + 16], 2.0, 3.0)
            expected[:, left : left + 16] += SPIKES[:, top : top + 32] @ tile
    np.testing.assert_allclose(array.read(SPIKES, 1.0), expected, rtol=1e-12)
    assert (array.transfer[CELLS > 0] < CELLS[CELLS > 0]).mean() > 0.99


def test_read_noise_has_the_distribution_of_noise_drawn_for_every_cell() -> None:
    noise, rng = ReadNoise(0.1, 2e-6), np.random.default_rng(3)
    spikes = np.repeat(SPIKES[:1], 4000, axis=0)
    found = grid(CELLS, 32, 16).read(spikes, 0.5, noise, seed=1)
    cells = CELLS[SPIKES[0]]
    sigma = np.where(cells > 0, np.hypot(0.1 * cells, 2e-6), 0)
    drawn = 0.5 * (cells + sigma * rng.standard_normal((4000, *cells.shape))).sum(1)
    for column in range(0, 30, 5):
        assert stats.ks_2samp(found[:, column], drawn[:, column]).pvalue > 1e-3
        width = 0.5 * np.sqrt((sigma[:, column] ** 2).sum())
        assert stats.kstest(found[:, column], "norm", (0.5 * cells[:, column].sum(), width)).pvalue > 1e-3
    correlations = np.corrcoef(found.T) - np.eye(30)
    assert np.abs(correlations).max() < 5 / np.sqrt(4000)


@pytest.mark.parametrize("resistance", [0.0, 2.0])
def test_one_seed_one_result_on_any_threads(resistance: float) -> None:
    array, noise = grid(CELLS, 32, 16, resistance, resistance), ReadNoise(0.05)
    one, three = (array.read(SPIKES, 0.5, noise, seed=4, threads=threads) for threads in (1, 3))
    np.testing.assert_array_equal(one, three)
    np.testing.assert_array_equal(one[:512], array.read(SPIKES[:512], 0.5, noise, seed=4))  # whole chunks
    assert (one != array.read(SPIKES, 0.5, noise, seed=5)).mean() > 0.99
    quiet = array.read(SPIKES, 0.5, ReadNoise(0.0))
    np.testing.assert_allclose(quiet, array.read(SPIKES, 0.5), rtol=1e-15)


def test_cells_near_the_solved_ones_scale_the_transfer_matrix() -> None:
    """Within the error that the results page states; far less than what leaving out line resistance would err."""
    cells = np.random.default_rng(5).uniform(1e-6, 40e-6, (32, 32))
    other = cells * (1 + 0.05 * np.random.default_rng(6).standard_normal(cells.shape))
    exact = grid(other, 32, 32, 1.0, 1.0).read(SPIKES[:, :32], 1.0)
    near = grid(cells, 32, 32, 1.0, 1.0).near(other).read(SPIKES[:, :32], 1.0)
    ideal = grid(other, 32, 32).read(SPIKES[:, :32], 1.0)

    def error(found: np.ndarray) -> float:
        return float(np.sqrt(((found - exact) ** 2).mean() / (exact**2).mean()))

    assert error(near) < 5e-4 < 0.01 < error(ideal)
    np.testing.assert_array_equal(grid(cells, 9, 9).near(other).transfer, other)


def test_read_noise_behind_lines_is_near_that_of_solving_every_draw() -> None:
    rng = np.random.default_rng(8)
    cells, noise = rng.uniform(1e-6, 40e-6, (16, 16)), ReadNoise(0.1)
    spikes = np.repeat(rng.random((1, 16)) < 0.5, 4000, axis=0)
    found = grid(cells, 16, 16, 20.0, 20.0).read(spikes, 1.0, noise).std(0)
    draws = cells * (1 + 0.1 * rng.standard_normal((400, 16, 16)))
    exact = np.array([spikes[0] @ tile for tile in transfer_matrices(list(draws), 20.0, 20.0, 1)]).std(0)
    ideal = grid(cells, 16, 16).read(spikes, 1.0, noise).std(0)
    assert abs(np.mean(found / exact) - 1) < 0.05 < abs(np.mean(ideal / exact) - 1)


def packed(reserved: int = 0, per: int = 1) -> tuple[FloatArray, Tiling, BoolArray]:
    """Cells of a sparse array (absent synapses too), tiles that hold any rows and outputs, and which cells lie on tiles."""
    rng = np.random.default_rng(11)
    present = (rng.random((90, 24)) < 0.15) & (np.arange(90)[:, None] % 5 > 0)
    tiling = pack(present, TileShape(16, 5 * per + reserved, per, reserved), rounds=20).tiling
    assert tiling.holds(present) and any(len(tile.rows) < 16 for tile in tiling.tiles)
    return rng.uniform(1e-6, 40e-6, (90, 24 * per)), tiling, np.repeat(tiling.times_held() > 0, per, axis=1)


def test_tiles_of_any_rows_and_outputs() -> None:
    cells, tiling, held = packed()
    spikes = np.random.default_rng(12).random((300, 90)) < 0.3
    ideal = tiled_array(cells, tiling)
    assert 0 < held.sum() < held.size and ideal.tiles == len(tiling.tiles)
    np.testing.assert_array_equal(ideal.conductances, np.where(held, cells, 0))
    np.testing.assert_array_equal(ideal.effective(), ideal.conductances)
    np.testing.assert_allclose(ideal.read(spikes, 0.5), 0.5 * spikes @ (held * cells), rtol=1e-12)
    array, expected = tiled_array(cells, tiling, row_resistance=2.0, column_resistance=3.0), np.zeros((300, 24))
    for tile in tiling.tiles:
        solved = transfer_matrix(cells[np.ix_(tile.rows, tile.outputs)], 2.0, 3.0)
        expected[:, tile.outputs] += spikes[:, tile.rows] @ solved
    np.testing.assert_allclose(array.read(spikes, 1.0), expected, rtol=1e-12)
    assert (array.transfer[~held] == 0).all() and (array.transfer[held] < cells[held]).all()
    np.testing.assert_array_equal(array.effective(), array.transfer)


def test_each_tile_subtracts_its_own_reference_column() -> None:
    cells, tiling, held = packed(reserved=1)
    own = np.random.default_rng(13).uniform(1e-6, 40e-6, 90)
    spikes = np.random.default_rng(14).random((300, 90)) < 0.3
    ideal = tiled_array(cells, tiling, reference=own)
    wanted = 0.5 * spikes @ np.where(held, cells - own[:, None], 0)
    np.testing.assert_allclose(ideal.read(spikes, 0.5, subtract="reference"), wanted, rtol=1e-9, atol=1e-18)
    array = tiled_array(cells, tiling, reference=own, row_resistance=2.0, column_resistance=3.0)
    expected = np.zeros((300, 24))
    for tile in tiling.tiles:
        block = np.column_stack([cells[np.ix_(tile.rows, tile.outputs)], own[tile.rows]])
        currents = spikes[:, tile.rows] @ transfer_matrix(block, 2.0, 3.0)
        expected[:, tile.outputs] += currents[:, :-1] - currents[:, -1:]
    np.testing.assert_allclose(array.read(spikes, 1.0, subtract="reference"), expected, rtol=1e-9, atol=1e-18)
    effective = array.effective("reference")
    np.testing.assert_allclose(spikes @ effective, expected, rtol=1e-9, atol=1e-18)
    assert (effective[~held] == 0).all()
    # References that differ from tile to tile, near those that were solved.
    drift = np.random.default_rng(15).uniform(0.99, 1.01, (90, len(tiling.tiles)))
    other = array.near(cells, own[:, None] * drift)
    assert array.reference is not None and other.reference is not None
    np.testing.assert_allclose(other.reference, array.reference * drift, rtol=1e-14)
    solved = tiled_array(cells, tiling, reference=other.reference, row_resistance=2.0, column_resistance=3.0)
    near, exact = (one.read(spikes, 1.0, subtract="reference") for one in (other, solved))
    assert np.abs(near - exact).max() < 0.05 * np.abs(exact - expected).max()


def test_pairs_are_subtracted() -> None:
    cells, tiling, _ = packed(per=2)
    array = tiled_array(cells, tiling, row_resistance=1.0, column_resistance=1.0)
    np.testing.assert_array_equal(array.effective("pair"), array.transfer[:, 0::2] - array.transfer[:, 1::2])
    spikes = np.random.default_rng(16).random((300, 90)) < 0.3
    currents = array.read(spikes, 0.5, ReadNoise(0.1), 7)
    found = array.read(spikes, 0.5, ReadNoise(0.1), 7, subtract="pair")
    np.testing.assert_array_equal(found, currents[:, 0::2] - currents[:, 1::2])


def test_nothing_in_nothing_out() -> None:
    assert grid(CELLS, 32, 16).read(SPIKES[:0], 1.0, ReadNoise(0.1)).shape == (0, 30)
    assert grid(np.zeros((5, 0)), 2, 2, 1.0, 1.0).read(np.ones((3, 5)), 1.0).shape == (3, 0)
    assert grid(np.zeros((0, 4)), 2, 2).read(np.ones((3, 0)), 1.0, ReadNoise(0.1)).tolist() == [[0.0] * 4] * 3
    assert grid(np.zeros((4, 4)), 2, 2, 1.0, 1.0).read(np.ones((3, 4)), 1.0, ReadNoise(0.1)).max() == 0


def test_what_no_array_has() -> None:
    array, held = grid(CELLS, 32, 16, 1.0, 1.0), Tile(np.arange(3), np.arange(2))
    tile, with_one = TileShape(9, 9), TileShape(9, 9, reserved_columns=1)
    bad = [
        (lambda: grid(CELLS, 1, 1, -1.0), "row_resistance = -1.0"),
        (lambda: grid(-CELLS, 1, 1), "conductance of row 0"),
        (lambda: array.read(SPIKES[:, :3], 1.0), "shape of the spikes"),
        (lambda: array.read(SPIKES * 2, 1.0), "0 or 1"),
        (lambda: array.read(SPIKES, 0.0), "voltage"),
        (lambda: array.near(CELLS[:2]), "shape"),
        (lambda: array.near(CELLS + 1e-6), "open cells"),
        (lambda: tiled_array(CELLS, dense_grid((70, 29), TileShape(9, 9))), "shape of the conductances"),
        (lambda: tiled_array(CELLS, Tiling((70, 30), tile, (held, held))), "tiles that hold one cell = 2"),
        (lambda: tiled_array(CELLS, Tiling((70, 30), tile, ()), reference=CELLS[:, 0]), "reserved column"),
        (lambda: tiled_array(CELLS, dense_grid((70, 30), with_one), reference=CELLS[0]), "shape of reference"),
        (lambda: tiled_array(CELLS, dense_grid((70, 30), with_one), reference=-CELLS[:, 0]), "at least 0 S"),
        (lambda: array.near(CELLS, CELLS[:, 0]), "reference"),
        (lambda: array.read(SPIKES, 1.0, subtract="pair"), "columns per output = 1"),
        (lambda: array.effective("reference"), "given to be subtracted"),
    ]
    for call, what in bad:
        with pytest.raises(NeurodeployError, match="ND450") as caught:
            call()
        assert what in str(caught.value)
