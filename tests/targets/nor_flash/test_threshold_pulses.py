"""Pulses as threshold shifts, charge loss and disturb: closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurodeploy.errors import NeurodeployError
from neurodeploy.targets.nor_flash.cell import tft_cell
from neurodeploy.targets.nor_flash.disturb import HalfSelect, half_selected
from neurodeploy.targets.nor_flash.pulse_response import Branch
from neurodeploy.targets.nor_flash.retention import ChargeLoss
from neurodeploy.targets.nor_flash.threshold_pulses import ThresholdPulses

CELL = tft_cell()
PULSES = ThresholdPulses(CELL, Branch(100, 1.0), Branch(80, 2.0))
LINEAR = ThresholdPulses(CELL, Branch(100, 0.0), Branch(100, 0.0))


def test_the_window_is_crossed_from_end_to_end() -> None:
    assert PULSES.erased(3.0, 100) == pytest.approx(1.0) and PULSES.programmed(1.0, 80) == pytest.approx(3.0)
    assert PULSES.erased(1.0, 5) == 1.0 and PULSES.programmed(3.0, 5) == 3.0
    np.testing.assert_allclose(PULSES.ltp_curve([0, 100]), [CELL.g_min, CELL.g_max], rtol=1e-9)
    np.testing.assert_allclose(PULSES.ltd_curve([0, 80]), [CELL.g_max, CELL.g_min], rtol=1e-9)


def test_a_linear_shift_is_exponential_in_conductance_below_threshold() -> None:
    curve = LINEAR.ltp_curve(np.arange(20, 31)) - CELL.off_current / CELL.read_drain
    per_pulse = np.exp(0.02 / (CELL.slope * CELL.thermal_voltage))
    np.testing.assert_allclose(curve[1:] / curve[:-1], per_pulse, rtol=0.01)


def test_charge_loss_is_linear_in_decades() -> None:
    random, thresholds = np.random.default_rng(0), np.linspace(1, 3, 7)
    loss = ChargeLoss(CELL, 1e5, loss=0.02, loss_sigma=0.0)
    np.testing.assert_allclose(loss.shifted(thresholds, random), 2.0 + (thresholds - 2.0) * (1 - 0.02 * 5))
    before = CELL.conductance(thresholds)
    after = loss.apply(before, random)
    np.testing.assert_allclose(CELL.threshold(after), loss.shifted(thresholds, random), atol=1e-9)
    assert after[0] < before[0] and after[-1] > before[-1]
    np.testing.assert_allclose(ChargeLoss(CELL, 1.0, loss_sigma=0.0).apply(before, random), before, rtol=1e-9)
    hot = ChargeLoss(CELL, 3600.0, temperature=400.0, loss_sigma=0.0)
    assert hot.decades == pytest.approx(np.log10(3600) + 1.1 / 8.617333262e-5 * (1 / 300 - 1 / 400) / np.log(10))


def test_all_charge_gone_is_the_neutral_threshold() -> None:
    lost = ChargeLoss(CELL, 1e9, loss=0.5, loss_sigma=0.0, neutral=1.5).shifted(
        np.array([1.0, 3.0]), np.random.default_rng(0)
    )
    np.testing.assert_array_equal(lost, [1.5, 1.5])


@settings(deadline=None)
@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 2**31))
def test_half_selected_pulses_are_counted(rows: int, columns: int, seed: int) -> None:
    pulses = np.random.default_rng(seed).integers(0, 9, (rows, columns))
    by_row, by_column = half_selected(pulses)
    for i in range(rows):
        for j in range(columns):
            assert by_row[i, j] == sum(pulses[i, k] for k in range(columns) if k != j)
            assert by_column[i, j] == sum(pulses[k, j] for k in range(rows) if k != i)


def test_disturb_moves_the_others_only() -> None:
    model = HalfSelect(LINEAR, row_share=0.01, column_share=0.001)
    programmed = np.zeros((3, 4))
    programmed[1, 2] = 50
    moved = model.disturbed(np.full((3, 4), 2.0), programmed, np.zeros((3, 4))) - 2.0
    expected = np.zeros((3, 4))
    expected[1, :], expected[:, 2] = 50 * 0.01 * 0.02, 50 * 0.001 * 0.02
    expected[1, 2] = 0
    np.testing.assert_allclose(moved, expected, atol=1e-12)
    back = model.disturbed(np.full((3, 4), 2.0), programmed, programmed)
    np.testing.assert_allclose(back, 2.0, atol=1e-12)


def test_what_is_refused() -> None:
    with pytest.raises(NeurodeployError, match="ND450.*row_share"):
        HalfSelect(LINEAR, row_share=2.0)
    with pytest.raises(NeurodeployError, match="ND450.*shape of the pulses"):
        half_selected([1, 2])
    with pytest.raises(NeurodeployError, match="ND450.*neutral"):
        ChargeLoss(CELL, 1.0, neutral=9.0)
