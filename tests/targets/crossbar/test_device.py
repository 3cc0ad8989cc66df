"""A device's geometry, levels and non-idealities against its numbers, and the text that makes it again."""

from __future__ import annotations

import tomllib
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from process_pipe import through_a_pipe

from neurodeploy.errors import NeurodeployError
from neurodeploy.targets.crossbar.device import Device
from neurodeploy.targets.crossbar.device_file import parse_device
from neurodeploy.targets.crossbar.device_keys import NUMBERS, TEXTS
from neurodeploy.targets.crossbar.nonidealities import (
    ConstantError,
    CycleVariation,
    LognormalVariation,
    PolynomialError,
    ReadNoise,
    RelativeError,
    RetentionDrift,
    StuckAt,
    WriteVerify,
    perturb,
)

PLAIN: dict[str, Any] = {
    "name": "mine", "title": "My device", "source": "my bench", "access": "1T1R", "node_nm": 65, "g_min": 1e-6, "g_max": 1e-4,
    "read_voltage": 0.2, "read_seconds": 1e-8, "write_voltage": 2.0, "write_seconds": 1e-7, "cell_width": 12, "cell_height": 4,
}  # fmt: skip


def test_what_follows_from_the_numbers() -> None:
    device = Device.from_table(PLAIN)
    assert device.on_off_ratio == pytest.approx(100) and device.inputs == "rows"
    assert device.feature_nm == 65 and device.wire_ohm_per_um == 1.43
    assert device.row_segment_ohm == pytest.approx(12 * 0.065 * 1.43) and device.column_segment_ohm == pytest.approx(
        4 * 0.065 * 1.43
    )
    assert device.cell_area_m2 == pytest.approx(48 * 65e-9**2)
    assert device.write_energy == pytest.approx(2.0**2 * 50.5e-6 * 1e-7)
    assert (
        device.constants["write_energy"].kind == "assumed" and device.constants["wire_ohm_per_um"].kind == "simulated"
    )
    assert device.constants["g_max"].source == "the file" and device.constants["g_max"].node == "65 nm"
    coarse = device.with_values(feature_nm=100)
    assert coarse.row_segment_ohm == pytest.approx(12 * 0.1 * 1.43)


def test_every_number_has_its_constant() -> None:
    device = Device.from_table(
        PLAIN | {"g_max": {"value": 1e-4, "source": "fig. 2", "kind": "measured", "low": 9e-5, "high": 2e-4}}
    )
    constant = device.constants["g_max"]
    assert (constant.value, constant.unit, constant.source, constant.kind) == (1e-4, "S", "fig. 2", "measured")
    assert (constant.low, constant.high) == (9e-5, 2e-4)
    assert all(other.low is other.high is None for name, other in device.constants.items() if name != "g_max")

    for name, key in NUMBERS.items():
        if getattr(device, name) not in (None, ()):
            assert device.constants[name].value == getattr(device, name) and device.constants[name].unit == key.unit


@pytest.mark.parametrize("ends", [{}, {"low": 9e-5}, {"high": 2e-4}, {"low": 1e-4, "high": 1e-4}])
def test_a_range_survives_the_file(ends: dict[str, float]) -> None:
    """Either end, both or none, as given."""
    entry = {"value": 1e-4, "source": "fig. 2", "kind": "measured", **ends}
    device = Device.from_table(PLAIN | {"g_max": entry})
    assert device.as_table()["g_max"] == entry
    again = Device.from_table(tomllib.loads(device.to_toml()))
    assert again == device and again.constants["g_max"] == device.constants["g_max"]


def test_levels() -> None:
    device = Device.from_table(PLAIN | {"most_levels": 16})
    assert device.cells().levels == 16 and device.cells(2).levels == 2 and device.cells(16).levels == 16
    assert Device.from_table(PLAIN).cells().levels is None and Device.from_table(PLAIN).cells(300).levels == 300
    for levels in (1, 0, -3, 17):
        with pytest.raises(NeurodeployError, match=rf"ND431: the device: {levels} levels .* Use from 2 to 16"):
            device.cells(levels)
    with pytest.raises(NeurodeployError, match=r"ND431.* Use 2 or more\."):
        Device.from_table(PLAIN).cells(1)


def test_given_states() -> None:
    states = [1e-6, 3e-6, 1e-4]
    device = Device.from_table(PLAIN | {"states": states}, "Device 'mine'")
    assert device.cells().states == tuple(states) and device.cells(3).levels == 3
    with pytest.raises(NeurodeployError, match=r"ND431: Device 'mine': 2 levels .* Use 3, or another device"):
        device.cells(2)
    assert device.with_values(states=None, g_max=2e-4).cells(2).g_max == 2e-4


def test_nonidealities_in_their_order() -> None:
    assert Device.from_table(PLAIN).nonidealities(1e6) == () and Device.from_table(PLAIN).read_noise_model() is None
    device = Device.from_table(
        PLAIN
        | {"programming_error": "polynomial", "programming_error_coefficients": [1.0, 0.01], "device_variation": 0.1}
        | {"cycle_variation": 0.02, "stuck_on": 0.1, "stuck_off": 0.2, "retention_exponent": 0.01}
        | {"read_noise_relative": 0.03, "read_noise_absolute": 1e-8}
    )
    assert device.nonidealities(100.0, 350.0) == (
        CycleVariation(0.02, 1e-6, 1e-4),
        PolynomialError((1.0, 0.01), 1e-4),
        LognormalVariation(0.1),
        RetentionDrift(100.0, 350.0, 0.01, 0.0, 1.1, 300.0, 1.0),
        StuckAt(0.1, 0.2, 1e-6, 1e-4),
    )
    assert [type(model) for model in device.nonidealities(device_variation=0)] == [
        CycleVariation,
        PolynomialError,
        StuckAt,
    ]
    assert device.read_noise_model() == ReadNoise(0.03, 1e-8)
    cells = perturb(np.full((300, 300), 1e-4), device.nonidealities(100.0), 7)
    assert (cells == 1e-4).mean() == pytest.approx(0.1, abs=0.01) and (cells == 1e-6).mean() == pytest.approx(
        0.2, abs=0.01
    )


def test_programming_errors_by_name() -> None:
    device = Device.from_table(PLAIN)
    assert device.nonidealities(programming_error="relative", programming_error_sigma=0.1) == (RelativeError(0.1),)
    assert device.nonidealities(programming_error="constant", programming_error_sigma=1e-6) == (ConstantError(1e-6),)
    assert device.write_verify() is None
    pulsed = device.with_values(write_increment=1e-6, write_tolerance=5e-7, write_noise=0.3, most_pulses=50)
    assert pulsed.write_verify() == WriteVerify(5e-7, 1e-6, 0.3, 1e-6, 1e-4, 50)


def test_other_values_are_checked_and_noted() -> None:
    device = Device.from_table(PLAIN, "Device 'mine'").with_values(g_max=2e-4, stuck_on=np.float64(0.05))
    assert device.constants["g_max"].source == "given" and device.constants["g_min"].source == "the file"
    assert device.write_energy == pytest.approx(4 * 100.5e-6 * 1e-7)  # follows, as it was left out
    assert device.with_values(write_energy=1e-12).with_values(g_max=1e-3).write_energy == 1e-12
    for wrong, what in (
        ({"stuck_on": 2}, "stuck_on = 2"),
        ({"stuk_on": 0.1}, "Did you mean 'stuck_on'"),
        ({"g_max": None}, "g_max' is missing"),
    ):
        with pytest.raises(NeurodeployError, match=rf"ND432: Device 'mine': .*{what}"):
            device.with_values(**wrong)  # fmt: skip


NUMBER = st.floats(1e-12, 1e12)
OPTIONAL = st.fixed_dictionaries(
    {},
    optional={
        "notes": st.text(max_size=20), "inputs": st.sampled_from(["rows", "gates"]), "most_levels": st.integers(2, 1000),
        "write_energy": NUMBER, "feature_nm": NUMBER, "stuck_on": st.floats(0, 0.5), "stuck_off": st.floats(0, 0.5),
        "programming_error_coefficients": st.lists(st.floats(0, 10), min_size=1, max_size=4),
        "retention_exponent": st.floats(-1, 1), "endurance_cycles": NUMBER,
    },
)  # fmt: skip


@given(OPTIONAL, st.text(min_size=1, max_size=30).filter(str.strip), NUMBER, st.sampled_from(["measured", "simulated"]))
def test_its_text_makes_it_again(optional: dict[str, Any], text: str, low: float, kind: str) -> None:
    noted = {"value": 1e-4, "source": text, "kind": kind, "low": 1e-4 * min(low, 1)}
    device = Device.from_table(PLAIN | optional | {"title": text, "g_max": noted})
    again = parse_device(device.to_toml(), "another name", "text")
    assert again == device and hash(again) == hash(device) and again.to_toml() == device.to_toml()
    assert through_a_pipe(device) == device


def test_plain_values() -> None:
    device = Device.from_table(PLAIN | {"states": [1e-6, 1e-4]})
    values = device.as_dict()
    assert set(values) == set(NUMBERS) | set(TEXTS)
    assert values["states"] == [1e-6, 1e-4] and values["most_levels"] is None and values["access"] == "1T1R"
