"""Reading device files: every mistake is one error with file, key, value, what is allowed and what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from neurodeploy.errors import NeurodeployError
from neurodeploy.targets.crossbar.device import Device
from neurodeploy.targets.crossbar.device_file import device_names, load_device, parse_device
from neurodeploy.targets.crossbar.device_keys import NUMBERS, TEXTS

TEXT = """
title = "My device"
source = "my bench"
access = "1T1R"
node_nm = 65
g_min = 1e-6
g_max = { value = 1e-4, source = "fig. 2", kind = "measured" }
read_voltage = 0.2
read_seconds = 1e-8
write_voltage = 2
write_seconds = 1e-7
cell_width = 12
cell_height = 4
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "built_in").mkdir()
    for name in ("second", "first"):
        (tmp_path / "built_in" / f"{name}.toml").write_text(TEXT)
    (tmp_path / "built_in" / "notes.md").write_text("no device")
    return tmp_path / "built_in"


def test_by_name_and_by_path(folder: Path, tmp_path: Path) -> None:
    assert device_names(folder) == ("first", "second")
    device = load_device("first", folder)
    assert device.name == "first" and device.g_max == 1e-4 and device.where == "Device 'first'"
    mine = tmp_path / "my device.toml"
    mine.write_text('name = "other"\n' + TEXT)
    assert load_device(mine, folder).name == "other"
    mine.write_text(TEXT)
    assert load_device(str(mine), folder).name == "my device"


def test_unknown_names(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(
        NeurodeployError, match=r"ND432: There is no device 'frist'\. Did you mean 'first'\? .*first, second; or"
    ):
        load_device("frist", folder)
    monkeypatch.chdir(tmp_path)
    Path("mine.toml").write_text(TEXT)
    with pytest.raises(NeurodeployError, match=r"Did you mean the file 'mine\.toml'\?"):
        load_device("mine", folder)
    Path("mine.txt").write_text(TEXT)
    with pytest.raises(NeurodeployError, match=r"ND432.*The name of a device file ends in \.toml: rename it"):
        load_device("mine.txt", folder)
    with pytest.raises(NeurodeployError, match="There is no device"):
        load_device("x" * 5000, folder)


def test_files_that_cannot_be_read(folder: Path, tmp_path: Path) -> None:
    for path, code in ((tmp_path / "none.toml", "ND101"), (tmp_path / "a\0b.toml", "ND432")):
        with pytest.raises(NeurodeployError, match=code):
            load_device(path, folder)
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(NeurodeployError, match=r"ND102.*folder\.toml': it is a folder\. Give a file"):
        load_device(tmp_path / "folder.toml", folder)
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(NeurodeployError, match=r"ND432.*binary\.toml.*UTF-8"):
        load_device(tmp_path / "binary.toml", folder)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("g_min = 1e-6", "g_min = ", r"not valid TOML: .*line 6"),
        ("cell_width", "cell_widht", r"key 'cell_widht' is not known\. Did you mean 'cell_width'\?"),
        ("g_min = 1e-6", "", r"key 'g_min' is missing\. Add it: g_min = … \(lowest conductance.*in S\)"),
        ('access = "1T1R"', "", r"key 'access' is missing.*1T1R or passive or NOR"),
        ('"1T1R"', '"1t1r"', r"access = '1t1r'\. Did you mean '1T1R'\? Use one of: 1T1R, passive, NOR"),
        ('"1T1R"', "3", r"access = 3\. access is text"),
        ('"My device"', '" "', r"title is empty"),
        ("g_min = 1e-6", 'g_min = "1e-6"', r"g_min = 1e-6\. g_min must be a number above 0.* in S"),
        ("g_min = 1e-6", "g_min = true", r"g_min = True\."),
        ("g_min = 1e-6", "g_min = [1e-6]", r"g_min = \[1e-06\]"),
        ("g_min = 1e-6", "g_min = nan", r"g_min = nan\. g_min must be a number above 0"),
        ("g_min = 1e-6", "g_min = inf", r"g_min = inf\."),
        ("g_min = 1e-6", "g_min = -1e-6", r"g_min = -1e-06\."),
        ("g_min = 1e-6", "g_min = 0", r"g_min = 0\."),
        ("g_min = 1e-6", "g_min = 1e-4", r"g_min = 0\.0001 S and g_max = 0\.0001 S\. Give g_min < g_max"),
        ("node_nm = 65", "node_nm = 40", r"no wire is known for node_nm = 40\. Give wire_ohm_per_um, or a node of 130, 90"),
        ("node_nm = 65", "node_nm = 65\nmost_levels = 1", r"most_levels = 1\. Give 2 or more"),
        ("node_nm = 65", "node_nm = 65\nmost_levels = 2.5", r"most_levels = 2\.5\. .*whole"),
        ("node_nm = 65", "node_nm = 65\nstates = [1e-6, 1e-6, 1e-4]", r"states = .*ascending"),
        ("node_nm = 65", "node_nm = 65\nstates = [1e-6, 1e-5]", r"states = .*end with g_max = 0\.0001"),
        ("node_nm = 65", "node_nm = 65\nstates = 1e-6", r"states = 1e-06\. states is a list"),
        ("node_nm = 65", "node_nm = 65\nmost_levels = 3\nstates = [1e-6, 1e-4]", r"3 and 2 states\. Give one"),
        ("node_nm = 65", "node_nm = 65\nstuck_on = 1.5", r"stuck_on = 1\.5\. stuck_on must be a number from 0 to 1\."),
        ("node_nm = 65", "node_nm = 65\nstuck_on = 0.6\nstuck_off = 0.6", r"Together they are at most 1"),
        ("node_nm = 65", "node_nm = 65\nwrite_increment = 1e-6", r"write_increment and write_tolerance"),
        ("node_nm = 65", "node_nm = 65\nprogramming_error = 'relative'", r"Add programming_error_sigma, or write"),
        ("node_nm = 65", "node_nm = 65\nprogramming_error = 'polynomial'", r"Add programming_error_coefficients"),
        ("node_nm = 65", "programming_error = 'cubic'\nnode_nm = 65", r"programming_error = 'cubic'\. Use one of: none"),
        (
            "node_nm = 65", "programming_error = 'polynomial'\nnode_nm = 65\nprogramming_error_coefficients = [1, -0.1]",
            r"programming_error_coefficients: PolynomialError: sigma = -.*at least 0 from 0 to",
        ),
        (
            "node_nm = 65", "programming_error = 'polynomial'\nnode_nm = 65\nprogramming_error_coefficients = [1]\nprogramming_error_highest = 1e-5",
            r"programming_error_highest = 1e-05 S\. Give at least g_max",
        ),
        ('"measured"', '"guessed"', r"g_max is of the kind guessed\. .*measured, simulated, assumed"),
        ('"measured"', "7", r"g_max is of the kind 7\."),
        ("value =", "valeu =", r"g_max has the entry 'valeu'\. Did you mean 'value'"),
        ("value = 1e-4, ", "", r"g_max has no value"),
        ('source = "fig. 2"', "source = 2", r"source of g_max is 2"),
        ('"measured" }', '"measured", low = 2e-4 }', r"g_max = 0\.0001 is not from low = 0\.0002 to high = 0\.0001"),
        ('"measured" }', '"measured", low = "x" }', r"g_max\.low = x\."),
    ],
)  # fmt: skip
def test_mistakes(folder: Path, tmp_path: Path, old: str, new: str, message: str) -> None:
    assert TEXT.count(old) == 1
    path = tmp_path / "mine.toml"
    path.write_text(TEXT.replace(old, new))
    with pytest.raises(NeurodeployError, match=r"(?s)ND432: Device file '.*mine\.toml'.*" + message):
        load_device(path, folder)


def made_or_refused(make: Callable[[], Device]) -> Device | None:
    """A device that can be used and written, or None where one clear error refuses it."""
    try:
        device = make()
    except NeurodeployError as error:
        refused = error
    else:
        assert parse_device(device.to_toml(), "any", "any") == device
        device.cells()
        device.nonidealities()
        return device
    assert refused.code == "ND432" and refused.hint and len(str(refused)) < 2000
    return None


@given(st.text(max_size=200))
@example("a = " + "[" * 5000)
@example("g_min = 1" + "0" * 5000)
def test_any_text(text: str) -> None:
    made_or_refused(lambda: parse_device(text, "any", "any"))


SCALAR = st.one_of(
    st.floats(), st.integers(), st.booleans(), st.sampled_from(["1T1R", "rows", "measured", "none", "polynomial", ""])
)
VALUE = st.recursive(
    SCALAR,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["value", "source", "kind", "low", "high", "x"]), inner, max_size=5),
    max_leaves=6,
)  # fmt: skip
PLAIN: dict[str, Any] = {"title": "t", "source": "s", "access": "1T1R", "name": "n", "node_nm": 65, "g_min": 1e-6, "g_max": 1e-4} | dict.fromkeys(
    ("read_voltage", "read_seconds", "write_voltage", "write_seconds", "cell_width", "cell_height"), 1.0
)  # fmt: skip


@given(st.dictionaries(st.sampled_from([*NUMBERS, *TEXTS, "other"]), VALUE, max_size=4))
def test_any_values(values: dict[str, Any]) -> None:
    device = made_or_refused(lambda: Device.from_table(PLAIN | values))
    if device is not None:
        assert 0 < device.cell_area_m2 < float("inf") and 1 < device.on_off_ratio < float("inf")
        assert 0 < device.row_segment_ohm < float("inf")
