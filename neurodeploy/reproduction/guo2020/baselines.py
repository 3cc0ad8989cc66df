"""The networks without pruning: guo2020's, and Diehl & Cook 2015's by number of neurons."""

from __future__ import annotations

from neurodeploy.reproduction.guo2020.sweeps import PANELS, unpruned
from neurodeploy.reproduction.item import Case, Item, Plan, Report, with_seeds
from neurodeploy.reproduction.results import Point, Results, spread
from neurodeploy.training.recipe import load_recipe

DIEHL_COOK = {100: 82.9, 400: 87.0, 1600: 91.9}
"""Test accuracy in percent (Diehl & Cook 2015, figure 2B) after 1, 3 and 7 epochs."""


def cases(plan: Plan) -> list[Case]:
    """guo2020's four networks; 400 and 1600 neurons on MNIST, the latter with one seed."""
    result = [case for panel in PANELS for case in unpruned(plan, panel)]
    for neurons, most in ((400, None), (1600, 1)):
        recipe = load_recipe("mnist-100").with_network(neurons=neurons)
        result += with_seeds(plan, f"mnist-{neurons}", neurons, recipe, most)
    return result


def _row(source: str, network: str, paper: float, point: Point | None) -> list[str]:
    seeds = "–" if point is None else str(len(point.records))
    return [source, network, f"{paper:.2f}", spread(point, "accuracy"), seeds]


def report(results: Results) -> Report:
    """The papers' accuracies beside ours."""
    rows = [
        _row("guo2020", panel.title, panel.paper, results.point(f"{name}/unpruned")) for name, panel in PANELS.items()
    ]
    rows += [
        _row("Diehl & Cook 2015", f"MNIST, {neurons} neurons", paper, _mnist(results, neurons))
        for neurons, paper in DIEHL_COOK.items()
    ]
    return Report(
        ["source", "network", "paper %", "here %", "seeds"], rows,
        ("Here: one pass over 60,000 images whatever the size; Diehl & Cook trained the larger networks for more.",),
    )  # fmt: skip


def _mnist(results: Results, neurons: int) -> Point | None:
    return results.point(f"mnist-{neurons}/unpruned" if neurons == 100 else f"mnist-{neurons}")


ITEM = Item(
    "guo2020", "baselines", "accuracy of the networks without pruning, and Diehl & Cook's by size", cases, report
)
