"""What the figures of an in-memory report show: values, not pixels."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
from networks import two_layer

from neurodeploy.compiler import compile_network
from neurodeploy.report.figures import of_target
from neurodeploy.targets.crossbar.chip import make_chip
from neurodeploy.targets.crossbar.estimates import area_of
from neurodeploy.targets.crossbar.mapping import CrossbarMapping
from neurodeploy.targets.crossbar.program import CrossbarProgram
from neurodeploy.targets.crossbar.report_figures import (
    MOST_TILES,
    area_by_part,
    area_figure,
    conductance_histogram,
    conductances,
    shown_tiles,
    tile_image,
    tile_map,
)


def mapped(inputs: int = 20, **options: Any) -> CrossbarMapping:
    """Half of the synapses, on tiles of 16 x 16."""
    network = two_layer(inputs, 5, density=0.5)
    program = compile_network(network, "rram", {"tile": "16x16", "layout": "grid", **options}).program
    return cast(CrossbarProgram, program).mapping


@pytest.mark.parametrize("cells", ["reference", "pair", "single"])
def test_a_tiles_image_has_synapses_idle_cells_and_places_not_in_use(cells: str) -> None:
    mapping = mapped(cells=cells)
    array = mapping.arrays[0]
    images = [tile_image(mapping, array, tile) for tile in array.tiling.tiles]
    per = array.tiling.tile.columns_per_output
    held = sum(int((image >= 0).sum()) for image in images)
    assert held == array.synapses * per
    assert sum(int((~np.isnan(image)).sum()) for image in images) == array.cells
    assert all(image[image >= 0].min() >= mapping.device.g_min for image in images)


def test_conductances_are_those_of_the_chip_that_runs() -> None:
    mapping = mapped(device_seed=3)
    wanted, found = conductances(mapping)
    assert len(wanted) == len(found) == 20 * (5 + 1) and not np.array_equal(wanted, found)
    ideal = mapped(programming="ideal")
    assert np.array_equal(*conductances(ideal))
    assert len(wanted) == sum(array.cells for array in mapping.arrays)  # as in the table: reference columns, too
    array = make_chip(mapping).arrays["input_to_excitatory"]
    assert found.sum() == pytest.approx(conductances(mapped(device_seed=3))[1].sum())
    assert array.linear and found.sum() != conductances(mapped(device_seed=4))[1].sum()


def test_many_tiles_are_left_out_and_counted() -> None:
    mapping = mapped(inputs=16 * (MOST_TILES + 3))
    chosen, left_out = shown_tiles(mapping)
    figure = tile_map(mapping)
    assert len(chosen) == MOST_TILES and left_out == 3
    assert figure is not None and figure.caption.endswith("not shown: 3 tiles")


def test_area_by_part_adds_up() -> None:
    mapping = mapped()
    area = area_of(mapping)
    parts = area_by_part(mapping, area)
    assert sum(value for _, value, _, _ in parts) == pytest.approx(area.square_metres)
    assert (sum(p[2] for p in parts), sum(p[3] for p in parts)) == pytest.approx(area.square_metres_range)
    assert "cells" in {name for name, *_ in parts} and parts[0][1] == max(p[1] for p in parts)


def test_every_figure_can_be_drawn() -> None:
    mapping = mapped()
    for figure in (tile_map(mapping), conductance_histogram(mapping), area_figure(mapping, area_of(mapping))):
        assert figure is not None
        assert of_target(figure).uri.startswith("data:image/svg+xml" if figure.vector else "data:image/png")
