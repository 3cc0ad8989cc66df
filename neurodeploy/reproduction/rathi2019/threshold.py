"""Figures 6 and 9: threshold, connectivity and accuracy; number of neurons."""

from __future__ import annotations

from functools import partial
from typing import Any

from neurodeploy.reproduction.item import Case, Item, Plan, Report, with_seeds
from neurodeploy.reproduction.plots import curve, labelled, paper_line
from neurodeploy.reproduction.rathi2019.networks import LEVELS, THRESHOLD, TITLES, base, compressed
from neurodeploy.reproduction.results import Results, spread

THRESHOLDS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4)
SIZES = (100, 400, 1600, 6400)
"""As the paper's, four times from size to size."""
PAPER = {"mnist": (81.6, 79.5), "caltech": (84.2, 82.8)}
"""Baseline and best compressed network with 100 neurons."""
PAPER_SIZES = {
    "mnist": "6400 neurons: 93.2, compressed 91.5 at 8 %",
    "caltech": "6400 neurons: 94.2, compressed 92.8 at 12 %",
}


def threshold_cases(plan: Plan, data: str, levels: tuple[str, ...]) -> list[Case]:
    """The baseline, and every kind of weights at every threshold."""
    result = with_seeds(plan, f"{data}/baseline", 0.0, base(data))
    for kind in levels:
        for x in THRESHOLDS:
            result += with_seeds(plan, f"{data}/{kind}", x, compressed(plan, data, x, LEVELS[kind]))
    return result


def threshold_report(results: Results, data: str, levels: tuple[str, ...]) -> Report:
    """Connectivity and accuracy for every threshold; columns by kind of weights."""
    whole = results.point(f"{data}/baseline")
    rows = [["baseline", *[spread(whole, "connectivity", digits=1), spread(whole, "accuracy")] * len(levels)]]
    for x in THRESHOLDS:
        row = [f"{x:g}"]
        for kind in levels:
            point = results.point(f"{data}/{kind}", x)
            row += [spread(point, "connectivity", digits=1), spread(point, "accuracy")]
        rows.append(row)
    columns = ["threshold", *(f"{kind}: {what}" for kind in levels for what in ("connectivity %", "accuracy %"))]
    first, best = PAPER[data]
    return Report(
        columns, rows, (f"The paper: baseline {first} %, best compressed {best} % with 100 neurons.", *_caltech(data))
    )


def _caltech(data: str) -> tuple[str, ...]:
    objects = (
        "The paper cuts objects out by Caltech-101's annotations, and so does this where they lie beside the images; for the page"
        " in docs/results they did not, and objects are what stands out from the image's border."
    )
    return (
        (objects, "What other classifiers reach on the same pixels: benchmarks/caltech101_bounds.py.")
        if data == "caltech"
        else ()
    )


def draw_threshold(results: Results, figure: Any, data: str, levels: tuple[str, ...]) -> None:
    """Left: connectivity against threshold; right: accuracy against connectivity."""
    left, right = figure.subplots(1, 2)
    whole = results.curve(f"{data}/baseline")
    for index, kind in enumerate(levels):
        points = results.curve(f"{data}/{kind}")
        curve(left, points, None, "connectivity", kind, y_scale=1, index=index)
        curve(right, points, "connectivity", "accuracy", kind, index=index)
    curve(left, whole, None, "connectivity", "baseline", y_scale=1, index=9)
    curve(right, whole, "connectivity", "accuracy", "baseline", index=9)
    labelled(left, "pruning threshold", "network connectivity", TITLES[data])
    labelled(right, "network connectivity", "accuracy %", TITLES[data])


def draw_tradeoff(results: Results, figure: Any) -> None:
    """Figure 9: connectivity and accuracy over the threshold, an axis each."""
    left = figure.subplots()
    right = left.twinx()
    points = results.curve("caltech/continuous")
    right.set_prop_cycle(color=["tab:orange"])
    curve(left, points, None, "connectivity", "connectivity", y_scale=1, index=0)
    curve(right, points, None, "accuracy", index=1)
    left.plot([], [], "s-", color="tab:orange", markersize=4, linewidth=1.2, label="accuracy")
    labelled(left, "pruning threshold", "network connectivity")
    right.set_ylabel("accuracy %")


def size_cases(plan: Plan, data: str) -> list[Case]:
    """Baseline, and 3 levels at the paper's threshold, by number of neurons; one seed from 800 on."""
    result = []
    for neurons in SIZES:
        most = 1 if neurons >= 800 else None
        result += with_seeds(plan, f"{data}/baseline by size", neurons, base(data, neurons), most)
        result += with_seeds(
            plan, f"{data}/compressed by size", neurons, compressed(plan, data, THRESHOLD[data], 3, neurons), most
        )
    return result


def size_report(results: Results, data: str) -> Report:
    """Accuracy by number of neurons."""
    rows = []
    for neurons in SIZES:
        point = results.point(f"{data}/compressed by size", neurons)
        rows.append([
            f"{neurons:,}", spread(results.point(f"{data}/baseline by size", neurons), "accuracy"),
            spread(point, "accuracy"), spread(point, "connectivity", digits=1),
        ])  # fmt: skip
    return Report(
        ["neurons", "baseline %", "3 levels %", "its connectivity %"],
        rows,
        (f"The paper: {PAPER_SIZES[data]}.", *_caltech(data)),
    )


def draw_sizes(results: Results, figure: Any, data: str) -> None:
    """Accuracy against the number of neurons."""
    axes = figure.subplots()
    for index, kind in enumerate(("baseline", "compressed")):
        curve(axes, results.curve(f"{data}/{kind} by size"), None, "accuracy", kind, index=index)
    paper_line(axes, PAPER[data][0], "paper, 100 neurons, baseline")
    axes.set_xscale("log", base=2)
    labelled(axes, "excitatory neurons", "accuracy %", TITLES[data])


def _threshold(name: str, data: str, shows: str) -> Item:
    chosen: dict[str, Any] = {"data": data, "levels": tuple(LEVELS)}
    return Item("rathi2019", name, shows, partial(threshold_cases, **chosen), partial(threshold_report, **chosen),
                partial(draw_threshold, **chosen), (9.0, 4.0))  # fmt: skip


def _size(name: str, data: str) -> Item:
    shows = f"accuracy by number of neurons, {TITLES[data]} (panel {'EF'[data == 'caltech']})"
    return Item(
        "rathi2019",
        name,
        shows,
        partial(size_cases, data=data),
        partial(size_report, data=data),
        partial(draw_sizes, data=data),
    )


ITEMS = (
    _threshold("fig6", "mnist", "threshold, connectivity, accuracy, MNIST (panels A and C)"),
    _threshold("fig6-caltech", "caltech", "threshold, connectivity, accuracy, Caltech-101 (panels B and D)"),
    _size("fig6-neurons", "mnist"),
    _size("fig6-neurons-caltech", "caltech"),
    Item("rathi2019", "fig9", "Caltech-101, continuous weights: connectivity and accuracy over the threshold",
         partial(threshold_cases, data="caltech", levels=("continuous",)),
         partial(threshold_report, data="caltech", levels=("continuous",)), draw_tradeoff),
)  # fmt: skip
