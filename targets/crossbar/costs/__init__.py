"""Area, energy and latency of in-memory arrays and their periphery, itemised, every constant with its source."""

from neurodeploy.targets.crossbar.costs.cells import (
    NEURRAM_CELL_F2,
    cell_area,
    current_read_joules,
    ohmic_read_joules,
)
from neurodeploy.targets.crossbar.costs.estimate import (
    area_items,
    area_report,
    energy_items,
    latency_items,
    latency_report,
)
from neurodeploy.targets.crossbar.costs.geometry import ArrayEvents, ArrayGeometry, CellFigures
from neurodeploy.targets.crossbar.costs.periphery import Periphery
from neurodeploy.targets.crossbar.costs.programming import RRAM_PULSE, Programming, programming_items

__all__ = [
    "NEURRAM_CELL_F2",
    "RRAM_PULSE",
    "ArrayEvents",
    "ArrayGeometry",
    "CellFigures",
    "Periphery",
    "Programming",
    "area_items",
    "area_report",
    "cell_area",
    "current_read_joules",
    "energy_items",
    "latency_items",
    "latency_report",
    "ohmic_read_joules",
    "programming_items",
]
