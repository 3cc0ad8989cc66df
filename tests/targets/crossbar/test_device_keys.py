"""The table of wires against the formula it is from, and the documented keys against those that are read."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from neurodeploy.targets.crossbar.device import Device
from neurodeploy.targets.crossbar.device_keys import ALLOWED, NUMBERS, OHM_PER_UM, TEXTS

DOCUMENT = Path(__file__).parents[3] / "docs" / "add_a_device.md"
WIRES = {
    130: (175, 1.6, 2.20), 90: (110, 1.6, 2.52), 65: (105, 1.7, 2.68), 45: (80, 1.7, 3.31), 32: (56, 1.8, 3.70),
    22: (40, 1.9, 4.03), 14: (25, 2.0, 5.08), 10: (18, 2.0, 6.35), 7: (18, 2.0, 6.35),
}  # fmt: skip
"""Width (nm), aspect ratio and resistivity (1e-8 ohm m) of NeuroSim's wires by node."""


@pytest.mark.parametrize("node", OHM_PER_UM)
def test_wires(node: int) -> None:
    width, aspect, resistivity = WIRES[node]
    per_metre = resistivity * 1e-8 / (aspect * (width * 1e-9) ** 2)
    assert OHM_PER_UM[node] == pytest.approx(per_metre * 1e-6, rel=5e-4)


def test_keys_are_the_fields() -> None:
    assert set(NUMBERS) | set(TEXTS) == {item.name for item in fields(Device)} - {"constants", "where"}


def test_the_documented_keys() -> None:
    keys = DOCUMENT.read_text("utf-8").partition("## Keys")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|", keys, re.MULTILINE)
    assert [name for name, _, _ in rows] == [*TEXTS, *NUMBERS]
    for name, unit, left_out in rows:
        if name in NUMBERS:
            key = NUMBERS[name]
            assert unit == ("—" if key.unit == "1" else key.unit), name
            expected = (
                key.default if isinstance(key.default, str) else "none" if key.default is None else f"{key.default:g}"
            )
            assert left_out == expected, name
    assert set(ALLOWED) == {key.allowed for key in NUMBERS.values()}
