"""Figures 3a, 4a and 4b: the simplified STDP; accuracy by number of neurons; accuracy and spikes by threshold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from neurodeploy.reproduction.item import Case, Item, Plan, Report, with_seeds
from neurodeploy.reproduction.plots import curve, labelled, paper_line
from neurodeploy.reproduction.results import Results, spread, value
from neurodeploy.reproduction.rules import pruned
from neurodeploy.training.recipe import Recipe, load_recipe

SIZES = (10, 20, 50, 100, 200, 400)
"""The axis of figure 3a is not in the text; these are ours."""
THRESHOLDS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4)
NEURONS = 400
"""For figures 4a and 4b; the paper does not say how many it has."""
PAPER_BEST = 89.4
PAPER_PRUNED = "0.86 points lost for 1.2 times fewer spikes, 5.84 points for 2.33 times fewer"


def base(neurons: int) -> Recipe:
    """The simplified rule on MNIST."""
    return replace(
        load_recipe("mnist-100"), stdp_rule="simplified", stdp={"potentiation": 0.01, "depression": 0.001}
    ).with_network(neurons=neurons)


def size_cases(plan: Plan) -> list[Case]:
    """Unpruned, by number of neurons."""
    return [case for neurons in SIZES for case in with_seeds(plan, "size", neurons, base(neurons))]


def size_report(results: Results) -> Report:
    """Accuracy by number of neurons."""
    rows = [[str(neurons), spread(results.point("size", neurons), "accuracy")] for neurons in SIZES]
    return Report(["neurons", "accuracy %"], rows, (f"The paper's best: {PAPER_BEST} %.",))


def draw_sizes(results: Results, figure: Any) -> None:
    """Accuracy against number of output neurons."""
    axes = figure.subplots()
    curve(axes, results.curve("size"), None, "accuracy", "here")
    paper_line(axes, PAPER_BEST, "paper's best")
    axes.set_xscale("log")
    labelled(axes, "output neurons", "recognition accuracy %")


def threshold_cases(plan: Plan) -> list[Case]:
    """Weights below the threshold go to the minimum after every batch, and stay in learning."""
    result = with_seeds(plan, "unpruned", 0.0, base(NEURONS))
    for x in THRESHOLDS:
        result += with_seeds(plan, "pruned", x, pruned(base(NEURONS), "to_minimum", threshold=x))
    return result


def threshold_report(results: Results) -> Report:
    """Accuracy and spikes by threshold."""
    whole = results.point("unpruned")
    rows = [["0", spread(whole, "accuracy"), spread(whole, "spikes", 1.0), "1"]]
    for x in THRESHOLDS:
        point = results.point("pruned", x)
        ratio = (
            None
            if point is None or whole is None or not point.mean("spikes")
            else whole.mean("spikes") / point.mean("spikes")
        )
        rows.append([f"{x:g}", spread(point, "accuracy"), spread(point, "spikes", 1.0), value(ratio, 1.0)])
    return Report(
        ["threshold", "accuracy %", "output spikes per test image", "spikes ÷"], rows,
        (f"The paper: best {PAPER_BEST} %; {PAPER_PRUNED}.", f"{NEURONS} neurons; the paper does not give its number."),
    )  # fmt: skip


def draw_thresholds(results: Results, figure: Any) -> None:
    """A: accuracy; B: spikes, against the pruning threshold."""
    left, right = figure.subplots(1, 2)
    points = (*results.curve("unpruned"), *results.curve("pruned"))
    curve(left, points, None, "accuracy")
    curve(right, points, None, "spikes", y_scale=1)
    labelled(left, "pruning threshold", "recognition accuracy %", "(a)")
    labelled(right, "pruning threshold", "output spikes per image", "(b)")


ITEMS = (
    Item("oh2019", "fig3a", "accuracy by number of output neurons, simplified STDP", size_cases, size_report, draw_sizes),
    Item("oh2019", "fig4", "accuracy and spikes by pruning threshold, STDP (panels a and b)", threshold_cases, threshold_report,
         draw_thresholds, (9.0, 4.0)),
)  # fmt: skip
