"""Energy, area, latency and programming of a mapping, by :mod:`neurodeploy.targets.crossbar.costs`."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from math import prod

import numpy as np

from neurodeploy.costs import AreaReport, Constant, CostItem, CostReport, LatencyReport, Technology
from neurodeploy.costs.cost import Kind
from neurodeploy.network import EventCounts
from neurodeploy.network.arrays import FloatArray
from neurodeploy.targets.crossbar.bundle_files import conductances_of
from neurodeploy.targets.crossbar.costs.estimate import NOT_COUNTED, area_report, energy_items, latency_report
from neurodeploy.targets.crossbar.costs.geometry import ArrayEvents, ArrayGeometry, CellFigures
from neurodeploy.targets.crossbar.costs.periphery import Periphery
from neurodeploy.targets.crossbar.costs.programming import Programming, programming_items
from neurodeploy.targets.crossbar.device import Device
from neurodeploy.targets.crossbar.device_counts import READS, ROWS, SIEMENS, UPDATES
from neurodeploy.targets.crossbar.mapping import ArrayMapping, CrossbarMapping
from neurodeploy.targets.crossbar.origins import Origin, origins
from neurodeploy.targets.crossbar.randomness import generator

NOMINAL_VOLTS = {
    180: 1.8, 130: 1.3, 90: 1.2, 65: 1.1, 45: 1.0, 40: 1.0, 32: 0.97, 28: 0.9, 22: 0.9, 14: 0.86, 10: 0.83, 7: 0.8,
}  # fmt: skip
"""Supply by node (nm), **assumed**: what logic of the node commonly has; another process takes the next larger one's, those above
180 nm 1.8 V.  No source was verified, and analogue periphery often has more: --supply-volts."""
PROGRAMMED = 100_000
"""Cells of one array whose programming is simulated pulse by pulse."""


def supply(mapping: CrossbarMapping) -> float:
    """Volts of the periphery."""
    if mapping.options.supply_volts is not None:
        return mapping.options.supply_volts
    larger = [node for node in NOMINAL_VOLTS if node >= mapping.device.node_nm]
    return NOMINAL_VOLTS[min(larger, default=180)]


def origins_of(mapping: CrossbarMapping) -> dict[str, Origin]:
    """How each number of the device, and the supply, is known."""
    return origins(mapping.device, mapping.options.supply_volts is not None)


def described(mapping: CrossbarMapping, array: ArrayMapping) -> tuple[ArrayGeometry, Periphery, CellFigures]:
    """An array, its periphery and its cells, as the estimator takes them."""
    options, device = mapping.options, mapping.device
    geometry = _geometry(mapping, array)
    technology = Technology(device.node_nm, supply(mapping))
    digital = options.partial_sums == "digital"
    periphery = Periphery(
        technology, "adc" if digital else "integrate_and_fire", bits=options.converter_bits,
        row_swing_volts=device.read_voltage if device.inputs == "rows" else None,
    )  # fmt: skip
    return geometry, periphery, CellFigures(
        cell_area(device), device.read_voltage, device.read_seconds,
        device.constants["read_seconds"].range,
    )  # fmt: skip


def _geometry(mapping: CrossbarMapping, array: ArrayMapping) -> ArrayGeometry:
    """Of an array; where several end at one population, the first has its neurons, and the others' sums are added to its own."""
    summation = mapping.options.partial_sums
    geometry = ArrayGeometry.of(array.projection, array.tiling, summation)
    together = mapping.arrays_into(mapping.lowered.projection(array.projection).target)
    sensed = [other.tiling.partial_sums(summation).per_output > 0 for other in together]
    place = together.index(array)
    if place == 0:
        return replace(geometry, integrating=int(np.any(sensed, axis=0).sum())) if len(together) > 1 else geometry
    joined = 0
    if summation == "digital":
        joined = int((sensed[place] & np.any(sensed[:place], axis=0)).sum())
    return replace(
        geometry, neurons=0, additions=geometry.additions + joined, extra_bits=geometry.extra_bits + bool(joined)
    )


def cell_area(device: Device) -> Constant:
    """Of one cell; assumed if one of its sides is, a range if one of them is."""
    sides = [device.constants[name] for name in ("cell_width", "cell_height")]
    kind = "assumed" if any(side.kind == "assumed" for side in sides) else sides[0].kind
    node, area = f"{device.node_nm:g} nm", device.cell_area_m2
    low, high = (area * prod(side.range[end] / side.value for side in sides) for end in (0, 1))
    return Constant("cell", area, "m^2", sides[0].source, kind, node, *((low, high) if low < high else ()))


def read_energy(device: Device) -> Constant:
    """V² t of a read, for each siemens; a range where the voltage or the time is one."""
    volts, seconds = device.constants["read_voltage"], device.constants["read_seconds"]
    low, high = (volts.range[end] ** 2 * seconds.range[end] for end in (0, 1))
    kind: Kind = "assumed" if "assumed" in (volts.kind, seconds.kind) else "simulated"
    value = device.read_voltage**2 * device.read_seconds
    return Constant("read of 1 S", value, "J/S", "V² t", kind, "", *((low, high) if low < high else ()))


def area_of(mapping: CrossbarMapping) -> AreaReport:
    """All arrays with their periphery."""
    return area_report([described(mapping, array) for array in mapping.arrays])


def latency_of(mapping: CrossbarMapping) -> LatencyReport:
    """One time step: a layer waits for the one before."""
    return latency_report([described(mapping, array) for array in mapping.arrays])


def energy_of(mapping: CrossbarMapping, events: EventCounts, correct: int | None) -> list[CostReport]:
    """What a run cost: cells, lines, sense circuits or converters, adders, neurons."""
    items: list[CostItem] = []
    for array in mapping.arrays:
        geometry, periphery, cells = described(mapping, array)
        items += energy_items(geometry, periphery, cells, _events(mapping, array, events))
    step = latency_of(mapping).seconds
    forward = sum(events.synaptic_events.get(array.projection, 0) for array in mapping.arrays)
    return [
        CostReport(
            "arrays", f"reads of cells, lines and periphery, {NOT_COUNTED}", tuple(items), events.samples, correct,
            events.samples * events.steps * step, forward,
        )
    ]  # fmt: skip


def _events(mapping: CrossbarMapping, array: ArrayMapping, events: EventCounts) -> ArrayEvents:
    name, read = array.projection, read_energy(mapping.device)
    siemens = events.device_events[f"{SIEMENS}:{name}"]
    target = mapping.lowered.projection(name).target
    sent = events.spikes.get(target, 0) if array is mapping.arrays_into(target)[0] else 0
    return ArrayEvents(
        events.device_events[f"{READS}:{name}"], events.device_events[f"{ROWS}:{name}"], sent,
        siemens * read.value, siemens * read.range[0], siemens * read.range[1], updates=events.device_events.get(f"{UPDATES}:{target}"),
    )  # fmt: skip


def programming_of(mapping: CrossbarMapping) -> CostReport:
    """Writing all cells once, and reading each once and again after every pulse."""
    device, items = mapping.device, list[CostItem]()
    seconds = 0.0
    for index, array in enumerate(mapping.arrays):
        cells = np.concatenate([np.zeros(0), *(conductances_of(array, tile).ravel() for tile in array.tiling.tiles)])
        pulses = pulses_of(device, cells, generator(mapping.options.device_seed, "pulses of programming", index))
        mean, read = float(cells.mean()) if len(cells) else 0.0, read_energy(device)
        verify = Constant(
            "read that verifies", mean * read.value, "J", "V² G t of a mean cell", "simulated", "",
            *(() if read.low is None else (mean * end for end in read.range)),
        )  # fmt: skip
        writing = Programming(
            pulses, device.constants["write_energy"], pulses + len(cells), verify, device.write_seconds, device.read_seconds
        )  # fmt: skip
        items += programming_items(array.projection, writing)
        seconds += writing.seconds
    note = f"once; {device.writing_note}; half-selected cells are not counted"
    return CostReport("programming", note, tuple(items), 0, None, seconds)


def pulses_of(device: Device, cells: FloatArray, random: np.random.Generator) -> float:
    """Pulses that an array needs to hold ``cells`` (S), as :meth:`Device.writing_pulses` counts them.

    Of more than :data:`PROGRAMMED` cells as many are programmed, at equal distances, and the pulses are theirs in proportion.
    """
    some = cells[:: max(1, len(cells) // PROGRAMMED)]
    return device.writing_pulses(some, random) * len(cells) / max(1, len(some))


class Estimates:
    """Area, latency and programming of one mapping, each worked out once, when it is first asked for."""

    def __init__(self, mapping: CrossbarMapping) -> None:
        self._mapping = mapping

    @cached_property
    def area(self) -> AreaReport:
        """Of all arrays with their periphery."""
        return area_of(self._mapping)

    @cached_property
    def latency(self) -> LatencyReport:
        """Of a time step."""
        return latency_of(self._mapping)

    @cached_property
    def programming(self) -> CostReport:
        """Of all cells."""
        return programming_of(self._mapping)
