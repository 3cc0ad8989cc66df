"""What lines take, told at compile time."""

from __future__ import annotations

import numpy as np
import pytest
from crossbar_programs import compiled
from networks import two_layer

from neurodeploy.targets.crossbar.bundle_files import conductances_of
from neurodeploy.targets.crossbar.checks import usages
from neurodeploy.targets.crossbar.line_loss import segments, share_lost_in_lines


def test_share_is_that_of_the_chip_with_every_row_on() -> None:
    mapping = compiled(two_layer(), segment_ohms=50.0).mapping
    array = mapping.arrays[0]
    assert segments(mapping) == (50.0, 50.0) and array.tiles == 1
    chip = compiled(two_layer(), segment_ohms=50.0).chip.arrays[array.projection].array
    every = np.ones((1, array.tiling.shape[0]), bool)
    reference = chip.reference_transfer.sum() if chip.reference_transfer is not None else 0.0  # type: ignore[attr-defined]
    found = chip.read(every, 1.0).sum() + reference
    ideal = conductances_of(array, array.tiling.tiles[0]).sum()
    assert share_lost_in_lines(mapping, array) == pytest.approx(1 - found / ideal, rel=1e-12)
    assert 0.001 < 1 - found / ideal < 0.9
    told = next(usage for usage in usages(mapping) if usage.name.startswith("current lost"))
    most = max(share_lost_in_lines(mapping, one) for one in mapping.arrays)
    assert told.used == pytest.approx(100 * most, abs=0.05) and told.fits


def test_ideal_wires_take_nothing_and_are_not_mentioned() -> None:
    mapping = compiled(two_layer()).mapping
    assert share_lost_in_lines(mapping, mapping.arrays[0]) == 0
    assert not any(usage.name.startswith("current lost") for usage in usages(mapping))
