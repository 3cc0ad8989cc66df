"""Converters behind every tile: against conversions of each tile's own currents, with and without subtraction before."""

from __future__ import annotations

import numpy as np
import pytest
from process_pipe import through_a_pipe

from neurodeploy.targets.crossbar.array_reading import Subtract
from neurodeploy.targets.crossbar.nonidealities import AnalogToDigital, ReadNoise
from neurodeploy.targets.crossbar.packing import pack
from neurodeploy.targets.crossbar.tiled_array import tiled_array
from neurodeploy.targets.crossbar.tiling import TileShape, dense_grid

RNG = np.random.default_rng(0)
CELLS = RNG.uniform(1e-6, 40e-6, (70, 30)) * (RNG.random((70, 30)) < 0.9)
SPIKES = RNG.random((900, 70)) < 0.1


def test_converters_of_a_dense_grid_add_codes_and_count_what_they_clip() -> None:
    array = tiled_array(CELLS, dense_grid((70, 30), TileShape(32, 16)))
    converter = AnalogToDigital(4, 0.0, 1e-4)
    found = array.read_converted(SPIKES, 0.5, converter)
    codes, below, above = np.zeros((900, 30), int), 0, 0
    for band in (slice(32), slice(32, 64), slice(64, 70)):
        one = converter.convert(0.5 * SPIKES[:, band] @ CELLS[band])
        codes, below, above = codes + one.codes, below + one.below, above + one.above
    np.testing.assert_array_equal(found.codes, codes)
    assert (found.below, found.above) == (below, above) and above > 0 and found.parts.tolist() == [3] * 30
    noisy = [array.read_converted(SPIKES, 0.5, converter, ReadNoise(0.2), 3, threads) for threads in (1, 2)]
    np.testing.assert_array_equal(noisy[0].codes, noisy[1].codes)
    assert noisy[0].above == noisy[1].above and (noisy[0].codes != codes).any()


@pytest.mark.parametrize(("subtract", "per", "reserved"), [(None, 1, 0), ("pair", 2, 0), ("reference", 1, 1)])
def test_partial_sums_of_any_tiling_are_converted_one_by_one(subtract: Subtract, per: int, reserved: int) -> None:
    present = np.random.default_rng(1).random((70, 20)) < 0.2
    tiling = pack(present, TileShape(16, 5 * per + reserved, per, reserved), rounds=20).tiling
    rng = np.random.default_rng(2)
    cells, own = rng.uniform(1e-6, 40e-6, (70, 20 * per)), rng.uniform(1e-6, 40e-6, 70)
    array = tiled_array(cells, tiling, reference=own if reserved else None)
    converter = AnalogToDigital(6, -2e-5 if subtract else 0.0, 4e-5)
    codes, parts, below, above = np.zeros((900, 20), int), np.zeros(20, int), 0, 0
    for tile in tiling.tiles:
        currents = 0.5 * SPIKES[:, tile.rows] @ cells[np.ix_(tile.rows, tiling.columns(tile))]
        if subtract == "pair":
            currents = currents[:, 0::2] - currents[:, 1::2]
        elif subtract == "reference":
            currents -= 0.5 * (SPIKES[:, tile.rows] @ own[tile.rows])[:, None]
        one = converter.convert(currents)
        codes[:, tile.outputs] += one.codes
        parts[tile.outputs] += 1
        below, above = below + one.below, above + one.above
    found = array.read_converted(SPIKES, 0.5, converter, subtract=subtract)
    np.testing.assert_array_equal(found.codes, codes)
    np.testing.assert_array_equal(found.parts, parts)
    assert (found.below, found.above) == (below, above) and parts.max() > 1
    fine = AnalogToDigital(20, -1e-3, 1e-3)  # what codes stand for, within half a step of each
    read = array.read_converted(SPIKES, 0.5, fine, subtract=subtract)
    error = np.abs(read.currents(fine) - array.read(SPIKES, 0.5, subtract=subtract))
    assert read.below == read.above == 0 and (error <= fine.step * (parts / 2 + 1e-6)).all()


def test_an_array_travels_to_another_process_after_a_read() -> None:
    array = tiled_array(CELLS, dense_grid((70, 30), TileShape(32, 16)), row_resistance=1.0)
    before = array.read(SPIKES, 0.5, ReadNoise(0.1), 1)
    copy = through_a_pipe(array)
    np.testing.assert_array_equal(copy.read(SPIKES, 0.5, ReadNoise(0.1), 1), before)
    np.testing.assert_array_equal(array.read(SPIKES, 0.5, ReadNoise(0.1), 1), before)
    assert (array.near(CELLS * 2).read(SPIKES, 0.5) > 1.5 * array.read(SPIKES, 0.5)).mean() > 0.9


def test_the_noise_of_a_reference_column_is_common_to_its_tile() -> None:
    shape = (40, 6)
    cells, own = np.full(shape, 2e-5), np.full(40, 2e-5)
    array = tiled_array(cells, dense_grid(shape, TileShape(40, 4, reserved_columns=1)), reference=own)
    spikes, noise = np.ones((4000, 40), bool), ReadNoise(0.1)
    found = array.read(spikes, 1.0, noise, 5, subtract="reference")
    sigma = np.sqrt(2 * 40) * 2e-6  # of a column and of the reference
    np.testing.assert_allclose(found.std(axis=0), sigma, rtol=0.05)
    correlation = np.corrcoef(found.T)
    same = np.add.outer(np.arange(6) // 3, -(np.arange(6) // 3)) == 0
    np.testing.assert_allclose(correlation, np.where(np.eye(6) > 0, 1, np.where(same, 0.5, 0)), atol=0.06)
    assert np.ptp(array.read(spikes, 1.0, subtract="reference")) == 0
