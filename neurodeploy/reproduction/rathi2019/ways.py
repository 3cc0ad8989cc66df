"""Figures 7 and 8: when to prune, and what it saves."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from neurodeploy.reproduction.item import Case, Item, Plan, Report, with_seeds
from neurodeploy.reproduction.plots import curve, labelled
from neurodeploy.reproduction.rathi2019.networks import THRESHOLD, TITLES, base, compressed
from neurodeploy.reproduction.rathi2019.threshold import THRESHOLDS
from neurodeploy.reproduction.results import Results, spread, value
from neurodeploy.reproduction.rules import pruned
from neurodeploy.reproduction.tables import accuracy_by_connectivity
from neurodeploy.training.recipe import Recipe

WAYS = ("while training", "before training", "after training")
CONNECTIVITIES = (0.05, 0.1, 0.15, 0.2, 0.3, 0.5)
KINDS = {"pruned": 0, "2 levels": 2}
FREE = "mnist/unrestored"
"""Curves of the networks whose column sums are not restored."""
ENERGY_NOTES = (
    "Energy is the number of excitatory spikes in testing, as the paper counts it. What the paper does to a neuron's drive when its"
    " synapses go is not said: here each column is scaled to a common sum before every image, after pruning too.",
    "Column sums not restored: normalised before the first image alone, in the baseline as well; offset 0.3, η 0.002, 63.75 Hz,"
    " θ₊ 0.03 mV. Baseline and compressed network are to be compared with each other, not with the rows above.",
)
PAPER = {"mnist": {"pruned": 3.1, "2 levels": 2.4}, "caltech": {"pruned": 2.2, "2 levels": 1.92}}


def way_cases(plan: Plan, data: str) -> list[Case]:
    """Thresholds while and after training; random connectivities before."""
    result = with_seeds(plan, f"{data}/baseline", 0.0, base(data))
    for x in THRESHOLDS:
        result += with_seeds(plan, f"{data}/{WAYS[0]}", x, compressed(plan, data, x, 0))
        result += with_seeds(plan, f"{data}/{WAYS[2]}", x, pruned(base(data), "post_training", threshold=x))
    for x in CONNECTIVITIES:
        result += with_seeds(plan, f"{data}/{WAYS[1]}", x, pruned(base(data), "random", to_connectivity=x))
    return result


def way_report(results: Results, data: str) -> Report:
    """Accuracy at fixed connectivities."""
    return accuracy_by_connectivity(
        results, [(way, f"{data}/{way}") for way in WAYS], f"{data}/baseline",
        notes=("Continuous weights. The paper: while training is best, before training worst.",),
    )  # fmt: skip


def draw_ways(results: Results, figure: Any, data: str) -> None:
    """Accuracy against connectivity."""
    axes = figure.subplots()
    for index, way in enumerate(WAYS):
        curve(axes, results.curve(f"{data}/{way}"), "connectivity", "accuracy", way, index=index)
    labelled(axes, "network connectivity", "accuracy %", TITLES[data])


def unrestored(recipe: Recipe) -> Recipe:
    """The recipe with columns normalised before the first image alone.

    Only the rule then bounds the weights: its published rate and, nearly, offset (0.3 of 0.4), Diehl & Cook's input rates,
    and thresholds that rise faster. Of eight settings without normalisation on 20,000 images the most accurate.
    """
    free = replace(recipe, stdp={**recipe.stdp, "eta": 0.002, "offset": 0.3})
    return free.with_network(column_sum_images=1, maximum_rate_hz=63.75, start_intensity=2, theta_plus=0.03)


def energy_cases(plan: Plan) -> list[Case]:
    """Both data sets: baseline, pruned, and pruned with 2 levels, at the paper's thresholds; MNIST also unrestored."""
    result = []
    for data in TITLES:
        result += with_seeds(plan, f"{data}/baseline", 0.0, base(data))
        for kind, levels in KINDS.items():
            result += with_seeds(plan, f"{data}/energy/{kind}", 0.0, compressed(plan, data, THRESHOLD[data], levels))
    result += with_seeds(plan, f"{FREE}/baseline", 0.0, unrestored(base("mnist")))
    for kind, levels in KINDS.items():
        recipe = unrestored(compressed(plan, "mnist", THRESHOLD["mnist"], levels))
        result += with_seeds(plan, f"{FREE}/energy/{kind}", 0.0, recipe)
    return result


def improvement(results: Results, data: str, kind: str) -> float | None:
    """Excitatory spikes in testing, baseline over compressed."""
    whole, point = results.point(f"{data}/baseline"), results.point(f"{data}/energy/{kind}")
    if whole is None or point is None or point.mean("spikes") == 0:
        return None
    return whole.mean("spikes") / point.mean("spikes")


def energy_report(results: Results) -> Report:
    """Spikes per test image, the ratio, accuracy and connectivity."""
    rows = []
    for data, title in {**TITLES, FREE: "MNIST, column sums not restored"}.items():
        whole = results.point(f"{data}/baseline")
        rows.append([
            title, "baseline", spread(whole, "spikes", 1.0), "1", "1" if data in PAPER else "–",
            spread(whole, "accuracy"), spread(whole, "connectivity", digits=1),
        ])  # fmt: skip
        for kind in KINDS:
            point = results.point(f"{data}/energy/{kind}")
            rows.append([
                title, kind, spread(point, "spikes", 1.0), value(improvement(results, data, kind), 1.0),
                f"{PAPER[data][kind]:g}" if data in PAPER else "–",
                spread(point, "accuracy"), spread(point, "connectivity", digits=1),
            ])  # fmt: skip
    return Report(
        ["data", "network", "spikes per test image", "÷ here", "÷ paper", "accuracy %", "connectivity %"], rows, ENERGY_NOTES
    )  # fmt: skip


def draw_energy(results: Results, figure: Any) -> None:
    """Bars: improvement here and in the paper."""
    axes = figure.subplots()
    names = [(data, kind) for data in TITLES for kind in KINDS]
    for place, (data, kind) in enumerate(names):
        axes.bar(
            place - 0.2, improvement(results, data, kind) or 0.0, 0.4, color="C0", label="here" if place == 0 else None
        )
        axes.bar(place + 0.2, PAPER[data][kind], 0.4, color="0.7", label="paper" if place == 0 else None)
    axes.set_xticks(range(len(names)), [f"{TITLES[data]}\n{kind}" for data, kind in names], fontsize=8)
    labelled(axes, "", "improvement in energy")


def _ways(name: str, data: str) -> Item:
    shows = f"pruning before, while and after training, {TITLES[data]}"
    return Item(
        "rathi2019",
        name,
        shows,
        partial(way_cases, data=data),
        partial(way_report, data=data),
        partial(draw_ways, data=data),
    )


ITEMS = (
    _ways("fig7", "mnist"),
    _ways("fig7-caltech", "caltech"),
    Item(
        "rathi2019",
        "fig8",
        "energy (excitatory spikes in testing), both data sets",
        energy_cases,
        energy_report,
        draw_energy,
        (6.0, 4.0),
    ),
)
