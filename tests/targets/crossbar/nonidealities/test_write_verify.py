"""Pulse counts of write-verify against closed forms: exact steps, Wald's identity, a Poisson process."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurodeploy.errors import NeurodeployError
from neurodeploy.targets.crossbar.nonidealities import WriteVerify


@given(st.floats(0, 99), st.floats(0, 99), st.floats(0.51, 5))
@settings(max_examples=60, deadline=None)
def test_without_noise_the_pulses_are_the_distance_rounded_up(target: float, start: float, tolerance: float) -> None:
    loop = WriteVerify(tolerance, 1.0, 0.0, 0.0, 100.0)
    found = loop.program(np.array([[target]]), np.array([[start]]), np.random.default_rng(0))
    distance = abs(target - start)
    pulses = int(np.ceil(max(0.0, distance - tolerance)))
    assert found.pulses in (
        {pulses} if abs(distance - tolerance - round(distance - tolerance)) > 1e-9 else {pulses, pulses + 1}
    )
    assert not found.failed.any() and abs(found.conductances[0, 0] - target) <= tolerance
    assert (found.down if target > start else found.up).sum() == 0


def test_exponential_pulses_are_a_poisson_process() -> None:
    """With noise 1 the steps are exponential: those below the window are Poisson, one more enters it."""
    count, distance = 40_000, 12.5  # in increments, to the lower edge of a window too wide to be overshot
    loop = WriteVerify(30.0, 1.0, 1.0, 0.0, 200.0)
    targets = np.full((count, 1), distance + 30.0)
    found = loop.program(targets, np.zeros((count, 1)), np.random.default_rng(1))
    assert found.down.sum() == 0
    assert found.up.mean() == pytest.approx(1 + distance, abs=4 * np.sqrt(distance / count))
    assert found.up.var() == pytest.approx(distance, rel=0.03)
    # No memory: the overshoot into the window is exponential again, of mean one increment.
    assert found.conductances.mean() == pytest.approx(distance + 1, abs=4 / np.sqrt(count))


@pytest.mark.parametrize(("noise", "tolerance"), [(0.3, 0.4), (0.8, 0.3), (0.5, 2.0)])
def test_walds_identity(noise: float, tolerance: float) -> None:
    """However often a cell turns back: the mean way equals the increment times the mean of pulses up less pulses down."""
    count = 20_000
    loop = WriteVerify(tolerance, 1.0, noise, 0.0, 1e6)
    start = np.full((count, 1), 500.0)
    found = loop.program(start + 20.3, start, np.random.default_rng(2))
    assert not found.failed.any()
    way, net = found.conductances - start, found.up - found.down
    error = (way - net).std() / np.sqrt(count)
    assert abs((way - net).mean()) < 4 * error
    assert (found.down.sum() > 0) == (tolerance < 1)


def test_a_tighter_tolerance_costs_pulses_and_apply_starts_erased() -> None:
    targets = np.random.default_rng(0).uniform(2e-6, 38e-6, (40, 40))
    random = np.random.default_rng(0)
    loops = [WriteVerify(t, 0.5e-6, 0.5, 1e-6, 40e-6) for t in (2e-6, 0.5e-6, 0.1e-6)]
    pulses = [loop.program(targets, np.full_like(targets, 1e-6), random).pulses for loop in loops]
    assert pulses[0] < pulses[1] < pulses[2]
    for loop in loops:
        assert np.abs(loop.apply(targets, random) - targets).max() <= loop.tolerance


def test_cells_that_never_come_near_are_named() -> None:
    loop = WriteVerify(0.1, 1.0, 0.0, 0.0, 100.0, most_pulses=5)
    found = loop.program(np.array([[3.0, 50.0, 0.0]]), np.zeros((1, 3)), np.random.default_rng(0))
    assert found.failed.tolist() == [[False, True, False]] and found.up.tolist() == [[3, 5, 0]]
    with pytest.raises(NeurodeployError, match="targets = outside the range"):
        loop.apply(np.array([[101.0]]), np.random.default_rng(0))
    with pytest.raises(NeurodeployError, match="shape of start"):
        loop.program(np.ones((1, 2)), np.zeros((1, 3)), np.random.default_rng(0))
    with pytest.raises(NeurodeployError, match="tolerance = 0"):
        WriteVerify(0.0, 1.0, 0.0, 0.0, 1.0)
