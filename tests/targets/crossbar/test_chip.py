"""Chips: lines solved tile by tile, and variation of the width asked for, repeated by its seed."""

from __future__ import annotations

import numpy as np
import pytest
from crossbar_programs import compiled
from networks import into

from neurodeploy.network import LIF, Network
from neurodeploy.targets.crossbar.chip import make_chip
from neurodeploy.targets.crossbar.line_resistance import transfer_matrix


def dense(rows: int, outputs: int, lowest: float = -1.0) -> Network:
    return into(LIF(synapse="delta"), np.random.default_rng(0).uniform(lowest, 1, (rows, outputs)))


@pytest.mark.parametrize(("cells", "tile"), [("pair", "8x6"), ("reference", "7x5"), ("single", "7x5")])
def test_weights_behind_lines_are_those_of_the_transfer_matrices(cells: str, tile: str) -> None:
    program = compiled(dense(20, 9, 0.0), cells=cells, tile=tile, segment_ohms=5.0, layout="grid")
    array = program.mapping.arrays[0]
    expected, cells_of = np.zeros((20, 9)), array.mapped.conductances
    for held in array.tiling.tiles:
        block = cells_of[np.ix_(held.rows, array.tiling.columns(held))]
        if array.mapped.reference is not None:
            block = np.column_stack([block, array.mapped.reference[held.rows]])
        passed = transfer_matrix(block, 5.0, 5.0)
        if cells == "pair":
            passed = passed[:, 0::2] - passed[:, 1::2]
        elif cells == "reference":
            passed = passed[:, :-1] - passed[:, -1:]
        expected[np.ix_(held.rows, held.outputs)] = passed
    found = program.chip.arrays["synapses"].weights
    np.testing.assert_allclose(found, array.mapped.scale * expected, rtol=1e-10, atol=1e-14)
    assert np.abs(found / array.mapped.weights().max() - array.mapped.weights()).max() > 1e-3


def test_lines_are_the_devices_own_without_an_option() -> None:
    network = dense(16, 4)
    own = compiled(network, segment_ohms=None)
    ohms = own.mapping.device.row_segment_ohm
    assert ohms == own.mapping.device.column_segment_ohm > 0
    given = compiled(network, segment_ohms=ohms)
    np.testing.assert_array_equal(own.chip.arrays["synapses"].weights, given.chip.arrays["synapses"].weights)


def test_variation_has_the_width_asked_for() -> None:
    program = compiled(dense(120, 40), variation=0.1)
    array, wanted = program.chip.arrays["synapses"], program.mapping.arrays[0].mapped.conductances
    logarithms = np.log(array.array.conductances / wanted)
    assert logarithms.std() == pytest.approx(0.1, rel=0.04)  # 9,600 cells: 5 standard errors
    assert program.manifest["options"]["variation"] == 0.1


def test_share_of_stuck_cells() -> None:
    program = compiled(dense(120, 40), stuck_at=0.2)
    device, made = program.mapping.device, program.chip.arrays["synapses"].array.conductances
    wanted = program.mapping.arrays[0].mapped.conductances
    changed = made != wanted
    on = (made == device.g_max)[wanted != device.g_max].mean()
    off = (changed & (made == device.g_min)).sum() / (wanted != device.g_min).sum()
    assert on == pytest.approx(0.1, abs=0.015) and off == pytest.approx(0.1, abs=0.02)
    assert set(np.unique(made[changed])) == {device.g_min, device.g_max}


def test_a_seed_is_a_chip() -> None:
    network = dense(20, 9)
    one, same, other = (compiled(network, variation=0.1, device_seed=seed) for seed in (3, 3, 4))
    weights = [program.chip.arrays["synapses"].weights for program in (one, same, other)]
    np.testing.assert_array_equal(weights[0], weights[1])
    assert (weights[0] != weights[2]).all()
    next_one = make_chip(one.mapping, 1).arrays["synapses"].weights
    np.testing.assert_array_equal(next_one, weights[2])


def test_reference_columns_of_tiles_vary_on_their_own() -> None:
    program = compiled(dense(30, 9, 0.0), cells="reference", tile="10x4", variation=0.1, layout="grid")
    reference = program.chip.arrays["synapses"].array.reference
    assert reference is not None and reference.shape == (30, 9)
    values = reference[reference > 0]
    assert len(values) == 90 and len(np.unique(values)) == 90
