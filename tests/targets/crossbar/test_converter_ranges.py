"""Ranges of converters, against every partial sum of every tile."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from crossbar_programs import compiled
from networks import into, random_spikes

from neurodeploy.network import LIF, Network, SpikeBatch
from neurodeploy.targets.crossbar.converter_ranges import MARGIN
from neurodeploy.targets.crossbar.program import CrossbarProgram

DIGITAL: dict[str, Any] = {"partial_sums": "digital", "tile": "8x6"}


def network() -> Network:
    return into(LIF(synapse="delta"), np.random.default_rng(0).normal(1, 4, (20, 7)))


def partial_sums(program: CrossbarProgram, spikes: SpikeBatch) -> np.ndarray:
    """In A, of every tile and output in every step with a spike."""
    array, volts = program.mapping.arrays[0], program.mapping.device.read_voltage
    differences = array.mapped.weights() / array.mapped.scale * volts
    steps = spikes.dense().reshape(-1, spikes.size)
    steps = steps[steps.any(axis=1)].astype(float)
    return np.concatenate(
        [(steps[:, t.rows] @ differences[np.ix_(t.rows, t.outputs)]).ravel() for t in array.tiling.tiles]
    )


@pytest.mark.parametrize("cells", ["pair", "reference"])
def test_calibrated_ranges_are_those_of_the_samples(cells: str) -> None:
    spikes = random_spikes(4, 30, 20, 0.2)
    program = compiled(network(), spikes, cells=cells, **DIGITAL)
    sums, converter = partial_sums(program, spikes), program.mapping.converters["synapses"]
    margin = MARGIN * (sums.max() - sums.min())
    np.testing.assert_allclose(
        [converter.lowest, converter.highest], [sums.min() - margin, sums.max() + margin], rtol=1e-9
    )
    assert program.run(spikes, "model").saturations == {"neurons": 0}


@pytest.mark.parametrize("cells", ["pair", "reference"])
def test_without_calibration_nothing_is_clipped(cells: str) -> None:
    """On ideal cells: variation and noise may reach beyond what all rows together give."""
    program = compiled(network(), cells=cells, **DIGITAL)
    array = program.mapping.arrays[0]
    for row in [np.ones(20, bool), *(np.random.default_rng(1).random((60, 20)) < 0.7)]:
        assert program.chip.arrays["synapses"].drive(row[None], 0)[1] == 0
    for tile in array.tiling.tiles:  # the worst input there is: only the rows that push an output one way
        for output in tile.outputs:
            for sign in (-1, 1):
                worst = np.zeros((1, 20), bool)
                worst[0, tile.rows] = sign * array.mapped.weights()[tile.rows, output] > 0
                assert program.chip.arrays["synapses"].drive(worst, 0)[1] == 0


def test_conversions_beyond_the_range_are_counted() -> None:
    program = compiled(network(), random_spikes(4, 30, 20, 0.05), **DIGITAL)
    busy, converter = random_spikes(3, 30, 20, 0.9, seed=2), program.mapping.converters["synapses"]
    codes = np.rint((partial_sums(program, busy) - converter.lowest) / converter.step)
    expected = int(((codes < 0) | (codes > 255)).sum())
    assert expected > 20 and program.run(busy, "model").saturations == {"neurons": expected}


def test_no_converters_where_currents_are_added() -> None:
    assert compiled(network()).mapping.converters == {}


def test_an_array_without_weights() -> None:
    program = compiled(into(LIF(synapse="delta"), np.zeros((5, 3))), random_spikes(1, 9, 5, 0.5), **DIGITAL)
    assert program.run(random_spikes(2, 9, 5, 0.5), "model").spikes["neurons"].total == 0


def test_few_bits_err_by_half_a_step_in_every_tile() -> None:
    program = compiled(network(), converter_bits=4, **DIGITAL)
    array, spikes = program.chip.arrays["synapses"], np.random.default_rng(3).random((200, 20)) < 0.4
    drive, _ = array.drive(spikes, 0)
    tiles = np.zeros(7)
    for tile in array.mapping.tiling.tiles:
        tiles[tile.outputs] += 1
    assert array.converter is not None
    half = array.mapping.mapped.scale * array.converter.step / array.read_voltage / 2
    error = np.abs(drive - spikes @ array.mapping.mapped.weights())
    assert (error <= half * tiles * (1 + 1e-9)).all() and error.max() > half
