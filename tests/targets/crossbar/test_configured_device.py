"""What options change of a device."""

from __future__ import annotations

from pathlib import Path

from crossbar_programs import assumed, device_with

from neurodeploy.targets.crossbar.configured_device import configured_device
from neurodeploy.targets.rram import RramOptions, RramTarget

FOLDER = RramTarget.device_folder()


def test_options_replace_what_the_file_says(tmp_path: Path) -> None:
    file = device_with(
        tmp_path / "d.toml", read_noise_absolute=assumed(1e-7), device_variation=assumed(0.2), stuck_on=assumed(0.3)
    )
    own = configured_device(RramOptions(device=str(file)), FOLDER)
    assert (own.read_noise_absolute, own.device_variation, own.stuck_on) == (1e-7, 0.2, 0.3)
    options = RramOptions(device=str(file), variation=0.1, stuck_at=0.02, read_noise=0.05)
    changed = configured_device(options, FOLDER)
    assert (changed.read_noise_relative, changed.read_noise_absolute, changed.device_variation) == (0.05, 0.0, 0.1)
    assert (changed.stuck_on, changed.stuck_off) == (0.01, 0.01)
    assert changed.constants["device_variation"].source == "given"
    quiet = configured_device(RramOptions(device=str(file), read_noise=0.0), FOLDER)
    assert quiet.read_noise_model() is None


def test_ideal_programming_leaves_stuck_cells_and_noise(tmp_path: Path) -> None:
    file = device_with(
        tmp_path / "d.toml", stuck_on=assumed(0.3), cycle_variation=assumed(0.1), read_noise_relative=assumed(0.1)
    )
    ideal = configured_device(RramOptions(device=str(file), programming="ideal"), FOLDER)
    assert (ideal.programming_error, ideal.cycle_variation, ideal.device_variation) == ("none", 0.0, 0.0)
    assert ideal.stuck_on == 0.3 and ideal.read_noise_relative == 0.1
    varied = configured_device(RramOptions(programming="ideal", variation=0.1), FOLDER)
    assert varied.device_variation == 0.1 and varied.programming_error == "none"
