"""Whole estimates of small arrays by hand, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from neurodeploy.costs import Constant, CostReport, Technology
from neurodeploy.errors import NeurodeployError
from neurodeploy.targets.crossbar.costs import (
    RRAM_PULSE,
    ArrayEvents,
    ArrayGeometry,
    CellFigures,
    Periphery,
    Programming,
    area_items,
    area_report,
    energy_items,
    latency_items,
    latency_report,
    programming_items,
)
from neurodeploy.targets.crossbar.tiling import TileShape, dense_grid

CELLS = CellFigures(Constant("cell", 2e-12, "m^2", "test", "assumed"), 0.5, 10e-9)
SPIKING = Periphery(Technology(130, 1.8), row_swing_volts=0.5)
CONVERTED = Periphery(Technology(40, 0.9), "adc", "survey", 6, 2e7)
TILING = dense_grid((100, 30), TileShape(64, 16, columns_per_output=2, multiplexing=4))
"""Two bands of rows and four groups of eight outputs (the last of six)."""
EVENTS = ArrayEvents(reads=1000, row_activations=20_000, spikes=50, cell_joules=1e-9)


def test_geometry_of_a_tiling() -> None:
    digital, analogue = (ArrayGeometry.of("a", TILING, summation) for summation in ("digital", "analogue"))
    assert (digital.tiles, digital.cells, digital.outputs) == (8, 8 * 64 * 16, 30)
    assert (digital.conversions, digital.additions, digital.extra_bits, digital.phases) == (60, 30, 1, 4)
    assert digital.senses == 8 * 8 // 4
    assert (analogue.conversions, analogue.additions, analogue.senses) == (30, 0, 8)
    with pytest.raises(NeurodeployError, match="ND431"):
        ArrayGeometry.of("a", TILING, "none")


def test_integrate_and_fire_by_hand() -> None:
    items = energy_items(ArrayGeometry.of("a", TILING, "analogue"), SPIKING, CELLS, EVENTS)
    found = {item.part: item.joules for item in items}
    row, column = (48 + 2.1 * 16) * 1e-15 * 0.25, (48 + 2.1 * 64) * 1e-15 * 0.25
    scale = 130 / 40 * 4
    assert found == pytest.approx({
        "a: cells": 1e-9, "a: word lines": 20_000 * row, "a: bit lines": 1000 * 8 * 16 * column,
        "a: integration": 1000 * 30 * 1.45e-12, "a: spikes": 50 * 4e-15, "a: input registers": 20_000 * 9e-15 * scale,
        "a: output registers": 50 * 9e-15 * scale, "a: control": 1000 * 8 * 4 * 0.25074e-12 * scale,
    })  # fmt: skip
    low, high = CostReport("m", "", items, 1).joules_range
    total = sum(found.values())
    assert low == pytest.approx(total - found["a: integration"] - found["a: bit lines"] - 50 * (4 - 1.61) * 1e-15)
    assert high == pytest.approx(total + 50 * (2.1e-12 - 4e-15))


def test_converters_by_hand() -> None:
    items = energy_items(ArrayGeometry.of("", TILING, "digital"), CONVERTED, CELLS, EVENTS)
    found = {item.part: item for item in items}
    counts = {
        "converters": 60_000, "partial sums": 1000 * 30 * 7, "code registers": 60_000 * 6,
        "neurons: additions": 1000 * 30 * 16, "neurons: comparisons": 1000 * 30 * 16, "neurons: registers": 2 * 1000 * 30 * 16,
    }  # fmt: skip
    assert {part: found[part].count for part in counts} == counts
    assert found["partial sums"].joules == pytest.approx(210_000 * 0.21e-12 / 32)
    assert found["neurons: comparisons"].constant.kind == "simulated"  # 40 nm at 0.9 V: nothing to scale


def test_area_by_hand() -> None:
    items = area_items(ArrayGeometry.of("", TILING, "analogue"), SPIKING, CELLS)
    found = {item.part: item for item in items}
    cells, neurons = 8 * 64 * 16 * 2e-12, 30 * 34e-12 * (130 / 28) ** 2
    drivers = 8 * (64 + 16) * 0.21 / 0.28 * 1270e-12 / 3
    assert found["cells"].square_metres == pytest.approx(cells)
    assert found["line drivers"].square_metres == pytest.approx(drivers)
    assert found["neurons"].square_metres == pytest.approx(neurons) and found["neurons"].constant.high == 1270e-12
    assert found["control"].square_metres == pytest.approx((cells + drivers + neurons) * 0.39 / 0.61)
    whole = area_items(ArrayGeometry.of("", TILING, "analogue"), replace(SPIKING, select_swing_volts=1.3), CELLS)
    assert whole[1].count == 8 * (64 + 64 + 16)
    converted = area_report([(ArrayGeometry.of("", TILING, "digital"), CONVERTED, CELLS)])
    parts = {item.part: item.count for item in converted.items}
    assert parts["partial sums"] == 16 * 7 and parts["neurons"] == 30 * 16 and parts["converters"] == 16
    assert converted.square_metres == pytest.approx(sum(item.square_metres for item in converted.items))


def test_latency_by_hand() -> None:
    geometry = ArrayGeometry.of("", TILING, "digital")
    adc = {item.part: item.seconds for item in latency_items(geometry, CONVERTED, CELLS)}
    assert adc == pytest.approx({"cells": 40e-9, "converters": 4 / 2e7, "partial sums": 1e-9, "neurons": 2e-9})
    analogue = ArrayGeometry.of("b", TILING, "analogue")
    both = latency_report([(geometry, CONVERTED, CELLS), (analogue, SPIKING, CELLS)])
    assert both.seconds == pytest.approx(sum(adc.values()) + 40e-9 + 1 / 300e3)
    assert both.seconds_range == pytest.approx((both.seconds - 1 / 300e3, both.seconds))


@pytest.mark.parametrize("converter", ["isaac", "neurram"])
def test_converters_in_their_own_process_are_not_scaled(converter: Any) -> None:
    node = {"isaac": Technology(32, 1.0), "neurram": Technology(130, 1.8)}[converter]
    items = energy_items(
        ArrayGeometry.of("", TILING, "digital"), Periphery(node, "adc", converter, 8), CELLS, EVENTS
    )  # fmt: skip
    constant = next(item.constant for item in items if item.part == "converters")
    assert constant.value == pytest.approx({"isaac": 1.6667e-12, "neurram": 3.85e-12}[converter], rel=1e-4)
    assert constant.kind == "simulated"
    half = Periphery(Technology(node.nanometres / 2, node.volts), "adc", converter, 8)
    scaled = energy_items(ArrayGeometry.of("", TILING, "digital"), half, CELLS, EVENTS)
    assert next(i.constant for i in scaled if i.part == "converters").value == pytest.approx(constant.value / 2)


def test_the_same_cells_on_more_tiles_take_more_drivers() -> None:
    one = dense_grid((100, 30), TileShape(128, 64, columns_per_output=2))
    small, large = (area_items(ArrayGeometry.of("", tiling, "analogue"), SPIKING, CELLS) for tiling in (one, TILING))
    assert small[0].count == large[0].count == 8192
    assert small[1].count == 128 + 64 < large[1].count == 8 * (64 + 16)


def test_programming() -> None:
    programming = Programming(
        5000, RRAM_PULSE, 6000, Constant("verify", 1e-13, "J", "test", "assumed"), 1e-8, 1e-6
    )  # fmt: skip
    items = programming_items("a", programming)
    assert [item.joules for item in items] == pytest.approx([3e-9, 6e-10]) and items[0].part == "a: programming"
    assert programming.seconds == pytest.approx(5000e-8 + 6000e-6)
    with pytest.raises(NeurodeployError, match="ND450.*pulses"):
        replace(programming, pulses=-1)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sensing": "magic"}, "sensing"), ({"converter": "flash"}, "converter"), ({"sensing": "adc", "bits": 3}, "bits"),
        ({"sensing": "adc", "converter": "isaac", "bits": 6}, "8 to 8"), ({"samples_per_second": 0}, "samples_per_second"),
        ({"row_swing_volts": -1}, "row_volts"), ({"membrane_bits": 0}, "membrane_bits"),
    ],
)  # fmt: skip
def test_peripheries_that_do_not_exist(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(NeurodeployError, match=f"ND450.*{said}"):
        Periphery(**{"technology": Technology(65, 1.0), **changes})


def test_spiking_circuits_cannot_add_codes() -> None:
    geometry = ArrayGeometry.of("", TILING, "digital")
    for refused in (
        lambda: energy_items(geometry, SPIKING, CELLS, EVENTS),
        lambda: area_items(geometry, SPIKING, CELLS),
        lambda: latency_items(geometry, SPIKING, CELLS),
    ):
        with pytest.raises(NeurodeployError, match="ND450.*analogue"):
            refused()
