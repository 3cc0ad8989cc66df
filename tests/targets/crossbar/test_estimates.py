"""Energy, area, latency and programming of a mapping: what they are made of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from crossbar_programs import assumed as number
from crossbar_programs import compiled, device_with, one_delay
from networks import random_spikes, two_layer

from neurodeploy.network import Activity, SpikeBatch
from neurodeploy.targets.crossbar.estimates import NOMINAL_VOLTS, cell_area, programming_of, pulses_of, supply
from neurodeploy.targets.crossbar.program import CrossbarProgram

NEURON_PARTS = ("additions", "comparisons", "registers")


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


@pytest.mark.parametrize("partial_sums", ["analogue", "digital"])
def test_neurons_of_several_arrays_are_counted_once(partial_sums: str) -> None:
    """A second array with the same rows and outputs, a step later: cells and lines twice, neurons once."""
    network = two_layer()
    first = network.projection("input_to_excitatory")
    twice = replace(network, projections=(*network.projections, replace(first, name="again", delay=first.delay + 1)))
    one, two = (compiled(n, partial_sums=partial_sums, layout="grid") for n in (network, twice))
    inputs = SpikeBatch.from_dense(np.eye(12, dtype=bool)[None, [0, 1]].repeat(1, axis=0))  # a spike in both steps
    found = {name: program.run(inputs, "reference").event_counts() for name, program in (("one", one), ("two", two))}
    assert found["two"].device_events["updates:excitatory"] == 3  # steps 1, 2 and, with the delay, 3
    once, more = ({i.part: i for i in p.costs(found[n], None)[0].items} for n, p in (("one", one), ("two", two)))
    new = {part.removeprefix("again: ") for part in more if part.startswith("again: ")}
    neurons = {part.split(": ", 1)[1] for part in once} - new
    shared = {"integration", "spikes"} if partial_sums == "analogue" else {f"neurons: {p}" for p in NEURON_PARTS}
    assert neurons == shared | {"output registers"}
    for part in shared - {"spikes"}:  # 2 steps with an input on one array, 3 on both
        name = f"input_to_excitatory: {part}"
        assert more[name].count == pytest.approx(1.5 * once[name].count) and once[name].count > 0
    area = [sum(i.count for i in p.estimates.area.items if i.part.endswith(": neurons")) for p in (one, two)]
    assert area[0] == area[1] > 0
    cells = [sum(i.count for i in p.estimates.area.items if i.part.endswith(": cells")) for p in (one, two)]
    assert cells[1] == 2 * cells[0]
    waits = [i["part"] for i in two.manifest["latency"]["items"] if i["part"].split(": ")[1] in ("spikes", "neurons")]
    assert len(waits) == 1


def test_sums_of_several_arrays_are_added_digitally() -> None:
    """Two partial sums of every output in each of two arrays: three additions."""
    network = two_layer()
    first = network.projection("input_to_excitatory")
    twice = replace(network, projections=(*network.projections, replace(first, name="again")))
    options = {"partial_sums": "digital", "tile": "6x10", "layout": "grid", "cells": "single"}
    program = compiled(twice, **options)
    found = program.run(random_spikes(1, 9, 12, 0.5), "reference").event_counts()
    sums = {i.part: i.count for i in program.costs(found, None)[0].items if i.part.endswith(": partial sums")}
    outputs, reads = 5, found.device_events["reads:again"]
    bits = {"input_to_excitatory": 8 + 1, "again": 8 + 2}
    expected = {
        f"{n}: partial sums": reads * outputs * k * bits[n] for n, k in (("input_to_excitatory", 1), ("again", 2))
    }
    assert sums == expected


def test_a_cell_of_uncertain_size_has_an_uncertain_area(tmp_path: Path) -> None:
    sides = {"cell_width": (5, 3, 12), "cell_height": (4, 4, 6)}
    entries = {k: f'{{ value = {v}, low = {low}, high = {high}, source = "t" }}' for k, (v, low, high) in sides.items()}
    area = cell_area(compiled(two_layer(), device=str(device_with(tmp_path / "d.toml", **entries))).mapping.device)
    f2 = (130e-9) ** 2
    assert (area.value, *area.range) == pytest.approx((20 * f2, 12 * f2, 72 * f2)) and area.kind == "assumed"
    exact = cell_area(compiled(two_layer()).mapping.device)
    assert exact.low is None and exact.high is None


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


def test_ranges_of_the_device_make_totals_ranges(tmp_path: Path) -> None:
    """Volts, time and pulses that are known as ranges: cells, time steps and writing are ranges."""
    ends = {"read_voltage": (0.2, 0.1, 0.5), "read_seconds": (1e-8, 1e-9, 1e-7), "write_energy": (1e-12, 5e-13, 2e-12)}
    entries = {k: f'{{ value = {v}, low = {low}, high = {high}, source = "t" }}' for k, (v, low, high) in ends.items()}
    program = compiled(two_layer(), device=str(device_with(tmp_path / "d.toml", **entries)))
    events = run(program).event_counts()
    (report,) = program.costs(events, None)
    (cells,) = (item for item in report.items if item.part.endswith(": cells"))
    siemens = events.device_events["siemens read:input_to_excitatory"]
    expected = (siemens * 0.2**2 * 1e-8, (siemens * 0.1**2 * 1e-9, siemens * 0.5**2 * 1e-7))
    assert cells.joules == pytest.approx(expected[0]) and cells.joules_range == pytest.approx(expected[1])
    (step,) = (i for i in program.manifest["latency"]["items"] if i["part"].endswith(": cells"))
    assert (step["constant"]["low"], step["constant"]["high"]) == (1e-9, 1e-7)
    pulses, verify = programming_of(program.mapping).items
    assert pulses.joules_range == pytest.approx((pulses.count * 5e-13, pulses.count * 2e-12))
    low, high = verify.joules_range
    assert (low, high) == pytest.approx((verify.joules / 4 / 10, verify.joules * 6.25 * 10))


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
