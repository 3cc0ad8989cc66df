"""oh2019's networks on NOR-flash arrays: figures 3a, 4, 5 and 6 in spikes and in the arrays' joules.

python benchmarks/oh2019_nor_flash.py CACHE [--images 10000] [--figure FILE.png] > tables.md

Trains (or takes from the folder CACHE) the networks of the figures' key points, seed 0: simplified STDP by size and by threshold,
back-propagation not pruned, pruned alike in both signs, and in excitatory synapses alone. Each is compiled for the nor-flash target and
runs the test images on the float simulator and on one chip; wires have no resistance (``--segment-ohms 0``), so that the chip is a network
of other weights. Four networks run some images once more with the device's own lines.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from oh2019_nor_flash_rows import BY_INPUT, BY_OUTPUT, BY_READS, Row, measured_rows
from tables import print_markdown

from neurodeploy.reproduction.oh2019.backpropagation import SERIES
from neurodeploy.reproduction.plots import MARKERS, labelled

TITLES = {"stdp": "STDP", "bp": "back-propagation"}
CURVES = {
    ("stdp", ""): ("pruned",), ("bp", "balanced"): ("symmetric", "excitatory"), ("bp", "fixed"): ("symmetric", "excitatory"),
}  # fmt: skip
PAPER = {"stdp": {0.86: 1.2, 5.84: 2.33}, "bp": {0.57: 1.84, 1.12: 2.02}}
"""Points of accuracy lost, and the paper's spikes of the unpruned network over the pruned one's (symmetric pruning)."""


def title(row: Row) -> str:
    """A network's name."""
    if row.series in ("size", "unpruned"):
        return f"{row.x:g} neurons" if row.series == "size" else "unpruned"
    return f"{SERIES.get(row.series, 'pruned')}, {row.x:g}"


def whole_of(rows: Sequence[Row], training: str) -> Row:
    """The unpruned network of a training."""
    return next(row for row in rows if row.training == training and row.series == "unpruned")


def networks(rows: Sequence[Row]) -> Iterator[list[str]]:
    """Accuracy, spikes and joules of every network."""
    for row in rows:
        whole, layers = whole_of(rows, row.training), [f"{count:,.1f}" for count in list(row.spikes.values())]
        yield [
            TITLES[row.training], title(row), row.circuits or "–", f"{100 * row.accuracy:.2f}", f"{100 * row.chip_accuracy:.2f}",
            layers[0], layers[1] if len(layers) > 2 else "–", layers[-1], ratio(whole.sent, row.sent),
            f"{1e9 * row.joules():.2f} ({1e9 * row.joules(end=1):.2f} to {1e9 * row.joules(end=2):.0f})",
            ratio(whole.joules(), row.joules()),
        ]  # fmt: skip


def parts(rows: Sequence[Row]) -> Iterator[list[str]]:
    """Where the joules go."""
    for row in rows:
        cells = [f"{1e9 * row.joules(name):.2f}" for name in ("cells", "word lines", "input registers", *BY_READS)]
        groups = (row.joules(*names) for names in (BY_INPUT, BY_OUTPUT, BY_READS))
        shares = [f"{100 * part / row.joules():.0f}" for part in groups]
        layer = next(iter(row.parts)).split(":")[0]
        first = 100 * row.joules(array=layer) / row.joules()
        yield [
            TITLES[row.training], title(row), row.circuits or "–", *cells, f"{1e9 * row.joules(*BY_OUTPUT):.2f}",
            " / ".join(shares), f"{first:.0f}", str(row.tiles), f"{1e9 * row.siemens:.1f}",
        ]  # fmt: skip


def equal_losses(rows: Sequence[Row]) -> Iterator[list[str]]:
    """Spikes and joules where as much accuracy is lost as in the paper."""
    for training, circuits, name, curve in curves(rows):
        for loss, paper in PAPER[training].items():
            measures: tuple[Callable[[Row], float], ...] = (
                lambda row: row.sent, Row.joules, lambda row: row.joules_of_read(1), lambda row: row.joules_of_read(2),
                lambda row: row.joules() - row.joules("integration"),
                lambda row: row.joules("cells"), lambda row: row.joules(*BY_INPUT[1:]), lambda row: row.joules(*BY_READS),
            )  # fmt: skip
            found = [crossing(curve, loss, measure) for measure in measures]
            ratios = [
                "–" if there is None else ratio(measure(curve[0]), there)
                for measure, there in zip(measures, found, strict=True)
            ]
            stated = f"÷{paper:g}" if name != "excitatory" else "–"
            yield [TITLES[training], SERIES.get(name, name), circuits or "–", f"{loss:g}", stated, *ratios]


def curves(rows: Sequence[Row]) -> Iterator[tuple[str, str, str, list[Row]]]:
    """Training, circuits, series, and its networks from the unpruned one on."""
    for (training, circuits), names in CURVES.items():
        for name in names:
            pruned = [row for row in rows if (row.training, row.circuits, row.series) == (training, circuits, name)]
            yield training, circuits, name, [whole_of(rows, training), *sorted(pruned, key=lambda row: row.x)]


def crossing(curve: Sequence[Row], loss: float, of: Callable[[Row], float]) -> float | None:
    """Linear between the two networks around the loss (in points, on the chip); None where the curve does not reach it."""
    target = curve[0].chip_accuracy - loss / 100
    for above, below in pairwise(curve):
        high, low = above.chip_accuracy, below.chip_accuracy
        if high >= target >= low and high > low:
            share = (high - target) / (high - low)
            return (1 - share) * of(above) + share * of(below)
    return None


def ratio(whole: float, part: float) -> str:
    """How many times less; a dash for nothing."""
    return f"÷{whole / part:.2f}" if part else "–"


def lines(rows: Sequence[Row]) -> Iterator[list[str]]:
    """Ideal wires beside the device's."""
    for row in rows:
        if row.compared:
            (ideal, few), (real, many) = row.compared
            yield [
                TITLES[row.training], title(row), f"{100 * ideal:.0f}", f"{100 * real:.0f}", f"{1e9 * few:.3f}", f"{1e9 * many:.3f}"
            ]  # fmt: skip


def draw(rows: Sequence[Row], path: Path) -> None:
    """Figure 6 with spikes and with joules: against the accuracy on the chip, above back-propagation, below STDP."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 7.0), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(2, 2)
    for index, (training, circuits, name, curve) in enumerate(curves(rows)):
        label = ", ".join(filter(None, (SERIES.get(name, name), circuits)))
        for axes, measure in zip(
            panels[int(training == "stdp")], (lambda row: row.sent, lambda row: 1e9 * row.joules()), strict=True
        ):
            axes.plot(
                [100 * row.chip_accuracy for row in curve], [measure(row) for row in curve], label=label,
                marker=MARKERS[index], markersize=4, linewidth=1.2,
            )  # fmt: skip
    for above, training in zip(panels, ("bp", "stdp"), strict=True):
        for axes, what in zip(above, ("spikes of all neurons per image", "nJ per image (device assumed)"), strict=True):
            labelled(axes, "accuracy on the chip %", what, TITLES[training])
            axes.set_ylim(0, 1.08 * axes.get_ylim()[1])
    figure.savefig(path, dpi=130, format="png", metadata={"Software": None})


def show(rows: Sequence[Row]) -> None:
    """All tables as Markdown."""
    print_markdown(
        ["training", "network", "circuits", "accuracy, float %", "on the chip %", "input spikes", "hidden spikes",
         "output spikes", "spikes", "nJ / image (range)", "joules"], networks(rows),
    )  # fmt: skip
    print("\n")
    print_markdown(
        ["training", "network", "circuits", "cells", "word lines", "input registers", *BY_READS, "sending spikes",
         "by input spikes / sent / reads, %", "first array %", "tiles", "mean cell, nS"], parts(rows),
    )  # fmt: skip
    print("\n")
    print_markdown(
        ["training", "pruning", "circuits", "points lost", "paper's spikes", "spikes", "joules", "with the shortest read",
         "with the longest read", "without integration", "cells", "word lines, registers", "per read"], equal_losses(rows),
    )  # fmt: skip
    print("\n")
    print_markdown(
        ["training", "network", "ideal wires %", "device's lines %", "nJ, ideal wires", "nJ, device's lines"],
        lines(rows),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--figure", type=Path)
    arguments = parser.parse_args()
    arguments.cache.mkdir(parents=True, exist_ok=True)
    rows = list(measured_rows(arguments.cache, arguments.images))
    show(rows)
    if arguments.figure:
        draw(rows, arguments.figure)


if __name__ == "__main__":
    main()
