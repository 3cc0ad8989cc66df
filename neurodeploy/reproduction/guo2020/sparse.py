"""Adaptive against constant and post-training pruning where few synapses are left: the paper's claim below 10 % connectivity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from neurodeploy.reproduction.guo2020.sweeps import METHODS, PANELS, unpruned
from neurodeploy.reproduction.item import Case, Item, Plan, Report, with_seeds
from neurodeploy.reproduction.plots import curve, labelled
from neurodeploy.reproduction.results import Point, Results, at, mean_and_deviation, spread

PANEL = "mnist-100"
THRESHOLDS = {
    "aptn_own": (0.06, 0.08, 0.1, 0.12, 0.14),
    "aptn": (0.025, 0.03, 0.035, 0.04, 0.045),
    "apt": (0.08, 0.1, 0.12, 0.15, 0.18),
    "constant": (0.2, 0.25, 0.3, 0.35, 0.4),
    "post": (0.25, 0.3, 0.35, 0.4, 0.45),
}
CONNECTIVITIES = (0.12, 0.1, 0.09, 0.08, 0.07, 0.06)


def cases(plan: Plan) -> list[Case]:
    """Thresholds around a tenth of the synapses."""
    base, result = PANELS[PANEL].base(), unpruned(plan, PANEL)
    for name, thresholds in THRESHOLDS.items():
        for x in thresholds:
            result += with_seeds(plan, f"sparse/{name}", x, METHODS[name].apply(base, x))
    return result


def by_seed(points: Sequence[Point], connectivity: float) -> dict[int, float]:
    """Accuracy of each seed at a connectivity, linear between its two thresholds around it."""
    result = {}
    for seed in sorted({record.seed for point in points for record in point.records}):
        own = [Point(p.x, tuple(r for r in p.records if r.seed == seed)) for p in points]
        found = at([p for p in own if p.records], "connectivity", connectivity, "accuracy")
        if found is not None:
            result[seed] = found
    return result


def _cell(values: Sequence[float]) -> str:
    return f"{mean_and_deviation(values)} ({len(values)})" if values else "–"


def report(results: Results) -> Report:
    """Mean, deviation and number of seeds at every connectivity, and the difference seed by seed."""
    found = {name: {c: by_seed(results.curve(f"sparse/{name}"), c) for c in CONNECTIVITIES} for name in THRESHOLDS}
    rows = [
        [METHODS[name].label, *(_cell(list(found[name][c].values())) for c in CONNECTIVITIES)] for name in THRESHOLDS
    ]
    for adaptive in ("aptn_own", "aptn", "apt"):
        for other in ("constant", "post"):
            cells = []
            for c in CONNECTIVITIES:
                ours, theirs = found[adaptive][c], found[other][c]
                cells.append(_cell([ours[seed] - theirs[seed] for seed in ours if seed in theirs]))
            rows.append([f"{METHODS[adaptive].label} minus {METHODS[other].label}", *cells])
    return Report(
        ["accuracy %, mean ± deviation (seeds)", *(f"at {100 * c:g} %" for c in CONNECTIVITIES)], rows,
        (f"Unpruned: {spread(results.point(f'{PANEL}/unpruned'), 'accuracy')} %.",
         "Each seed's accuracy at a connectivity is linear between its two thresholds around it; differences are of the same seed.",
         "The paper: APTN better than post-training by more than 3 points below 10 %."),
    )  # fmt: skip


def draw(results: Results, figure: Any) -> None:
    """Accuracy against connectivity with deviations."""
    axes = figure.subplots()
    for index, name in enumerate(THRESHOLDS):
        points = results.curve(f"sparse/{name}")
        curve(axes, points, "connectivity", "accuracy", METHODS[name].label, x_scale=100, index=index)
    labelled(axes, "connectivity %", "accuracy %", PANELS[PANEL].title)


ITEM = Item(
    "guo2020", "sparse", "adaptive, constant and post-training pruning around 10 % connectivity", cases, report, draw
)
