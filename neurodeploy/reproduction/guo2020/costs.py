"""Figure 12 and the paper's headline: synaptic operations against connectivity, and the figure of merit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from neurodeploy.costs.guo2020 import figure_of_merit
from neurodeploy.reproduction.guo2020.sweeps import PANELS, sweep
from neurodeploy.reproduction.item import Case, Item, Plan, Report
from neurodeploy.reproduction.plots import curve, labelled
from neurodeploy.reproduction.results import Metric, Point, Results, at, value

NETWORKS = ("mnist-100", "mnist-800")
PAPER = {"mnist-100": (0.145, 27, 60, 2.85), "mnist-800": (0.17, 30, 55, 0.44)}
"""Connectivity, reductions of training and inference SOPs in percent, lost points (text, "Computational Cost Reduction")."""


def relative(metric: str, whole: Point) -> Metric:
    """A record's metric as a share of the unpruned network's mean."""
    reference = whole.mean(metric)
    return lambda record: float(getattr(record, metric)) / reference


def merit(whole: Point) -> Metric:
    """The figure of merit (:func:`neurodeploy.costs.guo2020.figure_of_merit`) of a record against the unpruned network."""
    accuracy = whole.mean("accuracy")
    total = whole.mean("training_sops") + whole.mean("inference_sops")
    return lambda record: figure_of_merit(
        record.accuracy, accuracy, record.training_sops + record.inference_sops, total
    )


def reduction(
    points: Sequence[Point], whole: Point, metric: str, connectivity: float, along: str = "connectivity"
) -> float | None:
    """By how much, as a share, the metric is lower at a connectivity."""
    left = at(points, along, connectivity, relative(metric, whole))
    return None if left is None else 1 - left


def cases(plan: Plan) -> list[Case]:
    """APTN on both networks."""
    return [case for panel in NETWORKS for case in sweep(plan, panel, ("aptn",))]


def report(results: Results) -> Report:
    """Reductions at the paper's best connectivities, and where our figure of merit is best."""
    rows = []
    for panel in NETWORKS:
        whole, points = results.point(f"{panel}/unpruned"), results.curve(f"{panel}/aptn")
        if whole is None or not points:
            continue
        connectivity, training, inference, loss = PAPER[panel]
        kept = at(points, "connectivity", connectivity, "accuracy")
        worth = merit(whole)
        best = max(points, key=lambda point: point.mean(worth))
        rows += [
            [PANELS[panel].title, f"paper, {100 * connectivity:g} %", str(training), str(inference), f"{loss:.2f}", "–"],
            [
                PANELS[panel].title, f"here, {100 * connectivity:g} %",
                value(reduction(points, whole, "training_sops", connectivity), digits=1),
                value(reduction(points, whole, "inference_sops", connectivity), digits=1),
                value(None if kept is None else whole.mean("accuracy") - kept), value(best.mean("connectivity"), digits=1),
            ],
        ]  # fmt: skip
    return Report(
        ["network", "connectivity", "training SOPs less %", "inference SOPs less %", "accuracy lost, points",
         "best by figure of merit %"],
        rows,
        ("SOPs: training = weight accumulations + STDP updates, inference = weight accumulations, per image; values between two"
         " thresholds of the sweep are linear between them.",
         "Figure of merit here: (accuracy / unpruned accuracy) / (SOPs / unpruned SOPs); the paper's formula was lost with its image."),
    )  # fmt: skip


def draw(results: Results, figure: Any) -> None:
    """A: normalised SOPs per image; B: figure of merit."""
    left, right = figure.subplots(1, 2)
    for index, panel in enumerate(NETWORKS):
        whole, points = results.point(f"{panel}/unpruned"), results.curve(f"{panel}/aptn")
        if whole is None:
            continue
        neurons = f"{PANELS[panel].neurons} neurons"
        for part, metric in (("training", "training_sops"), ("inference", "inference_sops")):
            curve(left, (*points, whole), "connectivity", relative(metric, whole), f"{part}, {neurons}", x_scale=100,
                  y_scale=1, index=2 * index + (part == "inference"))  # fmt: skip
        curve(right, points, "connectivity", merit(whole), neurons, x_scale=100, y_scale=1, index=index)
    labelled(left, "connectivity %", "normalised SOPs/image", "(A)")
    labelled(right, "connectivity %", "figure of merit", "(B)")


ITEM = Item(
    "guo2020",
    "fig12",
    "SOPs per image against connectivity, figure of merit (100 and 800 neurons)",
    cases,
    report,
    draw,
    (9.0, 4.0),
)
