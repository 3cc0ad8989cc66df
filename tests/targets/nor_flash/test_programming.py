"""Weight transfer through the device's response: closed form without noise, counts and failures with it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurodeploy.errors import NeurodeployError
from neurodeploy.targets.crossbar.randomness import generator
from neurodeploy.targets.nor_flash.devices import neurosim_response, tft_response
from neurodeploy.targets.nor_flash.programming import PulseProgrammer, pulse_costs

DEVICE = tft_response().without_noise()
TARGETS = DEVICE.conductance(np.random.default_rng(1).random((20, 30)))


@pytest.mark.parametrize("start", ["erased", "programmed"])
def test_without_noise_the_pulses_are_a_closed_form(start: str) -> None:
    tolerance = 1.01 * max(abs(DEVICE.increments(np.array([DEVICE.g_min, DEVICE.g_max]))[i]).max() for i in (0, 1)) / 2
    done = PulseProgrammer(DEVICE, tolerance).program(TARGETS, generator(0, "transfer"), start)
    level, allowed = DEVICE.level(TARGETS), tolerance / DEVICE.span
    if start == "erased":  # from g_max down, to the upper edge of what is near enough
        goal, counted, others = np.clip(1 - level - allowed, 0, 1), done.down, done.up
        expected = np.ceil(DEVICE.ltd.pulses_to(0.0, goal) - 1e-9)
    else:
        goal, counted, others = np.clip(level - allowed, 0, 1), done.up, done.down
        expected = np.ceil(DEVICE.ltp.pulses_to(0.0, goal) - 1e-9)
    np.testing.assert_array_equal(counted, expected)
    assert others.sum() == 0 and not done.failed.any() and done.pulses == counted.sum()
    assert abs(done.conductances - TARGETS).max() <= tolerance


def test_a_tolerance_below_the_devices_steps_shows_as_failures() -> None:
    device = neurosim_response().without_noise()
    done = PulseProgrammer(device, 0.005 * device.span, 200).program(
        device.conductance(np.random.default_rng(2).random((40, 40))), generator(0, "transfer")
    )
    assert 0 < done.failed.mean() < 1
    assert ((done.up + done.down)[done.failed] == 200).all()
    off = abs(done.conductances - device.conductance(np.random.default_rng(2).random((40, 40))))
    assert (off[~done.failed] <= 0.005 * device.span).all() and (off[done.failed] > 0.005 * device.span).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.floats(0, 0.03))
def test_one_seed_one_result_within_the_range(seed: int, noise: float) -> None:
    from dataclasses import replace

    programmer = PulseProgrammer(replace(DEVICE, cycle_noise=noise), 0.02 * DEVICE.span, 300)
    one, other = (programmer.program(TARGETS, generator(seed, "transfer")) for _ in range(2))
    np.testing.assert_array_equal(one.conductances, other.conductances)
    assert one.conductances.min() >= DEVICE.g_min and one.conductances.max() <= DEVICE.g_max
    np.testing.assert_array_equal(abs(one.conductances - TARGETS) > programmer.tolerance, one.failed)


def test_held_conductances_near_enough_need_no_pulse() -> None:
    done = PulseProgrammer(DEVICE, 0.01 * DEVICE.span).program(TARGETS, generator(0, "transfer"), TARGETS.copy())
    assert done.pulses == 0 and not done.failed.any()


def test_what_pulses_cost() -> None:
    ltp, ltd = pulse_costs(1000, 3000)
    assert ltp.joules == pytest.approx(1000 * 1e-13) and ltd.joules == pytest.approx(3000 * 1e-13)
    assert ltp.constant.kind == ltd.constant.kind == "assumed"


def test_what_is_refused() -> None:
    programmer, random = PulseProgrammer(DEVICE, 1e-8), generator(0, "transfer")
    for targets, start, name in (
        (TARGETS * 2, "erased", "targets"), (TARGETS, TARGETS * 2, "start"), (TARGETS, TARGETS[:2], "shape"), (TARGETS, "full", "start"),
    ):  # fmt: skip
        with pytest.raises(NeurodeployError, match=f"ND450.*{name}"):
            programmer.program(targets, random, start)
    with pytest.raises(NeurodeployError, match="ND450.*tolerance"):
        PulseProgrammer(DEVICE, 0.0)
