"""Tables of an in-memory target's report: arrays, area, latency, programming, and the device's constants."""

from __future__ import annotations

from neurodeploy.compiler.presentation import Table
from neurodeploy.costs import AreaItem, AreaReport, Constant, CostReport, LatencyReport
from neurodeploy.targets.crossbar.device import Device
from neurodeploy.targets.crossbar.estimates import origins_of, supply
from neurodeploy.targets.crossbar.mapping import ArrayMapping, CrossbarMapping
from neurodeploy.targets.crossbar.origins import origin
from neurodeploy.wording import quantities, quantity

CELLS_OF_A_WEIGHT = {"pair": "2 (a pair)", "reference": "1 (reference column)", "single": "1 (alone)"}
_SCALED = ("S", "s", "J", "V")
"""Units that take a prefix."""


def array_table(mapping: CrossbarMapping) -> Table:
    """Each projection's array on its tiles."""
    columns = ["projection", "size", "cells of a weight", "synapses", "tiles", "dense grid", "fewest",
               "split", "used", "synapses'"]  # fmt: skip
    return columns, [_array_row(mapping, array) for array in mapping.arrays]


def _array_row(mapping: CrossbarMapping, array: ArrayMapping) -> list[str]:
    rows, outputs = array.tiling.shape
    split = int(mapping.partial_sums(array).per_output.max(initial=0))
    places = max(1, array.tiles * array.tiling.tile.rows * array.tiling.tile.columns)
    holding = array.synapses * array.tiling.tile.columns_per_output
    return [
        array.projection, f"{rows:,} x {outputs:,}", CELLS_OF_A_WEIGHT[array.mapped.scheme], f"{array.synapses:,}",
        f"{array.tiles:,}", f"{array.grid:,}", f"{array.bound:,}", str(split), _percent(array.cells / places),
        _percent(holding / places),
    ]  # fmt: skip


def area_table(area: AreaReport) -> Table:
    """Parts, and what they add up to."""
    rows = [
        [item.part, _counted(item), _area(item.constant), _mm2(item.square_metres),
         _share(item.square_metres, area.square_metres), _mm2_range(*_ends(item.count, item.constant)),
         item.constant.source, item.constant.kind]
        for item in area.items
    ]  # fmt: skip
    total = ["total", "", "", _mm2(area.square_metres), "", _mm2_range(*area.square_metres_range), area.note, ""]
    return ["part", "counted", "of one", "mm²", "share", "range (mm²)", "source", "kind"], [*rows, total]


def latency_table(latency: LatencyReport) -> Table:
    """Parts of one time step, and what they add up to."""
    rows = [
        [item.part, f"{item.phases:g}", quantity(item.constant.value, "s"), quantity(item.seconds, "s"),
         quantities(*_ends(item.phases, item.constant), "s"), item.constant.source, item.constant.kind]
        for item in latency.items
    ]  # fmt: skip
    whole = quantity(latency.seconds, "s")
    total = ["total", "", "", whole, quantities(*latency.seconds_range, "s"), latency.step, ""]
    return ["part", "times", "of one", "time", "range", "source", "kind"], [*rows, total]


def programming_table(programming: CostReport) -> Table:
    """Parts of writing all cells once."""
    rows = [
        [item.part, f"{_count(item.count)} {item.events}", quantity(item.constant.value, "J"), quantity(item.joules, "J"),
         quantities(*item.joules_range, "J"), item.constant.source, item.constant.kind]
        for item in programming.items
    ]  # fmt: skip
    whole = quantity(programming.joules, "J")
    total = ["total", "", "", whole, quantities(*programming.joules_range, "J"), programming.note, ""]
    return ["part", "events", "of one", "energy", "range", "source", "kind"], [*rows, total]


def device_table(mapping: CrossbarMapping) -> Table:
    """Every constant of the device, and the supply of the periphery, with source and kind."""
    device, volts, found = mapping.device, mapping.options.supply_volts, origins_of(mapping)
    rows = [_constant_row(device, name, constant) for name, constant in device.constants.items()]
    source = "nominal for the device's process" if volts is None else "given"
    rows.append(
        ["supply_volts", "supply of the periphery", quantity(supply(mapping), "V"), "", source, found["supply_volts"]]
    )
    return ["constant", "meaning", "value", "range", "source", "kind"], rows


def _constant_row(device: Device, name: str, constant: Constant) -> list[str]:
    key = device.keys.get(name.split(".")[0])
    low, high = constant.range
    ends = "" if low == high else f"{_value(low, constant.unit)} to {_value(high, constant.unit)}"
    meaning = "" if key is None else key.meaning.split("; left out")[0]
    return [name, meaning, _value(constant.value, constant.unit), ends, constant.source, origin(constant)]


def _value(value: float, unit: str) -> str:
    if unit in _SCALED:
        return quantity(value, unit)
    return f"{value:g}" if unit in ("", "1") else f"{value:g} {unit}"


def _ends(count: float, constant: Constant) -> tuple[float, float]:
    low, high = constant.range
    return count * low, count * high


def _area(constant: Constant) -> str:
    if constant.unit == "m^2":
        return f"{1e12 * constant.value:.4g} µm²"
    return f"{constant.value:.3g} {constant.unit.replace('m^2', 'mm²')}"


def _counted(item: AreaItem) -> str:
    """What a part is counted by; of an area in mm²."""
    if item.counted.startswith("m^2 "):
        return f"{_mm2(item.count)} mm² {item.counted.removeprefix('m^2 ')}"
    return f"{_count(item.count)} {item.counted}"


def _count(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or float(value).is_integer() else f"{value:.4g}"


def _mm2(square_metres: float) -> str:
    return f"{1e6 * square_metres:.4g}"


def _mm2_range(low: float, high: float) -> str:
    return "" if low == high else f"{1e6 * low:.3g} to {1e6 * high:.3g}"


def _share(part: float, whole: float) -> str:
    return _percent(part / whole) if whole else ""


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
