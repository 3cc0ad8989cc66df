"""Lines of an array: what charging word lines, select lines and bit lines takes, and the area of their drivers."""

from __future__ import annotations

from dataclasses import replace

from neurodeploy.costs import Constant, CostItem, Technology
from neurodeploy.costs.scaling import scaled_area, scaled_capacitance
from neurodeploy.targets.crossbar.costs.geometry import ArrayEvents, ArrayGeometry, CellFigures
from neurodeploy.targets.crossbar.costs.periphery import Periphery

NEURRAM = Technology(130, 1.8)
_SOURCE = "Wan et al. 2022 (NeuRRAM), as given by CiMLoop (wan_nature_2022/arch.yaml)"
DRIVER = Constant("line driver", 48e-15, "F", _SOURCE, "simulated", "130 nm")
TRANSISTOR = Constant("access transistor on a line", 1.5e-15, "F", _SOURCE, "simulated", "130 nm")
COUPLING = Constant("coupling of a line at a cell", 0.6e-15, "F", _SOURCE, "simulated", "130 nm")
DRIVER_AREA = Constant(
    "driver of a line", 0.21 / 0.28 * 256 * 1270e-12 / (3 * 256), "m^2",
    "Wan et al. 2022, Extended Data Fig. 11f: drivers 21 %, 256 neurons of 1,270 µm² 28 % of a core; taken as 256 word, "
    "256 bit and 256 source lines", "measured", "130 nm",
)  # fmt: skip


def line_capacitance(cells: int, technology: Technology) -> Constant:
    """Of a line that passes so many cells, with its driver, in F."""
    value = DRIVER.value + cells * (TRANSISTOR.value + COUPLING.value)
    whole = Constant(
        f"line over {cells} cells",
        value,
        "F",
        f"{_SOURCE}: driver + cells x (transistor + coupling)",
        "simulated",
        "130 nm",
    )
    return scaled_capacitance(whole, NEURRAM, technology)


def line_energy(cells: int, technology: Technology, swing: float) -> Constant:
    """Of a line going up by ``swing`` volts and down again: ``C V^2``, drawn from the supply."""
    line = line_capacitance(cells, technology)
    return replace(
        line, name=f"{line.name}, up and down {swing:g} V", value=line.value * swing**2, unit="J", kind="assumed"
    )


def line_items(
    geometry: ArrayGeometry, periphery: Periphery, cells: CellFigures, events: ArrayEvents
) -> list[CostItem]:
    """Rows with an input, select lines of every read, and columns.

    Columns that a sense circuit holds at a voltage do not swing: theirs is a range from nothing to the read voltage.
    """
    technology, tiles = periphery.technology, geometry.tiles
    row = line_energy(geometry.tile_columns, technology, periphery.row_volts)
    column = line_energy(geometry.tile_rows, technology, cells.read_volts)
    items = [
        CostItem(geometry.part("word lines"), "row activations", events.row_activations, row),
        CostItem(
            geometry.part("bit lines"), "reads x columns", events.reads * tiles * geometry.tile_columns,
            replace(column, low=0.0),
        ),
    ]  # fmt: skip
    if periphery.select_swing_volts:
        select = line_energy(geometry.tile_columns, technology, periphery.select_swing_volts)
        count = events.reads * tiles * geometry.tile_rows
        items.insert(1, CostItem(geometry.part("select lines"), "reads x rows", count, select))
    return items


def driver_area(technology: Technology) -> Constant:
    """Of the driver of one line."""
    return scaled_area(DRIVER_AREA, NEURRAM, technology)
