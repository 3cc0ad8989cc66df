"""Branches against NeuroSim's table and equations; pulses as closed forms and step by step."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurodeploy.errors import NeurodeployError
from neurodeploy.targets.nor_flash.devices import NEIGHBOURS, NEUROSIM, TFT, neurosim_response, tft_response
from neurodeploy.targets.nor_flash.pulse_response import (
    LABEL_UNIT,
    Branch,
    PulseResponse,
    curvature_of_label,
    label_of_curvature,
)

LABELS = st.floats(-9, 9)
BRANCHES = st.builds(Branch, st.floats(1, 1000), LABELS)


@pytest.mark.parametrize(
    ("label", "a"),
    [(0.01, 126.268958), (0.02, 63.134314), (0.1, 12.625807), (0.12, 10.521102), (8.98, 0.023336), (8.99, 0.023073), (9.0, 0.022810)],
)  # fmt: skip
def test_labels_are_those_of_neurosims_table(label: float, a: float) -> None:
    assert 1 / curvature_of_label(label) == pytest.approx(a, abs=6e-7)
    assert curvature_of_label(-label) == -curvature_of_label(label)


def test_a_label_is_the_height_over_the_straight_line() -> None:
    x = np.linspace(0, 1, 100_001)
    for label in (0.5, 2.4, 4.88, -3.0):
        height = Branch(1, label).after(0.0, x) - x
        assert abs(height).max() / LABEL_UNIT == pytest.approx(abs(label), rel=1e-6)


@settings(deadline=None)
@given(LABELS)
def test_labels_and_curvatures_are_inverse(label: float) -> None:
    assert label_of_curvature(curvature_of_label(label)) == pytest.approx(label, abs=1e-6, rel=1e-6)


@settings(deadline=None)
@given(BRANCHES, st.floats(0, 1), st.integers(0, 30))
def test_n_pulses_are_n_times_one(branch: Branch, start: float, pulses: int) -> None:
    first, lost = branch.step()
    level = start
    for _ in range(pulses):
        level = min(level + first - lost * level, 1.0)
    assert float(branch.after(start, pulses)) == pytest.approx(level, abs=1e-9)


@settings(deadline=None)
@given(BRANCHES, st.floats(0, 0.99), st.floats(0, 0.99))
def test_pulses_to_a_level_reach_it(branch: Branch, one: float, other: float) -> None:
    start, goal = min(one, other), max(one, other)
    assert float(branch.after(start, branch.pulses_to(start, goal))) == pytest.approx(goal, abs=1e-7)
    assert float(branch.after(0.0, branch.pulses)) == pytest.approx(1.0, abs=1e-9)


def test_curves_are_neurosims_equations() -> None:
    device, pulses = neurosim_response(), np.arange(98)
    a = 97 / curvature_of_label(2.4)
    b = device.span / (1 - np.exp(-97 / a))
    np.testing.assert_allclose(device.ltp_curve(pulses), b * (1 - np.exp(-pulses / a)) + device.g_min, rtol=1e-12)
    a = 100 / curvature_of_label(4.88)
    b = device.span / (1 - np.exp(-100 / a))
    np.testing.assert_allclose(device.ltd_curve(pulses), device.g_max - b * (1 - np.exp(-pulses / a)), rtol=1e-12)
    assert device.ltp_curve(97) == pytest.approx(38.462e-9) and device.ltd_curve(100) == pytest.approx(3.0769e-9)


def test_saturating_branches_do_most_at_first() -> None:
    device = neurosim_response()
    up, down = device.increments(np.linspace(device.g_min, device.g_max, 9))
    assert (np.diff(up)[:-1] < 0).all() and (np.diff(down)[1:] < 0).all() and (up >= 0).all() and (down <= 0).all()
    linear = PulseResponse(0.0, 1.0, 50, 80, 0.0, 0.0)
    np.testing.assert_allclose(linear.increments(0.5), (1 / 50, -1 / 80))


def test_noise_is_a_share_of_the_range_and_stays_in_it() -> None:
    device = PulseResponse(1e-6, 2e-6, 100, 100, 1.0, -2.0, cycle_noise=0.01)
    cells = np.full(200_000, 1.5e-6)
    change = device.pulsed(cells, np.ones(cells.shape, bool), np.random.default_rng(1)) - device.potentiated(cells)
    assert change.std() == pytest.approx(1e-8, rel=0.01) and abs(change.mean()) < 1e-10
    at_the_end = device.pulsed(np.full(1000, 2e-6), np.ones(1000, bool), np.random.default_rng(2))
    assert at_the_end.max() <= 2e-6 and at_the_end.min() < 2e-6


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"g_min": 2.0}, "highest"), ({"ltp_pulses": 0.5}, "pulses"), ({"ltd_pulses": float("nan")}, "ltd_pulses"),
        ({"ltp_nonlinearity": 9.5}, "label"), ({"ltd_nonlinearity": float("nan")}, "label"), ({"cycle_noise": -1.0}, "cycle_noise"),
    ],
)  # fmt: skip
def test_devices_that_do_not_exist(changes: dict[str, float], name: str) -> None:
    values = {
        "g_min": 0.0,
        "g_max": 1.0,
        "ltp_pulses": 10,
        "ltd_pulses": 10,
        "ltp_nonlinearity": 1,
        "ltd_nonlinearity": -1,
    }
    with pytest.raises(NeurodeployError, match=f"ND450.*{name}"):
        PulseResponse(**{**values, **changes})


def test_defaults_say_that_they_are_assumed() -> None:
    assert {constant.kind for constant in (*NEUROSIM.values(), *TFT.values())} == {"assumed"}
    assert {constant.kind for constant in NEIGHBOURS} == {"measured"}
    assert tft_response().g_max <= 16e-6 and tft_response().without_noise().cycle_noise == 0
