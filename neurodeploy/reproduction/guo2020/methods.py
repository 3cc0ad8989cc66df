"""Figures 8, 9 and 11: the spike interval, all methods, and when to start."""

from __future__ import annotations

import math
from typing import Any

from neurodeploy.reproduction.guo2020.sweeps import METHODS, PANELS, sweep, unpruned
from neurodeploy.reproduction.item import Case, Item, Plan, Report, item_with, with_seeds
from neurodeploy.reproduction.plots import curve, labelled
from neurodeploy.reproduction.results import Results
from neurodeploy.reproduction.rules import pruned
from neurodeploy.reproduction.tables import accuracy_by_connectivity

PANEL = "mnist-100"
INTERVALS = (10.0, 30.0, 50.0, 100.0, math.inf)
"""SI of figure 8; the text names 30 and infinity (one group: the constant threshold), 50 is figure 5's example."""
COMPARED = ("constant", "apt", "apn", "aptn", "aptn_own", "post")
STARTS = (1_000, 10_000, 20_000, 30_000, 50_000, 60_000)
"""Images before the first pruning, of 60,000 (figure 11)."""


def interval_cases(plan: Plan) -> list[Case]:
    """APN with f1 at every interval and threshold."""
    base, result = PANELS[PANEL].base(), unpruned(plan, PANEL)
    for interval in INTERVALS:
        for x in METHODS["apn"].thresholds:
            options: dict[str, Any] = {
                "threshold": x,
                "growth": "f1",
                "neuron_factor": 1.15,
                "spike_interval": interval,
            }
            rule = (
                pruned(base, "constant", threshold=x)
                if math.isinf(interval)
                else pruned(base, "adaptive_neurons", **options)
            )
            result += with_seeds(plan, f"SI/{interval:g}", x, rule)
    return result


def interval_report(results: Results) -> Report:
    """Accuracy at fixed connectivities."""
    rows = [(f"SI = {interval:g}", f"SI/{interval:g}") for interval in INTERVALS]
    return accuracy_by_connectivity(results, rows, f"{PANEL}/unpruned", notes=("The paper's best: SI = 30.",))


def draw_intervals(results: Results, figure: Any) -> None:
    """A: connectivity against the initial threshold; B: accuracy against connectivity."""
    left, right = figure.subplots(1, 2)
    for index, interval in enumerate(INTERVALS):
        found, label = results.curve(f"SI/{interval:g}"), f"SI = {interval:g}"
        curve(left, found, None, "connectivity", label, index=index)
        curve(right, found, "connectivity", "accuracy", label, x_scale=100, index=index)
    labelled(left, "initial threshold", "connectivity %", "(A)")
    labelled(right, "connectivity %", "accuracy %", "(B)")


def method_cases(plan: Plan, panels: tuple[str, ...]) -> list[Case]:
    """All weight pruning methods."""
    return [case for panel in panels for case in sweep(plan, panel, COMPARED)]


def method_report(results: Results, panels: tuple[str, ...]) -> Report:
    """Accuracy at fixed connectivities, panel by panel."""
    found = [
        accuracy_by_connectivity(
            results,
            [(f"{PANELS[panel].title}: {METHODS[name].label}", f"{panel}/{name}") for name in COMPARED],
            f"{panel}/unpruned",
            notes=(
                "The paper, without numbers for the curves: APTN best, by more than 3 points over post-training below 10 %;"
                " up to 80 % (MNIST) or 50 % (Fashion-MNIST) of the weights go for less than 1 point.",
            ),
        )
        for panel in panels
    ]
    return Report(found[0].columns, [row for one in found for row in one.rows], found[0].notes)


def draw_methods(results: Results, figure: Any, panels: tuple[str, ...]) -> None:
    """Accuracy against connectivity, a panel for each data set."""
    for axes, panel in zip(figure.subplots(1, len(panels)), panels, strict=True):
        for index, name in enumerate(COMPARED):
            curve(
                axes, results.curve(f"{panel}/{name}"), "connectivity", "accuracy", METHODS[name].label, x_scale=100, index=index
            )  # fmt: skip
        whole = results.point(f"{panel}/unpruned")
        if whole is not None:
            axes.axhline(100 * whole.mean("accuracy"), color="0.5", linewidth=1, label="unpruned")
        labelled(axes, "connectivity %", "accuracy %", PANELS[panel].title)


def start_cases(plan: Plan) -> list[Case]:
    """APTN from every start on; 60,000 is pruning after the training."""
    base, result = PANELS[PANEL].base(), unpruned(plan, PANEL)
    for start in STARTS:
        scaled = start if plan.images is None else max(1, start * plan.images // 60_000)
        steps = (60_000 - start) // 5_000
        for x in METHODS["post" if start == 60_000 else "aptn"].thresholds:
            initial = x * 1.3 ** (6 - steps)  # more steps grow further: the last threshold is that of a start at 30,000
            options: dict[str, Any] = {"threshold": initial, "time_factor": 1.3, "start_image": scaled}
            rule = (
                pruned(base, "post_training", threshold=x)
                if start == 60_000
                else pruned(base, "adaptive_time_neurons", **options)
            )
            result += with_seeds(plan, f"start/{start}", x, rule)
    return result


def start_report(results: Results) -> Report:
    """Accuracy at fixed connectivities."""
    rows = [(f"from image {start:,}" if start < 60_000 else "after training", f"start/{start}") for start in STARTS]
    return accuracy_by_connectivity(
        results,
        rows,
        f"{PANEL}/unpruned",
        notes=(
            "The paper's best: 30,000.",
            "Initial thresholds are those of a start at 30,000 times 1.3^(6 - k), k the number of the last pruning step, so that all end alike.",
        ),
    )


def draw_starts(results: Results, figure: Any) -> None:
    """Accuracy against connectivity."""
    axes = figure.subplots()
    for index, start in enumerate(STARTS):
        curve(axes, results.curve(f"start/{start}"), "connectivity", "accuracy", f"{start:,}", x_scale=100, index=index)
    labelled(axes, "connectivity %", "accuracy %", "images before pruning")


def _methods(name: str, panels: tuple[str, ...], shows: str) -> Item:
    return item_with("guo2020", name, shows, method_cases, method_report, draw_methods, (9.0, 4.0), panels=panels)


ITEMS = (
    Item("guo2020", "fig8", "APN: the spike interval SI", interval_cases, interval_report, draw_intervals, (9.0, 4.0)),
    _methods("fig9", ("mnist-100", "fashion-100"), "all weight pruning methods, 100 neurons (panels A and C)"),
    _methods("fig9-800", ("mnist-800", "fashion-800"), "all weight pruning methods, 800 neurons (panels B and D)"),
    Item("guo2020", "fig11", "APTN: when to start pruning", start_cases, start_report, draw_starts),
)
