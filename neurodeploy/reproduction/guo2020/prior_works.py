"""Figures 13 and 14, tables 2 and 3: APTN beside constant, post-training, soft and neuron pruning."""

from __future__ import annotations

from functools import partial
from typing import Any

from neurodeploy.reproduction.guo2020.costs import reduction, relative
from neurodeploy.reproduction.guo2020.sweeps import METHODS, PANELS, sweep
from neurodeploy.reproduction.item import Case, Item, Plan, Report, item_with
from neurodeploy.reproduction.plots import curve, labelled
from neurodeploy.reproduction.results import Results, at, value
from neurodeploy.reproduction.tables import INTERPOLATED, accuracy_by_connectivity

PANEL = "mnist-100"
NEURONS, SOFT = ("constant", "aptn", "aptn_own", "neurons"), ("constant", "aptn", "aptn_own", "soft")
ALL = ("neurons", "post", "soft", "constant", "aptn", "aptn_own")
CONNECTIVITY = 0.1
"""Of tables 2 and 3."""


def figure_cases(plan: Plan, methods: tuple[str, ...]) -> list[Case]:
    """The sweeps of a figure."""
    return sweep(plan, PANEL, methods)


def figure_report(results: Results, methods: tuple[str, ...], along: str) -> Report:
    """Accuracy at fixed connectivities (or shares of unpruned weights)."""
    rows = [(METHODS[name].label, f"{PANEL}/{name}") for name in methods]
    words = "Connectivity" if along == "connectivity" else "Unpruned weights, neither removed nor frozen,"
    return accuracy_by_connectivity(
        results, rows, f"{PANEL}/unpruned", along, (f"{words} in percent in the columns' names.",)
    )


def draw_figure(results: Results, figure: Any, methods: tuple[str, ...], along: str) -> None:
    """A: accuracy; B: normalised SOPs per image, training (solid) and inference."""
    left, right = figure.subplots(1, 2)
    whole = results.point(f"{PANEL}/unpruned")
    for index, name in enumerate(methods):
        points, label = results.curve(f"{PANEL}/{name}"), METHODS[name].label
        curve(left, points, along, "accuracy", label, x_scale=100, index=index)
        for part, metric in (("training", "training_sops"), ("inference", "inference_sops")):
            if whole is not None:
                curve(right, points, along, relative(metric, whole), f"{label}, {part}", x_scale=100, y_scale=1,
                      index=2 * index + (part == "inference"))  # fmt: skip
    name = "connectivity %" if along == "connectivity" else "unpruned weights %"
    labelled(left, name, "accuracy %", "(A)")
    labelled(right, name, "normalised SOPs/image", "(B)")


def table_cases(plan: Plan, panel: str) -> list[Case]:
    """All methods."""
    return sweep(plan, panel, ALL)


def table_report(results: Results, panel: str) -> Report:
    """Accuracy loss and reductions of SOPs at 10 %."""
    whole, rows = results.point(f"{panel}/unpruned"), []
    for name in ALL if whole is not None else ():
        assert whole is not None
        points, along = results.curve(f"{panel}/{name}"), "unpruned" if name == "soft" else "connectivity"
        kept = at(points, along, CONNECTIVITY, "accuracy")
        rows.append([
            METHODS[name].label, value(kept), value(None if kept is None else whole.mean("accuracy") - kept),
            value(reduction(points, whole, "training_sops", CONNECTIVITY, along), digits=1),
            value(reduction(points, whole, "inference_sops", CONNECTIVITY, along), digits=1),
        ])  # fmt: skip
    return Report(
        [PANELS[panel].title, "accuracy %", "accuracy lost, points", "training SOPs less %", "inference SOPs less %"], rows,
        (INTERPOLATED, "At 10 % connectivity; soft pruning keeps all synapses: at 10 % of the weights neither removed nor frozen.",
         "The paper's tables are images that the text at hand lacks; its text: neuron pruning loses most and saves most inference;"
         " post-training saves no training, soft no inference; on MNIST the adaptive method loses least (3.33 points better than"
         " soft, 67 % more saved), on Fashion-MNIST soft does."),
    )  # fmt: skip


def _figure(name: str, shows: str, methods: tuple[str, ...], along: str) -> Item:
    return Item(
        "guo2020", name, shows, partial(figure_cases, methods=methods),
        partial(figure_report, methods=methods, along=along), partial(draw_figure, methods=methods, along=along), (10.0, 4.0),
    )  # fmt: skip


def _table(name: str, panel: str) -> Item:
    shows = f"pruning methods at 10 % connectivity: {PANELS[panel].title}"
    return item_with("guo2020", name, shows, table_cases, table_report, panel=panel)


ITEMS = (
    _figure("fig13", "APTN beside online neuron pruning: accuracy, SOPs", NEURONS, "connectivity"),
    _figure("fig14", "APTN beside soft pruning: accuracy, SOPs", SOFT, "unpruned"),
    _table("table2", "mnist-100"),
    _table("table2-800", "mnist-800"),
    _table("table3", "fashion-100"),
    _table("table3-800", "fashion-800"),
)
