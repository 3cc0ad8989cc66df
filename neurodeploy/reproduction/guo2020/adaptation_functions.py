"""Figures 4, 6 and 7: how the threshold grows over time (APT) and over neurons (APN), with f1, f2 and f3."""

from __future__ import annotations

from typing import Any

from neurodeploy.reproduction.guo2020.sweeps import PANELS, unpruned
from neurodeploy.reproduction.item import Case, Item, Plan, Report, item_with, with_seeds
from neurodeploy.reproduction.plots import curve, labelled
from neurodeploy.reproduction.results import Results
from neurodeploy.reproduction.rules import pruned
from neurodeploy.reproduction.tables import accuracy_by_connectivity

PANEL = "mnist-100"
TIME_FACTORS = {"f1": (1.0, 1.1, 1.3, 1.5), "f2": (1.0, 1.05, 1.1, 1.2), "f3": (0.0, 0.01, 0.02, 0.03)}
"""a, b and c of figure 4; the text names 1.3 and 1.5, 1.1, and 0.01 beside the constant case, the others are ours."""
NEURON_FACTORS = {"f1": (1.0, 1.15, 1.3), "f2": (1.0, 1.05, 1.1), "f3": (0.0, 0.01, 0.03)}
"""a, b and c of figure 6; the text names 1.15, 1.05 and 0.03 as the best."""
BEST = {"apt": {"f1": 1.3, "f2": 1.1, "f3": 0.01}, "apn": {"f1": 1.15, "f2": 1.05, "f3": 0.03}}
THRESHOLDS = (0.005, 0.02, 0.05, 0.08, 0.12, 0.18)
LETTERS = {"f1": "a", "f2": "b", "f3": "c"}


def series(method: str, growth: str, factor: float) -> str:
    """Name of a curve."""
    return f"{method}/{growth}/{factor:g}"


def points(plan: Plan, method: str, growth: str, factor: float) -> list[Case]:
    """A curve: every threshold."""
    base = PANELS[PANEL].base()
    rule = "adaptive_time" if method == "apt" else "adaptive_neurons"
    name = "time_factor" if method == "apt" else "neuron_factor"
    if factor == (0.0 if growth == "f3" else 1.0):  # all of them are the constant threshold: trained once
        recipes = {x: pruned(base, "constant", threshold=x) for x in THRESHOLDS}
    else:
        recipes = {x: pruned(base, rule, threshold=x, growth=growth, **{name: factor}) for x in THRESHOLDS}
    return [
        case for x, recipe in recipes.items() for case in with_seeds(plan, series(method, growth, factor), x, recipe)
    ]


def cases(plan: Plan, method: str) -> list[Case]:
    """All functions and factors of a figure."""
    result = unpruned(plan, PANEL)
    for growth, factors in (TIME_FACTORS if method == "apt" else NEURON_FACTORS).items():
        for factor in factors:
            result += points(plan, method, growth, factor)
    return result


def report(results: Results, method: str) -> Report:
    """Accuracy at fixed connectivities for every curve."""
    factors = TIME_FACTORS if method == "apt" else NEURON_FACTORS
    rows = [
        (f"{growth}, {LETTERS[growth]} = {factor:g}", series(method, growth, factor))
        for growth, values in factors.items()
        for factor in values
    ]
    best = ", ".join(f"{LETTERS[growth]} = {factor:g}" for growth, factor in BEST[method].items())
    return accuracy_by_connectivity(results, rows, f"{PANEL}/unpruned", notes=(f"The paper's best: {best}.",))


def draw(results: Results, figure: Any, method: str) -> None:
    """Left: connectivity against the initial threshold; right: accuracy against connectivity; a row for each function."""
    factors = TIME_FACTORS if method == "apt" else NEURON_FACTORS
    axes = figure.subplots(3, 2)
    for row, (growth, values) in enumerate(factors.items()):
        for index, factor in enumerate(values):
            found, label = results.curve(series(method, growth, factor)), f"{LETTERS[growth]} = {factor:g}"
            curve(axes[row, 0], found, None, "connectivity", label, index=index)
            curve(axes[row, 1], found, "connectivity", "accuracy", label, x_scale=100, index=index)
        labelled(axes[row, 0], "initial threshold", "connectivity %", f"({'ACE'[row]}) {growth}")
        labelled(axes[row, 1], "connectivity %", "accuracy %", f"({'BDF'[row]}) {growth}")


def best_cases(plan: Plan) -> list[Case]:
    """Figure 7: the best factor of each function, and the constant threshold."""
    result = unpruned(plan, PANEL)
    for method, factors in BEST.items():
        result += points(plan, method, "f1", 1.0)
        for growth, factor in factors.items():
            result += points(plan, method, growth, factor)
    return result


def best_rows(method: str) -> list[tuple[str, str]]:
    """Curves of a panel of figure 7."""
    rows = [("constant", series(method, "f1", 1.0))]
    return rows + [(f"{g}, {LETTERS[g]} = {f:g}", series(method, g, f)) for g, f in BEST[method].items()]


def best_report(results: Results) -> Report:
    """Accuracy at fixed connectivities."""
    rows = [(f"{method.upper()}: {label}", name) for method in BEST for label, name in best_rows(method)]
    return accuracy_by_connectivity(
        results, rows, f"{PANEL}/unpruned", notes=("The paper: f1 is best for both, below 15 % connectivity.",)
    )


def draw_best(results: Results, figure: Any) -> None:
    """Panels A (APT) and B (APN)."""
    for axes, method, title in zip(figure.subplots(1, 2), BEST, ("(A) APT", "(B) APN"), strict=True):
        for index, (label, name) in enumerate(best_rows(method)):
            curve(axes, results.curve(name), "connectivity", "accuracy", label, x_scale=100, index=index)
        labelled(axes, "connectivity %", "accuracy %", title)


def _item(name: str, method: str, shows: str) -> Item:
    return item_with("guo2020", name, shows, cases, report, draw, (9.0, 10.0), method=method)


ITEMS = (
    _item("fig4", "apt", "APT: threshold growing over time with f1, f2, f3: connectivity, accuracy"),
    _item("fig6", "apn", "APN: threshold growing over neurons with f1, f2, f3: connectivity, accuracy"),
    Item("guo2020", "fig7", "the best of f1, f2, f3 for APT and APN", best_cases, best_report, draw_best, (9.0, 4.0)),
)
