"""Energy of cells and lines in closed form."""

from __future__ import annotations

import numpy as np
import pytest

from neurodeploy.costs import Constant, Technology
from neurodeploy.errors import NeurodeployError
from neurodeploy.targets.crossbar.costs import (
    ArrayEvents,
    ArrayGeometry,
    CellFigures,
    Periphery,
    cell_area,
    current_read_joules,
    ohmic_read_joules,
)
from neurodeploy.targets.crossbar.costs.cells import cell_items
from neurodeploy.targets.crossbar.costs.lines import DRIVER_AREA, driver_area, line_capacitance, line_energy, line_items

CELLS = CellFigures(Constant("cell", 1e-12, "m^2", "test", "assumed"), 0.5, 10e-9)


def test_ohmic_reads_are_v_squared_g_t_of_active_rows() -> None:
    conductances = np.array([[1e-6, 2e-6], [10e-6, 20e-6], [5e-6, 5e-6]])
    spikes = np.random.default_rng(0).random((50, 3)) < [0.1, 0.9, 0.5]
    each = [0.3**2 * conductances[row].sum() * 1e-8 for vector in spikes for row in np.flatnonzero(vector)]
    assert ohmic_read_joules(conductances, spikes.sum(axis=0), 0.3, 1e-8) == pytest.approx(sum(each), rel=1e-12)
    assert current_read_joules(conductances * 0.3, spikes.sum(axis=0), 0.3, 1e-8) == pytest.approx(sum(each))
    with pytest.raises(NeurodeployError, match="ND450.*row_counts"):
        ohmic_read_joules(conductances, [1, 2], 0.3, 1e-8)


def test_cells_keep_their_sum_and_range() -> None:
    geometry = ArrayGeometry("first", 3, 64, 32, 10, 10, 10)
    (item,) = cell_items(geometry, ArrayEvents(10, 100, 0, 7e-12, 1e-12, 9e-12))
    assert item.part == "first: cells" and item.count == 3200
    assert item.joules == pytest.approx(7e-12) and item.joules_range == pytest.approx((1e-12, 9e-12))
    assert cell_items(geometry, ArrayEvents(10, 0, 0, 0.0)) == []


def test_area_of_a_cell_in_square_features() -> None:
    area = cell_area(Constant("cell", 4, "F^2", "test", "assumed", "", 3, 5), 50)
    assert (
        area.unit == "m^2" and area.value == pytest.approx(1e-14) and area.range == pytest.approx((0.75e-14, 1.25e-14))
    )
    assert cell_area(Constant("cell", 4, "F^2", "test", "assumed"), 50).low is None


def test_a_line_of_neurram_and_one_of_half_the_size() -> None:
    old, new = Technology(130, 1.8), Technology(65, 0.9)
    assert line_capacitance(256, old).value == pytest.approx(585.6e-15)
    assert line_capacitance(256, new).value == pytest.approx(292.8e-15)
    assert line_energy(256, old, 1.3).value == pytest.approx(585.6e-15 * 1.69)
    assert 3 * 256 * DRIVER_AREA.value == pytest.approx(0.21 * 1270e-12 * 256 / 0.28)
    assert driver_area(new).value == pytest.approx(DRIVER_AREA.value / 4) and driver_area(new).kind == "assumed"


def test_lines_count_rows_select_lines_and_columns() -> None:
    geometry = ArrayGeometry("", 3, 64, 32, 10, 10, 10)
    periphery = Periphery(Technology(130, 1.8), row_swing_volts=0.5, select_swing_volts=1.3)
    items = {item.part: item for item in line_items(geometry, periphery, CELLS, ArrayEvents(10, 100, 0, 0.0))}
    assert {part: item.count for part, item in items.items()} == {
        "word lines": 100, "select lines": 10 * 3 * 64, "bit lines": 10 * 3 * 32,
    }  # fmt: skip
    assert items["word lines"].constant.value == pytest.approx((48 + 2.1 * 32) * 1e-15 * 0.25)
    assert items["bit lines"].joules_range == (0, items["bit lines"].joules)
    without = line_items(geometry, Periphery(Technology(130, 1.8)), CELLS, ArrayEvents(10, 100, 0, 0.0))
    assert [item.part for item in without] == ["word lines", "bit lines"]
    assert without[0].constant.value == pytest.approx((48 + 2.1 * 32) * 1e-15 * 1.8**2)


@pytest.mark.parametrize(
    "events",
    [(-1, 0, 0, 0.0), (1, -1, 0, 0.0), (1, 1, float("nan"), 0.0), (1, 1, 1, 2.0, 3.0), (1, 1, 1, 2.0, 1.0, 1.5)],
)
def test_events_that_cannot_be(events: tuple[float, ...]) -> None:
    with pytest.raises(NeurodeployError, match="ND450.*ArrayEvents"):
        ArrayEvents(*events)
