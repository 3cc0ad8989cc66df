"""Tiles put together: against dense products, tile by tile, and noise drawn cell by cell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from neurodeploy.errors import NeurodeployError
from neurodeploy.targets.crossbar.line_resistance import transfer_matrices, transfer_matrix
from neurodeploy.targets.crossbar.nonidealities import AnalogToDigital, ReadNoise
from neurodeploy.targets.crossbar.tiled_array import tiled_array

RNG = np.random.default_rng(0)
CELLS = RNG.uniform(1e-6, 40e-6, (70, 30)) * (RNG.random((70, 30)) < 0.9)
SPIKES = RNG.random((900, 70)) < 0.1


@given(st.integers(1, 40), st.integers(1, 12), st.integers(1, 17), st.floats(0, 1), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_ideal_currents_are_the_product(m: int, n: int, tile: int, density: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    cells, spikes = rng.random((m, n)) * 1e-4, rng.random((20, m)) < density
    array = tiled_array(cells, tile, tile + 2)
    assert array.tiles == len(array.bands) * -(-n // (tile + 2)) == -(-m // tile) * -(-n // (tile + 2))
    np.testing.assert_allclose(array.read(spikes, 0.5, threads=1), 0.5 * spikes @ cells, rtol=1e-12, atol=1e-20)


def test_line_resistance_is_that_of_each_tile() -> None:
    array = tiled_array(CELLS, 32, 16, 2.0, 3.0)
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
    found = tiled_array(CELLS, 32, 16).read(spikes, 0.5, noise, seed=1)
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
    array, noise = tiled_array(CELLS, 32, 16, resistance, resistance), ReadNoise(0.05)
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
    exact = tiled_array(other, 32, 32, 1.0, 1.0).read(SPIKES[:, :32], 1.0)
    near = tiled_array(cells, 32, 32, 1.0, 1.0).near(other).read(SPIKES[:, :32], 1.0)
    ideal = tiled_array(other, 32, 32).read(SPIKES[:, :32], 1.0)

    def error(found: np.ndarray) -> float:
        return float(np.sqrt(((found - exact) ** 2).mean() / (exact**2).mean()))

    assert error(near) < 5e-4 < 0.01 < error(ideal)
    np.testing.assert_array_equal(tiled_array(cells, 9, 9).near(other).transfer, other)


def test_read_noise_behind_lines_is_near_that_of_solving_every_draw() -> None:
    rng = np.random.default_rng(8)
    cells, noise = rng.uniform(1e-6, 40e-6, (16, 16)), ReadNoise(0.1)
    spikes = np.repeat(rng.random((1, 16)) < 0.5, 4000, axis=0)
    found = tiled_array(cells, 16, 16, 20.0, 20.0).read(spikes, 1.0, noise).std(0)
    draws = cells * (1 + 0.1 * rng.standard_normal((400, 16, 16)))
    exact = np.array([spikes[0] @ tile for tile in transfer_matrices(list(draws), 20.0, 20.0, 1)]).std(0)
    ideal = tiled_array(cells, 16, 16).read(spikes, 1.0, noise).std(0)
    assert abs(np.mean(found / exact) - 1) < 0.05 < abs(np.mean(ideal / exact) - 1)


def test_converters_of_each_band_add_codes_and_count_what_they_clip() -> None:
    array, converter = tiled_array(CELLS, 32, 16), AnalogToDigital(4, 0.0, 1e-4)
    found = array.read_converted(SPIKES, 0.5, converter)
    codes, below, above = np.zeros((900, 30), int), 0, 0
    for band in array.bands:
        one = converter.convert(0.5 * SPIKES[:, band] @ CELLS[band])
        codes, below, above = codes + one.codes, below + one.below, above + one.above
    np.testing.assert_array_equal(found.codes, codes)
    assert (found.below, found.above) == (below, above) and above > 0
    noisy = [array.read_converted(SPIKES, 0.5, converter, ReadNoise(0.2), 3, threads) for threads in (1, 2)]
    np.testing.assert_array_equal(noisy[0].codes, noisy[1].codes)
    assert noisy[0].above == noisy[1].above and (noisy[0].codes != codes).any()


def test_nothing_in_nothing_out() -> None:
    assert tiled_array(CELLS, 32, 16).read(SPIKES[:0], 1.0, ReadNoise(0.1)).shape == (0, 30)
    assert tiled_array(np.zeros((5, 0)), 2, 2, 1.0, 1.0).read(np.ones((3, 5)), 1.0).shape == (3, 0)
    assert tiled_array(np.zeros((0, 4)), 2, 2).read(np.ones((3, 0)), 1.0, ReadNoise(0.1)).tolist() == [[0.0] * 4] * 3
    assert tiled_array(np.zeros((4, 4)), 2, 2, 1.0, 1.0).read(np.ones((3, 4)), 1.0, ReadNoise(0.1)).max() == 0


def test_what_no_array_has() -> None:
    array = tiled_array(CELLS, 32, 16, 1.0, 1.0)
    bad = [
        (lambda: tiled_array(CELLS, 0, 1), "tile_rows = 0"),
        (lambda: tiled_array(CELLS, 1, 1, -1.0), "row_resistance = -1.0"),
        (lambda: tiled_array(-CELLS, 1, 1), "conductance of row 0"),
        (lambda: array.read(SPIKES[:, :3], 1.0), "shape of the spikes"),
        (lambda: array.read(SPIKES * 2, 1.0), "0 or 1"),
        (lambda: array.read(SPIKES, 0.0), "voltage"),
        (lambda: array.near(CELLS[:2]), "shape"),
        (lambda: array.near(CELLS + 1e-6), "open cells"),
    ]
    for call, what in bad:
        with pytest.raises(NeurodeployError, match="ND450") as caught:
            call()
        assert what in str(caught.value)
