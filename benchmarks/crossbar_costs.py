"""The estimator of in-memory arrays beside published designs, and what it says of one array by technology.

    python benchmarks/crossbar_costs.py

First table: NeuRRAM, Bayat's NOR flash and ISAAC's converter: ours, published, deviation.  The others: 784 x 100 pairs of RRAM cells in
128 x 128 tiles, 100 reads with 10 % of the inputs active in each: energy, area and latency by part, for integrate-and-fire circuits (partial
sums added as currents) and for converters with digital neurons (eight columns share one).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from tables import print_markdown

from neurodeploy.costs import Constant, CostReport, Technology
from neurodeploy.costs.cost import total_range
from neurodeploy.targets.crossbar.costs import (
    NEURRAM_CELL_F2,
    ArrayEvents,
    ArrayGeometry,
    CellFigures,
    Periphery,
    area_items,
    cell_area,
    energy_items,
    latency_items,
)
from neurodeploy.targets.crossbar.costs.anchors import Comparison, all_anchors
from neurodeploy.targets.crossbar.tiling import TileShape, dense_grid

INPUTS, OUTPUTS, READS, ACTIVE, SPIKES = 784, 100, 100, 0.1, 1000
SIEMENS, READ_VOLTS, READ_SECONDS = 10e-6, 0.2, 100e-9
TECHNOLOGIES = (Technology(130, 1.8), Technology(65, 1.2), Technology(28, 0.9))
SENSING = ("integrate-and-fire", "converters of 6 bits")
UNITS = {"energy": ("pJ", 1e12), "area": ("µm²", 1e12), "latency": ("ns", 1e9)}

Part = tuple[str, float, Constant]
"""A part's name, its count and its constant."""


def anchors() -> Iterator[list[object]]:
    """Ours beside the published figures."""
    for c in all_anchors():
        span = "" if c.low == c.high else f"{c.low:.4g} to {c.high:.4g}"
        ours = f"{c.ours:.4g}" if c.unit else f"{c.ours:,.0f}"
        published = f"{c.published:.4g}" if c.unit else f"{c.published:,.0f}"
        told = f"{'< ' if c.bound else ''}{published}"
        yield [c.anchor, f"{c.figure}, {c.unit}" if c.unit else c.figure, ours, span, told, deviation(c)]


def deviation(comparison: Comparison) -> str:
    """In percent."""
    return f"{100 * comparison.deviation:+.1f} %"


def estimate(sensing: str, technology: Technology) -> dict[str, list[Part]]:
    """Energy, area and latency of the array, by part."""
    spiking = sensing == SENSING[0]
    shape = TileShape(128, 128, columns_per_output=2, multiplexing=1 if spiking else 8)
    tiling = dense_grid((INPUTS, OUTPUTS), shape)
    geometry = ArrayGeometry.of("", tiling, "analogue" if spiking else "digital")
    cells = CellFigures(cell_area(NEURRAM_CELL_F2, technology.nanometres), READ_VOLTS, READ_SECONDS)
    periphery = Periphery(
        technology, "integrate_and_fire" if spiking else "adc", bits=6, samples_per_second=1e7, row_swing_volts=READ_VOLTS
    )  # fmt: skip
    joules = READS * ACTIVE * INPUTS * 2 * OUTPUTS * SIEMENS * READ_VOLTS**2 * READ_SECONDS
    activations = READS * ACTIVE * sum(len(tile.rows) for tile in tiling.tiles)
    energy = energy_items(geometry, periphery, cells, ArrayEvents(READS, activations, SPIKES, joules))
    report = CostReport(sensing, "", energy, 1, synaptic_events=READS * ACTIVE * INPUTS * OUTPUTS)
    each = report.as_dict()["joules_per_synaptic_event"]
    print(f"- {sensing}, {technology}: {each * 1e15:.3g} fJ per synaptic event", flush=True)
    return {
        "energy": [(item.part, item.count, item.constant) for item in energy],
        "area": [(item.part, item.count, item.constant) for item in area_items(geometry, periphery, cells)],
        "latency": [(item.part, item.phases, item.constant) for item in latency_items(geometry, periphery, cells)],
    }


def rows(sensing: str, columns: Sequence[list[Part]], scale: float) -> Iterator[list[object]]:
    """A row per part with a column per technology, and the sums with their ranges."""
    for parts in zip(*columns, strict=True):
        yield [sensing, parts[0][0], *(f"{count * constant.value * scale:.3g}" for _, count, constant in parts)]
    told = []
    for column in columns:
        low, high = total_range((count, constant) for _, count, constant in column)
        total = sum(count * constant.value for _, count, constant in column)
        span = "" if low == high else f" ({low * scale:.3g} to {high * scale:.3g})"
        told.append(f"**{total * scale:.3g}**{span}")
    yield [sensing, "**all**", *told]


def main() -> None:
    """Print the tables."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    print_markdown(["anchor", "figure", "ours", "range", "published", "deviation"], anchors())
    print()
    found = {sensing: [estimate(sensing, technology) for technology in TECHNOLOGIES] for sensing in SENSING}
    for what, (unit, scale) in UNITS.items():
        print()
        lines = [
            line
            for sensing, parts in found.items()
            for line in rows(sensing, [technology[what] for technology in parts], scale)
        ]
        print_markdown([what, f"part, {unit}", *map(str, TECHNOLOGIES)], lines)


if __name__ == "__main__":
    main()
