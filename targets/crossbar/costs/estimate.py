"""Energy, area and latency of an array with its periphery: parts, from counts.

Not counted anywhere: leakage and idle power, clock trees, voltage converters and references, links between tiles and pads.
"""

from __future__ import annotations

from collections.abc import Sequence

from neurodeploy.costs import AreaItem, AreaReport, Constant, CostItem, LatencyItem, LatencyReport
from neurodeploy.targets.crossbar.costs.cells import cell_items
from neurodeploy.targets.crossbar.costs.converters import converter_area, converter_energy, converter_seconds
from neurodeploy.targets.crossbar.costs.digital import addition_seconds, bit_area, digital_items
from neurodeploy.targets.crossbar.costs.geometry import ArrayEvents, ArrayGeometry, CellFigures
from neurodeploy.targets.crossbar.costs.integrate_and_fire import SPIKE_SECONDS, circuit_area, neuron_items
from neurodeploy.targets.crossbar.costs.lines import driver_area, line_items
from neurodeploy.targets.crossbar.costs.periphery import Periphery
from neurodeploy.targets.crossbar.parameters import require

NOT_COUNTED = (
    "without leakage and idle power, clock trees, voltage converters, references, links between tiles and pads"
)
CONTROL_AREA = Constant(
    "decoders, control and the rest, per area of cells, drivers and sense circuits", (1 - 0.61) / 0.61, "m^2 per m^2",
    "Wan et al. 2022, Extended Data Fig. 11f: neurons 28 %, drivers 21 %, cells 12 % of a core; low: none of it", "measured",
    "130 nm (share kept)", 0.0,
)  # fmt: skip


def energy_items(
    geometry: ArrayGeometry, periphery: Periphery, cells: CellFigures, events: ArrayEvents
) -> tuple[CostItem, ...]:
    """What the events of a run cost, by part; for `CostReport.items`.

    Raises:
        NeurodeployError: ND450 when integrate-and-fire circuits would have to add partial sums digitally.
    """
    _consistent(geometry, periphery)
    items = cell_items(geometry, events) + line_items(geometry, periphery, cells, events)
    if periphery.sensing == "adc":
        conversions = events.reads * geometry.conversions
        items.append(
            CostItem(geometry.part("converters"), "reads x conversions", conversions, converter_energy(periphery))
        )
    else:
        items += neuron_items(geometry, periphery.technology, events)
    return tuple(items + digital_items(geometry, periphery, events))


def area_items(geometry: ArrayGeometry, periphery: Periphery, cells: CellFigures) -> tuple[AreaItem, ...]:
    """What the array's tiles with their periphery take, by part; errors as for `energy_items`."""
    _consistent(geometry, periphery)
    technology, part = periphery.technology, geometry.part
    select = geometry.tile_rows if periphery.select_swing_volts else 0
    lines = geometry.tiles * (geometry.tile_rows + select + geometry.tile_columns)
    analogue = [
        AreaItem(part("cells"), "cells of all tiles", geometry.cells, cells.area),
        AreaItem(part("line drivers"), "rows, select lines and columns of all tiles", lines, driver_area(technology)),
    ]
    if periphery.sensing == "adc":
        analogue.append(AreaItem(part("converters"), "converters", geometry.senses, converter_area(periphery)))
    elif geometry.own_neurons:
        analogue.append(AreaItem(part("neurons"), "outputs", geometry.own_neurons, circuit_area(technology)))
    core = sum(item.square_metres for item in analogue)
    rows = geometry.tiles * geometry.tile_rows
    digital = [
        AreaItem(part("input registers"), "rows of all tiles", rows, bit_area(technology, register=1)),
        *(_digital_neurons(geometry, periphery) if periphery.sensing == "adc" else ()),
        AreaItem(part("control"), "m^2 of cells, drivers and sense circuits", core, CONTROL_AREA),
    ]
    return tuple(analogue + digital)


def _digital_neurons(geometry: ArrayGeometry, periphery: Periphery) -> tuple[AreaItem, ...]:
    technology, part = periphery.technology, geometry.part
    adders = min(geometry.additions, geometry.senses) * (periphery.bits + geometry.extra_bits)
    neurons = geometry.own_neurons * periphery.membrane_bits
    parts = (
        AreaItem(part("partial sums"), "adders x bits", adders, bit_area(technology, add=1)),
        AreaItem(part("code registers"), "converters x bits", geometry.senses * periphery.bits,
                 bit_area(technology, register=1)),
        AreaItem(part("neurons"), "outputs x bits", neurons, bit_area(technology, add=1, compare=1, register=1)),
    )  # fmt: skip
    return parts if neurons else parts[:-1]


def latency_items(geometry: ArrayGeometry, periphery: Periphery, cells: CellFigures) -> tuple[LatencyItem, ...]:
    """What follows one after another in one read of the array, all tiles at once; errors as for `energy_items`."""
    _consistent(geometry, periphery)
    ends = cells.seconds_range or (None, None)
    read = Constant("read of the cells", cells.read_seconds, "s", "the device's read time", "assumed", "", *ends)
    part = geometry.part
    items = [LatencyItem(part("cells"), geometry.phases, read)]
    if periphery.sensing == "integrate_and_fire":
        return (*items, LatencyItem(part("spikes"), 1, SPIKE_SECONDS)) if geometry.own_neurons else tuple(items)
    addition = addition_seconds(periphery.technology)
    items += [
        LatencyItem(part("converters"), geometry.phases, converter_seconds(periphery)),
        LatencyItem(part("partial sums"), geometry.extra_bits, addition),
    ]
    return (*items, LatencyItem(part("neurons"), 2, addition)) if geometry.own_neurons else tuple(items)


def area_report(arrays: Sequence[tuple[ArrayGeometry, Periphery, CellFigures]]) -> AreaReport:
    """Area of several arrays."""
    return AreaReport(NOT_COUNTED, tuple(item for array in arrays for item in area_items(*array)))


def latency_report(arrays: Sequence[tuple[ArrayGeometry, Periphery, CellFigures]]) -> LatencyReport:
    """Latency of one time step in which arrays are read one after another (a layer waits for the one before)."""
    items = tuple(item for array in arrays for item in latency_items(*array))
    return LatencyReport("one read of every array, one after another", NOT_COUNTED, items)


def _consistent(geometry: ArrayGeometry, periphery: Periphery) -> None:
    require(
        periphery.sensing == "adc" or not geometry.additions, periphery, "sensing", repr(periphery.sensing),
        f"'adc' where {geometry.additions} partial sums are added digitally; or add them as currents "
        "(summation 'analogue')",
    )  # fmt: skip
