"""The RRAM devices that come with neurodeploy: what their files say at the top is what they hold."""

from __future__ import annotations

import re
from importlib.resources import files

import numpy as np
import pytest

from neurodeploy.targets.crossbar.device_file import device_names, load_device
from neurodeploy.targets.crossbar.nonidealities import PolynomialError, neurram_error, perturb

DEVICES = files("neurodeploy.targets.rram.devices")
NAMES = device_names(DEVICES)


def test_which_there_are() -> None:
    assert NAMES == ("generic_1t1r", "generic_passive", "hsieh2021", "milo2021", "neurosim", "neurram")


@pytest.mark.parametrize("name", NAMES)
def test_the_opening_comment(name: str) -> None:
    lines = (DEVICES / f"{name}.toml").read_text("utf-8").splitlines()
    opening = [line.removeprefix("# ") for line in lines[:5]]
    assert all(line.startswith("# ") for line in lines[:5])
    assert [line.partition(":")[0] for line in opening[1:]] == ["Paper", "Figure", "On/off ratio", "Valid range"]
    device = load_device(name, DEVICES)
    assert float(opening[3].split()[-1]) == pytest.approx(device.on_off_ratio, rel=1e-9)
    found = re.match(r"Valid range: ([\d.]+) µS to ([\d.]+) µS", opening[4])
    assert found is not None
    assert [float(end) * 1e-6 for end in found.groups()] == pytest.approx([device.g_min, device.g_max], rel=1e-3)


@pytest.mark.parametrize("name", NAMES)
def test_every_value_says_where_it_is_from(name: str) -> None:
    device = load_device(name, DEVICES)
    assert device.name == name and not [c.name for c in device.constants.values() if c.source == "the file"]


@pytest.mark.parametrize("name", NAMES)
def test_arrays_of_it(name: str) -> None:
    device = load_device(name, DEVICES)
    grid = device.cells(4).grid()
    assert grid is not None
    cells = perturb(np.repeat(grid[:, None], 5000, axis=1), device.nonidealities(3600.0), 3)
    sigma = [np.std(row[np.abs(row - level) < 0.5 * level + 5e-6]) for row, level in zip(cells, grid, strict=True)]
    assert (np.array(sigma) > 0).all() == (name not in ("hsieh2021", "neurosim"))


def test_errors_of_the_papers() -> None:
    (wan,) = load_device("neurram", DEVICES).nonidealities()
    assert wan == neurram_error()
    (milo,) = load_device("milo2021", DEVICES).nonidealities()
    assert isinstance(milo, PolynomialError)
    np.testing.assert_allclose(milo.sigma(np.array([50e-6, 225e-6])), [4.326971e-6, 2.733246e-6], rtol=1e-6)


def test_figures_of_the_papers() -> None:
    hsieh, neurram, neurosim = (load_device(name, DEVICES) for name in ("hsieh2021", "neurram", "neurosim"))
    assert hsieh.most_levels == 16 and hsieh.endurance_cycles == 1e5
    assert neurram.cell_area_m2 == pytest.approx(125.7 * 130e-9**2, rel=1e-3)
    # NeuroSim's own figures for one cell at 22 nm: 40 nm × 12 and × 4 of its wire
    wire = 4.03e-8 / (40e-9**2 * 1.9)
    assert neurosim.row_segment_ohm == pytest.approx(wire * 12 * 40e-9, rel=5e-4)
    assert neurosim.column_segment_ohm == pytest.approx(wire * 4 * 40e-9, rel=5e-4)
