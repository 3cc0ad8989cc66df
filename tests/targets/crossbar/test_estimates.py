"""Energy, area, latency and programming of a mapping: what they are made of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from crossbar_programs import assumed as number
from crossbar_programs import compiled, device_with, one_delay
from networks import random_spikes, two_layer

from neurodeploy.network import Activity
from neurodeploy.targets.crossbar.estimates import NOMINAL_VOLTS, programming_of, pulses_of, supply
from neurodeploy.targets.crossbar.program import CrossbarProgram


def run(program: CrossbarProgram) -> Activity:
    return program.run(random_spikes(3, 20, program.network.sources[0].size, 0.2), "model")


@pytest.mark.parametrize("partial_sums", ["analogue", "digital"])
def test_energy_is_the_sum_of_its_parts(partial_sums: str) -> None:
    program = compiled(one_delay(), partial_sums=partial_sums)
    events = run(program).event_counts()
    (report,) = program.costs(events, 2)
    told = report.as_dict()
    assert told["joules"] == pytest.approx(sum(item["joules"] for item in told["items"])) and told["joules"] > 0
    names = {item.part.split(":")[0] for item in report.items}
    assert names == {array.projection for array in program.mapping.arrays}
    reached = sum(events.synaptic_events[array.projection] for array in program.mapping.arrays)
    assert told["joules_per_synaptic_event"] == pytest.approx(report.joules / reached)
    assert told["joules_per_inference"] == pytest.approx(report.joules / 3)
    assert told["joules_per_correct_inference"] == pytest.approx(report.joules / 2)
    seconds = program.manifest["latency"]["seconds"]
    assert told["hardware_seconds"] == pytest.approx(3 * 20 * seconds)


def test_cells_dissipate_v_squared_g_t() -> None:
    program = compiled(two_layer(), tile="5x4")
    events, device = run(program).event_counts(), program.mapping.device
    (report,) = program.costs(events, None)
    (cells,) = (item for item in report.items if item.part.endswith(": cells"))
    siemens = events.device_events["siemens read:input_to_excitatory"]
    assert cells.joules == pytest.approx(siemens * device.read_voltage**2 * device.read_seconds, rel=1e-12)


def test_ranges_of_the_read_make_ranges_of_the_cells(tmp_path: Path) -> None:
    def ends(value: str, low: str, high: str) -> str:
        return f'{{ value = {value}, source = "test", kind = "assumed", low = {low}, high = {high} }}'

    file = device_with(
        tmp_path / "d.toml", read_voltage=ends("0.2", "0.1", "0.5"), read_seconds=ends("1e-7", "1e-8", "1e-6")
    )
    for options, low, high in (({}, 1.0, 1.0), ({"device": str(file)}, 0.25 * 0.1, 6.25 * 10)):
        program = compiled(two_layer(), **options)
        (report,) = program.costs(run(program).event_counts(), None)
        (cells,) = (item for item in report.items if item.part.endswith(": cells"))
        assert cells.joules_range == pytest.approx((low * cells.joules, high * cells.joules))


def test_spikes_of_a_population_are_counted_once() -> None:
    """Two arrays end at the same neurons: only one of them has the circuits' spikes."""
    network = two_layer()
    first = network.projection("input_to_excitatory")
    twice = replace(network, projections=(*network.projections, replace(first, name="again")))
    program = compiled(twice)
    events = run(program).event_counts()
    (report,) = program.costs(events, None)
    spikes = [item.count for item in report.items if item.part.endswith(": spikes")]
    assert events.spikes["excitatory"] > 0 and sum(spikes) == events.spikes["excitatory"]


def test_supply_of_the_node_or_the_option() -> None:
    program = compiled(two_layer())
    assert supply(program.mapping) == NOMINAL_VOLTS[130] == program.manifest["supply_volts"]
    assert "supply_volts" in program.manifest["assumed"] and "g_min" in program.manifest["assumed"]
    given = compiled(two_layer(), supply_volts=1.8)
    assert given.manifest["supply_volts"] == 1.8 and "supply_volts" not in given.manifest["assumed"]
    device = program.mapping.device
    for node, volts in ((55, NOMINAL_VOLTS[65]), (250, 1.8), (5, NOMINAL_VOLTS[7])):
        assert supply(replace(program.mapping, device=replace(device, node_nm=float(node)))) == volts


def test_area_and_latency_add_up() -> None:
    program = compiled(one_delay())
    told = program.manifest
    assert told["area"]["square_metres"] == pytest.approx(sum(i["square_metres"] for i in told["area"]["items"]))
    assert told["latency"]["seconds"] == pytest.approx(sum(i["seconds"] for i in told["latency"]["items"]))
    (area,) = (usage for usage in program.resources() if usage.name == "area")
    assert area.used == pytest.approx(1e6 * told["area"]["square_metres"])


def test_programming_without_write_verify_is_one_pulse_a_cell() -> None:
    program = compiled(two_layer(), cells="reference", tile="5x4", layout="grid")
    report, device = programming_of(program.mapping), program.mapping.device
    cells = 12 * (5 + 2)  # 5 outputs on tiles of 3: two reference columns
    assert program.mapping.arrays[0].cells == cells
    assert [item.count for item in report.items] == [cells, 2 * cells]
    assert report.items[0].joules == pytest.approx(cells * device.write_energy)
    assert report.seconds == pytest.approx(cells * (device.write_seconds + 2 * device.read_seconds))
    assert "assumed" in report.note


def test_programming_counts_the_pulses_of_write_verify(tmp_path: Path) -> None:
    """Without noise a cell takes as many increments as bring it within the tolerance."""
    file = device_with(tmp_path / "d.toml", write_increment=number(1e-6), write_tolerance=number(0.5e-6))
    program = compiled(two_layer(), device=str(file), cells="pair", layout="grid")
    device, cells = program.mapping.device, program.mapping.arrays[0].mapped.conductances
    expected = np.ceil((cells - device.g_min - 0.5e-6) / 1e-6 - 1e-9).clip(0).sum()
    report = programming_of(program.mapping)
    assert report.items[0].count == pytest.approx(expected, abs=2)  # at the tolerance itself rounding decides
    assert report.items[1].count == report.items[0].count + cells.size
    some = pulses_of(device, np.full(250_000, 11e-6), np.random.default_rng(0))
    assert some == pytest.approx(10 * 250_000)
