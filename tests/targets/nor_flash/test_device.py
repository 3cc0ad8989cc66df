"""The NOR-flash device file: the cell gives the range, pulses write, charge leaks."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

import numpy as np
import pytest

from neurodeploy.errors import NeurodeployError
from neurodeploy.targets.crossbar.device_file import load_device
from neurodeploy.targets.nor_flash.cell import tft_cell
from neurodeploy.targets.nor_flash.device import FlashDevice
from neurodeploy.targets.nor_flash.transfer import PulseTransfer

FOLDER = files("neurodeploy.targets.nor_flash") / "devices"


@pytest.fixture
def device() -> FlashDevice:
    found = load_device("oh2019_tft", FOLDER, FlashDevice)
    assert isinstance(found, FlashDevice)
    return found


def test_range_is_that_of_the_cell(device: FlashDevice) -> None:
    assert device.cell == tft_cell()
    assert (device.g_min, device.g_max) == (device.cell.g_min, device.cell.g_max)
    assert device.region == "linear" and device.ohmic and device.inputs == "gates"
    assert all(constant.kind in ("assumed", "simulated") for constant in device.constants.values())


def test_round_trip(device: FlashDevice) -> None:
    again = FlashDevice.from_table(tomllib.loads(device.to_toml()))
    assert again == device and again.to_toml() == device.to_toml()
    opening = (FOLDER / "oh2019_tft.toml").read_text("utf-8").splitlines()[:5]
    assert all(line.startswith("# ") for line in opening)
    assert float(opening[3].split("ratio: ")[1].split()[0]) == pytest.approx(device.on_off_ratio, rel=0.005)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"g_max": 1e-6}, "'g_max' is given"), ({"threshold_high": 0.5}, "threshold_high"), ({"slope": 0.5}, "slope"),
        ({"ltp_pulses": None}, "'ltp_pulses' is missing"), ({"ltd_nonlinearity": 99.0}, "label"), ({"charge_los": 0.1}, "charge_los"),
        ({"read_voltage": "high"}, "read_voltage"), ({"disturb_row": 2.0}, "disturb_row"),
    ],
)  # fmt: skip
def test_what_no_cell_has_is_one_error(changed: dict[str, Any], named: str, device: FlashDevice) -> None:
    table = {key: entry for key, entry in {**device.as_table(), **changed}.items() if entry is not None}
    with pytest.raises(NeurodeployError, match=named) as error:
        FlashDevice.from_table(table, "Device 'mine'")
    assert error.value.code == "ND432" and "Device 'mine'" in error.value.message and error.value.hint


def test_cells_read_in_saturation_are_current_sources(device: FlashDevice) -> None:
    saturated = device.with_values(read_voltage=2.0)
    assert saturated.region == "saturation" and not saturated.ohmic


def test_idle_gates_conduct_only_where_it_matters(device: FlashDevice) -> None:
    assert device.idle_conductances(np.array([[device.g_max]])) is None
    leaky = device.with_values(idle_gate=1.2)
    g = np.array([[leaky.g_max, leaky.g_min]])
    idle = leaky.idle_conductances(g)
    assert idle is not None
    wanted = leaky.cell.current(1.2, leaky.read_voltage, np.array([[leaky.threshold_low, leaky.threshold_high]]))
    np.testing.assert_allclose(idle, wanted / leaky.read_voltage, rtol=1e-6)


def test_transfer_comes_within_its_tolerance_and_counts_pulses(device: FlashDevice) -> None:
    quiet = device.with_values(pulse_noise=0.0, disturb_row=0.0, disturb_column=0.0)
    wanted = np.linspace(quiet.g_min, quiet.g_max, 12).reshape(3, 4)
    (transfer,) = quiet.nonidealities()
    assert isinstance(transfer, PulseTransfer)
    held = transfer.apply(wanted, np.random.default_rng(0))
    tolerance = quiet.transfer_tolerance * (quiet.g_max - quiet.g_min)
    assert np.abs(held - wanted).max() <= tolerance * (1 + 1e-9)
    one = quiet.writing_pulses(np.array([quiet.g_max]), np.random.default_rng(0))
    most = quiet.writing_pulses(np.array([quiet.g_min]), np.random.default_rng(0))
    assert one == 0 and 0.5 * quiet.ltd_pulses < most <= quiet.ltd_pulses


def test_disturb_moves_what_others_pulses_half_select(device: FlashDevice) -> None:
    """The more pulses beside it, the further an untouched (erased) cell is programmed; without disturb it keeps g_max."""
    wanted = np.full((8, 8), device.g_min)
    wanted[0, 0] = device.g_max
    held = {}
    for share in (0.0, 1e-3, 1e-2):
        changed = device.with_values(pulse_noise=0.0, disturb_row=share, disturb_column=share)
        held[share] = changed.transfer.apply(wanted, np.random.default_rng(0))[0, 0]
    assert held[0.0] == pytest.approx(device.g_max, rel=1e-9)
    assert held[1e-2] < held[1e-3] < held[0.0]


def test_charge_leaks_with_time_and_ideal_writing_is_exact(device: FlashDevice) -> None:
    ideal = device.with_values(**device.without_writing_errors)
    assert ideal.nonidealities() == ()
    g = np.array([[0.9 * device.g_max]])
    now, later = (ideal.nonidealities(seconds)[0].apply(g, np.random.default_rng(1))[0, 0] for seconds in (10.0, 1e8))
    assert later < now < g[0, 0]
