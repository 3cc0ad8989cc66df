"""The NOR-flash target: compiled, run, saved, loaded; pulses as measured; what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from crossbar_programs import assert_same_spikes
from networks import random_spikes, two_layer

from neurodeploy.compiler import Compilation, Context, compile_network, load_bundle, save_bundle
from neurodeploy.errors import NeurodeployError
from neurodeploy.targets.crossbar.program import CrossbarProgram
from neurodeploy.targets.nor_flash.device import FlashDevice
from neurodeploy.targets.nor_flash.pulse_response import PulseResponse

IDEAL: dict[str, Any] = {"programming": "ideal", "segment_ohms": 0.0}
MEASURED = PulseResponse(10e-9, 410e-9, 80, 90, 1.5, -2.5)


def flashed(**options: Any) -> Compilation:
    return compile_network(two_layer(), "nor-flash", options, context=Context())


def program_of(**options: Any) -> CrossbarProgram:
    made = flashed(**options).program
    assert isinstance(made, CrossbarProgram)
    return made


def measurements(path: Path) -> Path:
    """LTP and LTD of a known device."""
    rows = [(p, g, "ltp") for p, g in zip(range(81), MEASURED.ltp_curve(np.arange(81)), strict=True)]
    rows += [(p, g, "ltd") for p, g in zip(range(91), MEASURED.ltd_curve(np.arange(91)), strict=True)]
    path.write_text("pulse,conductance,direction\n" + "\n".join(f"{p},{g:.12g},{d}" for p, g, d in rows), "utf-8")
    return path


def test_ideal_arrays_compute_the_network() -> None:
    program, inputs = program_of(**IDEAL), random_spikes(3, 60, 12, 0.2)
    model, reference = program.run(inputs, "model"), program.run(inputs, "reference")
    assert_same_spikes(model, reference)
    assert model.spikes["excitatory"].total > 0


def test_ladders_of_resistive_lines_come_to_the_ideal_ones() -> None:
    inputs = random_spikes(3, 60, 12, 0.2)
    ideal = program_of(**IDEAL).run(inputs, "model")
    nearly = program_of(programming="ideal", segment_ohms=1e-6)
    assert not nearly.chip.linear
    assert_same_spikes(nearly.run(inputs, "model"), ideal)
    resistive = program_of(programming="ideal", segment_ohms=2000.0).run(inputs, "model")
    assert resistive.spikes["excitatory"].total < ideal.spikes["excitatory"].total  # lines take current


def test_a_chip_is_written_by_its_own_pulses_and_the_same_again(tmp_path: Path) -> None:
    compilation, inputs = flashed(segment_ohms=0.0, device_seed=3), random_spikes(2, 50, 12, 0.2)
    program = compilation.program
    assert isinstance(program, CrossbarProgram)
    cells = program.chip.arrays[program.mapping.arrays[0].projection].array.conductances
    wanted = program.mapping.arrays[0].mapped.conductances
    device = program.mapping.device
    off = np.abs(cells - wanted).max()
    assert 0 < off < 0.05 * (device.g_max - device.g_min)  # tolerance 2 %, and disturb
    bundle = save_bundle(compilation, tmp_path / "flash.bundle")
    again = load_bundle(bundle)
    assert isinstance(again, CrossbarProgram) and isinstance(again.mapping.device, FlashDevice)
    assert again.mapping.device == device
    assert_same_spikes(again.run(inputs, "model"), program.run(inputs, "model"))
    pulses = program.manifest["programming"]["items"][0]
    assert pulses["count"] > wanted.size and "assumed" in pulses["constant"]["kind"]


def test_measured_pulses_give_the_range_and_the_source(tmp_path: Path) -> None:
    path = measurements(tmp_path / "cell.csv")
    compilation = flashed(pulse_response=str(path), **IDEAL)
    program = compilation.program
    assert isinstance(program, CrossbarProgram)
    device = program.mapping.device
    assert isinstance(device, FlashDevice)
    assert device.g_min == pytest.approx(10e-9, rel=1e-6) and device.g_max == pytest.approx(410e-9, rel=1e-6)
    assert device.response.ltp_nonlinearity == pytest.approx(1.5, rel=1e-6) and device.ltd_pulses == 90
    source = device.constants["ltp_nonlinearity"]
    assert source.kind == "measured" and str(path) in source.source
    assert "R²" in compilation.context.log[0].what
    assert program.mapping.arrays[0].mapped.conductances.max() == pytest.approx(device.g_max)


def test_a_column_of_currents_is_read_at_the_devices_voltage(tmp_path: Path) -> None:
    path = measurements(tmp_path / "cell.csv")
    lines = [line.split(",") for line in path.read_text("utf-8").splitlines()]
    currents = [[p, f"{0.1 * float(g):.12g}", d] for p, g, d in lines[1:]]
    other = tmp_path / "current.csv"
    other.write_text("\n".join(map(",".join, [["pulse", "current", "direction"], *currents])), "utf-8")
    device = program_of(pulse_response=str(other), **IDEAL).mapping.device
    assert device.g_max == pytest.approx(410e-9, rel=1e-6)


def test_bad_measurements_and_foreign_cells_are_one_error(tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("pulse,volts,direction\n0,1,ltp\n", "utf-8")
    with pytest.raises(NeurodeployError, match="bad.csv") as error:
        flashed(pulse_response=str(bad))
    assert error.value.code == "ND436"
    neurram = Path(__file__).parents[3] / "targets/rram/devices/neurram.toml"
    with pytest.raises(NeurodeployError, match="ND432"):
        flashed(device=str(neurram))
    oh2019 = Path(__file__).parents[3] / "targets/nor_flash/devices/oh2019_tft.toml"
    with pytest.raises(NeurodeployError, match="ND432"):
        compile_network(two_layer(), "rram", {"device": str(oh2019)}, context=Context())
