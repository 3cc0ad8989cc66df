"""The networks without pruning: guo2020's, and Diehl & Cook 2015's by number of neurons."""

from __future__ import annotations

from dataclasses import replace

from neurodeploy.reproduction.guo2020.sweeps import PANELS, unpruned
from neurodeploy.reproduction.item import Case, Item, Plan, Report, with_seeds
from neurodeploy.reproduction.results import Point, Results, spread
from neurodeploy.training.recipe import load_recipe

DIEHL_COOK = {100: 82.9, 400: 87.0, 1600: 91.9}
"""Test accuracy in percent (Diehl & Cook 2015, figure 2B) after 1, 3 and 7 epochs."""


MORE_PASSES = ((100, 3, None), (800, 2, None), (1600, 2, 1))
"""Neurons, passes, and at most so many seeds: what more than the paper's one pass gives."""


def cases(plan: Plan) -> list[Case]:
    """guo2020's four networks; 400 neurons on MNIST; more passes."""
    result = [case for panel in PANELS for case in unpruned(plan, panel)]
    result += with_seeds(plan, "mnist-400", 400, load_recipe("mnist-100").with_network(neurons=400))
    for neurons, epochs, most in MORE_PASSES:
        recipe = replace(load_recipe("mnist-100").with_network(neurons=neurons), epochs=epochs)
        result += with_seeds(plan, f"mnist-{neurons}, {epochs} passes", neurons, recipe, most)
    return result


GUO2020 = {100: 85.78, 800: 90.40}


def _row(source: str, network: str, paper: float, point: Point | None) -> list[str]:
    seeds = "–" if point is None else str(len(point.records))
    return [source, network, f"{paper:.2f}", spread(point, "accuracy"), seeds]


def report(results: Results) -> Report:
    """The papers' accuracies beside ours."""
    rows = [
        _row("guo2020", f"{panel.title}, 1 pass", panel.paper, results.point(f"{name}/unpruned"))
        for name, panel in PANELS.items()
    ]
    rows += [
        _row("Diehl & Cook 2015", "MNIST, 100 neurons, 1 pass", DIEHL_COOK[100], results.point("mnist-100/unpruned")),
        _row("Diehl & Cook 2015", "MNIST, 400 neurons, 1 pass", DIEHL_COOK[400], results.point("mnist-400")),
    ]
    for neurons, epochs, _ in MORE_PASSES:
        source, paper = ("Diehl & Cook 2015", DIEHL_COOK[1600]) if neurons == 1600 else ("guo2020", GUO2020[neurons])
        point = results.point(f"mnist-{neurons}, {epochs} passes")
        rows.append(_row(source, f"MNIST, {neurons} neurons, {epochs} passes", paper, point))
    return Report(
        ["source", "network", "paper %", "here %", "seeds"], rows,
        ("A pass is all 60,000 images; the papers give no number of passes, Diehl & Cook's are said to be 1, 3 and 7 for 100, 400"
         " and 1600 neurons.",),
    )  # fmt: skip


ITEM = Item(
    "guo2020", "baselines", "accuracy of the networks without pruning, and Diehl & Cook's by size", cases, report
)
