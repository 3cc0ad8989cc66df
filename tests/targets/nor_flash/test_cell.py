"""The cell's current against the textbook's limits; thresholds and conductances; summed drain currents."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurodeploy.errors import NeurodeployError
from neurodeploy.targets.nor_flash.cell import TFT_CELL, tft_cell
from neurodeploy.targets.nor_flash.devices import NEIGHBOURS

CELL = replace(tft_cell(), off_current=0.0)
U = CELL.thermal_voltage


def test_subthreshold_is_exponential() -> None:
    gate, drain = np.linspace(0.0, 0.9, 10), 0.05
    expected = CELL.specific_current * np.exp((gate - 3.0) / (CELL.slope * U)) * (1 - np.exp(-drain / U))
    np.testing.assert_allclose(CELL.current(gate, drain, 3.0), expected, rtol=2e-6)


def test_linear_and_saturation() -> None:
    over, n, beta = 3.0, CELL.slope, CELL.transconductance
    assert CELL.current(1 + over, 0.1, 1.0) == pytest.approx(beta * (over * 0.1 - n * 0.1**2 / 2), rel=1e-8)
    assert CELL.current(1 + over, 3.0, 1.0) == pytest.approx(beta * over**2 / (2 * n), rel=1e-6)
    assert [CELL.region(*bias) for bias in ((0.9, 1.0, 1.0), (2.0, 0.1, 1.0), (2.0, 0.5, 1.0))] == [
        "subthreshold", "linear", "saturation",
    ]  # fmt: skip


@settings(deadline=None)
@given(st.floats(-1, 5), st.floats(0.001, 3), st.floats(-1, 5), st.floats(0.001, 0.5))
def test_current_grows_with_gate_and_drain(gate: float, drain: float, threshold: float, more: float) -> None:
    here = CELL.current(gate, drain, threshold)
    assert 0 <= here <= CELL.current(gate + more, drain, threshold)
    assert here <= CELL.current(gate, drain + more, threshold) * (1 + 1e-9)


@settings(deadline=None)
@given(st.floats(0, 1))
def test_threshold_is_the_inverse_of_the_conductance(share: float) -> None:
    threshold = CELL.threshold_low + share * (CELL.threshold_high - CELL.threshold_low)
    assert CELL.threshold(CELL.conductance(threshold)) == pytest.approx(threshold, abs=1e-9)


def test_drain_currents_add_up() -> None:
    random, cell = np.random.default_rng(3), tft_cell()
    thresholds = random.uniform(1, 3, (5, 3))
    active = random.integers(0, 2, (4, 5))
    one_by_one = [
        [sum(cell.current(2.0 if on else 0.0, 0.1, v) for on, v in zip(vector, column, strict=True)) for column in thresholds.T]
        for vector in active
    ]  # fmt: skip
    np.testing.assert_allclose(cell.column_currents(thresholds, active), one_by_one, rtol=1e-12)
    leak = cell.column_currents(thresholds, np.zeros((1, 5)))
    assert (leak >= 5 * cell.off_current).all()


def test_the_assumed_cell_lies_within_its_neighbours() -> None:
    limits = {constant.name: constant.value for constant in NEIGHBOURS}
    cell = tft_cell()
    assert cell.g_max < limits["highest conductance, SONOS"]
    assert cell.g_max * cell.read_drain < limits["highest on-current, split gate"]
    assert cell.g_min * cell.read_drain < limits["highest programmed current, split gate"]
    assert cell.current(0.0, cell.read_drain, cell.threshold_low) < limits["highest off-current, split gate"]
    assert {constant.kind for constant in TFT_CELL.values()} == {"assumed"}
    states = cell.states(16)
    assert (states.g_min, states.g_max, states.levels) == (cell.g_min, cell.g_max, 16)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"threshold_high": 0.5}, "threshold_high"), ({"slope": 0.5}, "slope"), ({"read_drain": 0.0}, "read_drain"),
        ({"read_gate": float("nan")}, "read_gate"), ({"read_gate": -100.0}, "read_gate"), ({"temperature": 0.0}, "temperature"),
    ],
)  # fmt: skip
def test_cells_that_do_not_exist(changes: dict[str, float], name: str) -> None:
    with pytest.raises(NeurodeployError, match=f"ND450.*{name}"):
        replace(tft_cell(), **changes)


def test_conductances_outside_the_window() -> None:
    with pytest.raises(NeurodeployError, match="ND450.*outside the window"):
        CELL.threshold(1e-3)
    with pytest.raises(NeurodeployError, match="ND450.*active"):
        CELL.column_currents(np.full((5, 3), 2.0), np.ones((1, 4)))
