"""Constants with a range make totals with a range; area and latency add up the same way."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurodeploy.costs import (
    AreaItem,
    AreaReport,
    Constant,
    CostItem,
    CostReport,
    LatencyItem,
    LatencyReport,
    Technology,
)
from neurodeploy.costs.scaling import scaled_area, scaled_capacitance, scaled_delay, scaled_energy
from neurodeploy.errors import NeurodeployError

KNOWN = Constant("known", 2.0, "J", "a paper", "measured")
BETWEEN = Constant("between", 3.0, "J", "two papers", "measured", "65 nm", 1.0, 9.0)
FROM = Constant("from", 3.0, "J", "a paper", "measured", low=1.0)


def test_a_range_anywhere_makes_the_total_a_range() -> None:
    items = (CostItem("a", "events", 10, KNOWN), CostItem("b", "events", 2, BETWEEN), CostItem("c", "events", 1, FROM))
    report = CostReport("m", "", items, 4, 2, synaptic_events=100)
    assert report.joules == 29 and report.joules_range == (20 + 2 + 1, 20 + 18 + 3)
    assert items[0].joules_range == (20, 20) and items[1].joules_range == (2, 18)
    told = json.loads(json.dumps(report.as_dict()))
    assert told["joules_range"] == [23, 41] and told["items"][1]["joules_range"] == [2, 18]
    assert told["joules_per_synaptic_event"] == 0.29 and told["joules_per_inference"] == 29 / 4
    assert CostReport("m", "", items, 4).as_dict()["joules_per_synaptic_event"] is None


@given(
    st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)), max_size=6)
)  # fmt: skip
def test_the_total_lies_in_its_range(parts: list[tuple[float, float, float, float]]) -> None:
    items = tuple(
        CostItem("p", "e", count, Constant("c", low + up, "J", "s", "assumed", "", low, low + up + more))
        for count, low, up, more in parts
    )
    report = CostReport("m", "", items, 1)
    low, high = report.joules_range
    assert low <= report.joules * (1 + 1e-12) and report.joules <= high * (1 + 1e-12)


@pytest.mark.parametrize(("low", "high"), [(3.5, None), (None, 2.5), (4.0, 2.0), (float("nan"), None)])
def test_a_value_outside_its_range_is_refused(low: float | None, high: float | None) -> None:
    with pytest.raises(NeurodeployError, match="ND450.*'c'"):
        Constant("c", 3.0, "J", "s", "assumed", "", low, high)


def test_area_and_latency() -> None:
    area = AreaReport("no pads", (AreaItem("cells", "cells", 100, KNOWN), AreaItem("sense", "circuits", 3, BETWEEN)))
    assert area.square_metres == 209 and area.square_metres_range == (203, 227)
    told = json.loads(json.dumps(area.as_dict()))
    assert told["items"][1]["square_metres_range"] == [3, 27] and told["note"] == "no pads"
    latency = LatencyReport("a read", "", (LatencyItem("cells", 4, KNOWN), LatencyItem("spike", 1, FROM)))
    assert latency.seconds == 11 and latency.seconds_range == (9, 11)
    assert json.loads(json.dumps(latency.as_dict()))["items"][0]["seconds"] == 8


def test_scaling_by_hand_and_marked() -> None:
    old, new = Technology(130, 1.8), Technology(65, 0.9)
    energy = scaled_energy(BETWEEN, old, new)
    assert energy.value == pytest.approx(3 / 8) and energy.range == pytest.approx((1 / 8, 9 / 8))
    assert energy.kind == "assumed" and energy.node == "65 nm, 0.9 V (scaled from 130 nm, 1.8 V by E ~ F V^2)"
    assert scaled_capacitance(KNOWN, old, new).value == 1 and scaled_delay(KNOWN, old, new).value == 1
    assert scaled_area(KNOWN, old, new).value == 0.5 and scaled_area(KNOWN, old, new).low is None
    assert scaled_energy(BETWEEN, old, old) is BETWEEN
    assert scaled_area(KNOWN, old, Technology(130, 1.0)) is KNOWN


@pytest.mark.parametrize(("nanometres", "volts"), [(0, 1), (65, -1), (float("inf"), 1), (65, float("nan"))])
def test_technologies_that_do_not_exist(nanometres: float, volts: float) -> None:
    with pytest.raises(NeurodeployError, match="ND450"):
        Technology(nanometres, volts)
