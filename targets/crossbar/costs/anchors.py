"""The estimator beside three published designs: figures of ours, theirs, and how far apart they are.

No constant is set to meet them.  What a design shares with the constants (NeuRRAM's own capacitances and neuron) is a check of the
formulas; what is assumed for want of a source (currents and cell area of the NOR flash) is a check of the order only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from neurodeploy.costs import Constant, CostItem, Technology
from neurodeploy.costs.cost import total_range
from neurodeploy.targets.crossbar.costs.adc_survey import adc_area, adc_energy
from neurodeploy.targets.crossbar.costs.cells import NEURRAM_CELL_F2, cell_area
from neurodeploy.targets.crossbar.costs.converters import INTEGRATE, ISAAC_AREA, ISAAC_ENERGY, SAMPLE, STEP
from neurodeploy.targets.crossbar.costs.estimate import area_report, energy_items, latency_report
from neurodeploy.targets.crossbar.costs.geometry import ArrayEvents, ArrayGeometry, CellFigures
from neurodeploy.targets.crossbar.costs.periphery import Periphery

NEURRAM_OPERATIONS = 2 * 256 * 128
"""Of a core and read: 256 outputs of 128 pairs of rows, a multiplication and an addition each."""
BAYAT_ACTIVE_INPUTS = 105.24
"""Pixels of at least 128, mean of the 10,000 MNIST test images."""


@dataclass(frozen=True)
class Comparison:
    """A figure of ours (with its range, where constants have one) beside the published one."""

    anchor: str
    figure: str
    unit: str
    ours: float
    published: float
    low: float
    high: float
    bound: bool = False
    """Whether the published figure is an upper bound."""

    @property
    def deviation(self) -> float:
        """Ours over the published figure, less 1."""
        return self.ours / self.published - 1


def neurram() -> list[Comparison]:
    """Wan et al. 2022: a core of 256x256 1T1R cells at 130 nm, 1-bit input, 3-bit output; measured, fJ per operation.

    Input lines are driven by 0.5 V, word lines between 0.9 and 2.2 V.  Conductance of the cells while measured: not published; 2.5 uS
    (1 to 4) is the middle of what CiMLoop takes (1 Mohm to 250 kohm), for 10 ns.
    """
    geometry = ArrayGeometry("", 1, 256, 256, 256, 256, 256)
    periphery = Periphery(Technology(130, 1.8), "adc", "neurram", 3, row_swing_volts=0.5, select_swing_volts=1.3)
    cells = CellFigures(cell_area(NEURRAM_CELL_F2, 130), 0.5, 10e-9)
    cell = [geometry.cells * 0.5**2 * siemens * 10e-9 for siemens in (2.5e-6, 1e-6, 4e-6)]
    items = energy_items(geometry, periphery, cells, ArrayEvents(1, 256, 0, *cell))
    groups = {
        "neurons": ["converters"], "input pulses": ["cells", "word lines", "bit lines"], "word lines": ["select lines"],
    }  # fmt: skip
    published = {"neurons": 8.99, "input pulses": 10.62, "word lines": 3.45}
    chosen = {name: [item for item in items if item.part in parts] for name, parts in groups.items()}
    found = [
        _energy("NeuRRAM", name, "fJ/op", chosen[name], 1e15 / NEURRAM_OPERATIONS, published[name]) for name in groups
    ]
    total = _energy(
        "NeuRRAM", "", "", [i for part in chosen.values() for i in part], 1e12 / NEURRAM_OPERATIONS, 1 / 43.08
    )
    efficiency = Comparison("NeuRRAM", "efficiency", "TOPS/W", 1 / total.ours, 43.08, 1 / total.high, 1 / total.low)
    seconds = latency_report([(geometry, periphery, cells)])
    analogue = sum(item.seconds for item in seconds.items if item.part in ("cells", "converters"))
    read = _plain("NeuRRAM", "time of a read", "us", analogue * 1e6, NEURRAM_OPERATIONS * 48 / 2.12231e12 * 1e6)
    wide = (2 * SAMPLE.value + 22 * INTEGRATE.value + 16 * STEP.value) * 256 / NEURRAM_OPERATIONS * 1e15
    return [*found, efficiency, read, _plain("NeuRRAM", "neurons, 8 bits in, 10 out", "fJ/op", wide, 50.52)]


def bayat() -> list[Comparison]:
    """Bayat et al., arXiv:1610.02091: 784 binary inputs, 64 and 10 analogue neurons, 180 nm NOR flash, under 1 us.

    Assumed, for want of a source: 1 uA per cell (0.1 to 1.6: half of what 40 nm cells draw when fully on, 2 and 3.2 uA) at 1.8 V for
    the whole microsecond, half of the hidden neurons' rows on average, cells of 40 F^2 (10 to 126).
    """
    periphery = Periphery(Technology(180, 1.8))
    square = Constant("NOR-flash cell", 40, "F^2", "10 (stacked gate) to 126 (NeuRRAM's 1T1R)", "assumed", "", 10, 126)
    cells = CellFigures(cell_area(square, 180), 1.8, 1e-6)
    layers = [
        (ArrayGeometry("hidden", 1, 785, 128, 64, 64, 64), BAYAT_ACTIVE_INPUTS + 1),
        (ArrayGeometry("output", 1, 65, 20, 10, 10, 10), 33.0),
    ]
    items: list[CostItem] = []
    for geometry, rows in layers:
        joules = [rows * geometry.tile_columns * amperes * 1.8 * 1e-6 for amperes in (1e-6, 0.1e-6, 1.6e-6)]
        items += energy_items(geometry, periphery, cells, ArrayEvents(1, rows, 0, *joules))
    area = area_report([(geometry, periphery, cells) for geometry, _ in layers])
    low, high = area.square_metres_range
    return [
        _plain("Bayat", "cells", "", sum(geometry.cells for geometry, _ in layers), 101_780),
        _plain("Bayat", "neurons", "", sum(geometry.outputs for geometry, _ in layers), 74),
        _energy("Bayat", "energy of an image", "nJ", items, 1e9, 20.0),
        Comparison("Bayat", "area", "mm^2", area.square_metres * 1e6, 1.0, low * 1e6, high * 1e6, bound=True),
    ]


def isaac() -> list[Comparison]:
    """The survey model at ISAAC's converter (8 bits, 32 nm, 1.2e9 samples/s), and at the 1e8 samples/s of the model's paper."""
    return [
        _plain("ISAAC", "ADC, 1.2 GS/s", "pJ", adc_energy(8, 32, 1.2e9).value * 1e12, ISAAC_ENERGY.value * 1e12),
        _plain("ISAAC", "ADC, 0.1 GS/s", "pJ", adc_energy(8, 32, 1e8).value * 1e12, ISAAC_ENERGY.value * 1e12),
        _plain(
            "ISAAC", "area of an ADC, 1.2 GS/s", "µm²", adc_area(8, 32, 1.2e9).value * 1e12, ISAAC_AREA.value * 1e12
        ),
        _plain("ISAAC", "area of an ADC, 0.1 GS/s", "µm²", adc_area(8, 32, 1e8).value * 1e12, ISAAC_AREA.value * 1e12),
    ]


def all_anchors() -> list[Comparison]:
    """Every comparison."""
    return [*neurram(), *bayat(), *isaac()]


def _energy(
    anchor: str, figure: str, unit: str, items: Sequence[CostItem], scale: float, published: float
) -> Comparison:
    low, high = total_range((item.count, item.constant) for item in items)
    ours = sum(item.joules for item in items)
    return Comparison(anchor, figure, unit, ours * scale, published, low * scale, high * scale)


def _plain(anchor: str, figure: str, unit: str, ours: float, published: float) -> Comparison:
    return Comparison(anchor, figure, unit, ours, published, ours, ours)
