"""Gate-driven arrays on tiles: against the ladder of every tile alone, and noise against solving every draw."""

from __future__ import annotations

import numpy as np
import pytest

from neurodeploy.errors import NeurodeployError
from neurodeploy.network.arrays import FloatArray
from neurodeploy.targets.crossbar.array_reading import Subtract
from neurodeploy.targets.crossbar.gated_array import gated_array
from neurodeploy.targets.crossbar.gated_lines import gated_currents
from neurodeploy.targets.crossbar.nonidealities import AnalogToDigital, ReadNoise
from neurodeploy.targets.crossbar.packing import pack
from neurodeploy.targets.crossbar.tiled_array import tiled_array
from neurodeploy.targets.crossbar.tiling import TileShape, dense_grid

RNG = np.random.default_rng(0)
CELLS, OWN = RNG.uniform(1e-6, 40e-6, (70, 20)), RNG.uniform(1e-6, 40e-6, 70)
SPIKES = RNG.random((600, 70)) < 0.2
TILING = pack(RNG.random((70, 20)) < 0.2, TileShape(16, 6, reserved_columns=1), rounds=20).tiling


@pytest.mark.parametrize("leaky", [False, True])
def test_currents_are_those_of_each_tile(leaky: bool) -> None:
    idle, own_idle = (CELLS * 0.01, OWN * 0.02) if leaky else (None, None)
    array = gated_array(CELLS, TILING, resistance=50.0, idle=idle, reference=OWN, reference_idle=own_idle)
    columns, outputs, codes = np.zeros((600, 20)), np.zeros((600, 20)), np.zeros((600, 20), int)
    converter = AnalogToDigital(6, -2e-5, 2e-5)
    for tile in TILING.tiles:

        def block(cells: FloatArray, own: FloatArray, rows=tile.rows, held=tile.outputs) -> FloatArray:
            return np.column_stack([cells[np.ix_(rows, held)], own[rows]])

        off = None if idle is None or own_idle is None else block(idle, own_idle)
        found = gated_currents(SPIKES[:, tile.rows], block(CELLS, OWN), 50.0, voltage=0.3, idle=off)
        columns[:, tile.outputs] += found[:, :-1]
        outputs[:, tile.outputs] += found[:, :-1] - found[:, -1:]
        codes[:, tile.outputs] += converter.convert(found[:, :-1] - found[:, -1:]).codes
    np.testing.assert_allclose(array.read(SPIKES, 0.3), columns, rtol=1e-12)
    np.testing.assert_allclose(array.read(SPIKES, 0.3, subtract="reference"), outputs, rtol=1e-9, atol=1e-18)
    converted = array.read_converted(SPIKES, 0.3, converter, subtract="reference")
    np.testing.assert_array_equal(converted.codes, codes)
    assert array.tiles == len(TILING.tiles) and converted.parts.max() > 1


def test_ideal_lines_are_those_of_an_array_driven_on_its_rows() -> None:
    rows, gates = tiled_array(CELLS, TILING, reference=OWN), gated_array(CELLS, TILING, reference=OWN)
    choices: tuple[Subtract, ...] = (None, "reference")
    for subtract in choices:
        one, other = (array.read(SPIKES, 0.5, subtract=subtract) for array in (rows, gates))
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-18)
        one, other = (array.read(SPIKES, 0.5, ReadNoise(0.1), 3, subtract=subtract) for array in (rows, gates))
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-18)


def test_read_noise_behind_lines_is_near_that_of_solving_every_draw() -> None:
    rng, noise, r = np.random.default_rng(3), ReadNoise(0.05), 200.0
    cells, idle = rng.uniform(1e-6, 40e-6, (32, 8)), rng.uniform(1e-7, 1e-6, (32, 8))
    gates = rng.random((1, 32)) < 0.5
    array = gated_array(cells, dense_grid((32, 8), TileShape(32, 8)), resistance=r, idle=idle)
    found = array.read(np.repeat(gates, 20000, axis=0), 1.0, noise, 1)
    draws = [[g * (1 + 0.05 * rng.standard_normal(g.shape)) for g in (cells, idle)] for _ in range(4000)]
    exact = np.array([gated_currents(gates, on, r, idle=off, threads=1)[0] for on, off in draws])
    np.testing.assert_allclose(found.mean(axis=0), exact.mean(axis=0), rtol=1e-3)
    np.testing.assert_allclose(found.std(axis=0), exact.std(axis=0), rtol=0.05)
    ideal = gated_array(cells, array.tiling, idle=idle).read(np.repeat(gates, 2000, axis=0), 1.0, noise, 1)
    assert (ideal.std(axis=0) > 1.3 * exact.std(axis=0)).all()


def test_other_conductances_and_threads() -> None:
    array = gated_array(CELLS, TILING, resistance=50.0, reference=OWN)
    other = CELLS * RNG.uniform(0.5, 2, CELLS.shape)
    new = gated_array(other, TILING, resistance=50.0, reference=OWN * 2)
    np.testing.assert_array_equal(
        array.near(other, OWN * 2).read(SPIKES, 1.0, subtract="reference"), new.read(SPIKES, 1.0, subtract="reference")
    )
    one, three = (array.read(SPIKES, 0.5, ReadNoise(0.1), 4, threads) for threads in (1, 3))
    np.testing.assert_array_equal(one, three)


def test_what_no_array_has() -> None:
    array = gated_array(CELLS, TILING)
    bad = [
        (lambda: gated_array(CELLS, TILING, resistance=-1.0), "resistance = -1.0"),
        (lambda: gated_array(CELLS, TILING, idle=CELLS[:3]), "shape of the conductances"),
        (lambda: gated_array(CELLS, TILING, reference_idle=OWN), "given with reference_idle"),
        (lambda: gated_array(CELLS[:3], TILING), "shape of the conductances"),
        (lambda: array.near(CELLS, OWN), "reference"),
    ]
    for call, what in bad:
        with pytest.raises(NeurodeployError, match="ND450") as caught:
            call()
        assert what in str(caught.value)
