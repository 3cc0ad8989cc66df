"""Figure 12 and the paper's headline: synaptic operations against connectivity, and the figure of merit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from neurodeploy.costs.guo2020 import figure_of_merit
from neurodeploy.reproduction.guo2020.sweeps import PANELS, sweep
from neurodeploy.reproduction.item import Case, Item, Plan, Report, with_seeds
from neurodeploy.reproduction.plots import curve, labelled
from neurodeploy.reproduction.results import Metric, Point, Results, at, value
from neurodeploy.reproduction.rules import pruned

NETWORKS = ("mnist-100", "mnist-800")
PAPER = {"mnist-100": (0.145, 27, 60, 2.85), "mnist-800": (0.17, 30, 55, 0.44)}
"""Connectivity, reductions of training and inference SOPs in percent, lost points (text, "Computational Cost Reduction")."""


@dataclass(frozen=True)
class Earlier:
    """APTN from an earlier image on, with a threshold that grows less from step to step; all else is the paper's."""

    start_image: int
    time_factor: float
    thresholds: tuple[float, float, float]

    def cases(self, plan: Plan, panel: str) -> list[Case]:
        """Thresholds around the paper's connectivity; with fewer images the start keeps its share."""
        start = self.start_image if plan.images is None else max(1, self.start_image * plan.images // 60_000)
        result = []
        for x in self.thresholds:
            recipe = pruned(PANELS[panel].base(), "adaptive_time_neurons", threshold=x, start_image=start,
                            time_factor=self.time_factor)  # fmt: skip
            result += with_seeds(plan, f"{panel}/earlier", x, recipe)
        return result


EARLIER = {
    "mnist-100": Earlier(20_000, 1.1, (0.05, 0.058, 0.062)),
    "mnist-800": Earlier(10_000, 1.15, (0.044, 0.049, 0.054)),
}
"""Found for the paper's reduction of training SOPs: start and factor on seed 0, thresholds on seeds 0 to 2."""


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
    """APTN on both networks: the paper's moments and factors, and the earlier ones."""
    return [case for panel in NETWORKS for case in (*sweep(plan, panel, ("aptn",)), *EARLIER[panel].cases(plan, panel))]


def report(results: Results) -> Report:
    """Reductions at the paper's best connectivities, and where our figure of merit is best."""
    rows = []
    for panel in NETWORKS:
        whole = results.point(f"{panel}/unpruned")
        if whole is None:
            continue
        connectivity, training, inference, loss = PAPER[panel]
        title, earlier = PANELS[panel].title, EARLIER[panel]
        rows.append([title, f"paper, {100 * connectivity:g} %", str(training), str(inference), f"{loss:.2f}", "–"])
        settings = f"from image {earlier.start_image:,}, time factor {earlier.time_factor:g}"
        for series, label in (("aptn", "the paper's settings"), ("earlier", settings)):
            points = results.curve(f"{panel}/{series}")
            if points:
                rows.append(
                    [title, f"here, {100 * connectivity:g} %, {label}", *_measured(points, whole, connectivity)]
                )
    return Report(
        ["network", "connectivity", "training SOPs less %", "inference SOPs less %", "accuracy lost, points",
         "best by figure of merit %"],
        rows,
        ("SOPs: training = weight accumulations + STDP updates, inference = weight accumulations, per image; values between two"
         " thresholds of the sweep are linear between them.",
         "The paper's settings: from image 30,000 on, time factor 1.3 (800 neurons: 1.2). All: f1, neuron factor 1.15, SI = 30,"
         " every 5,000 images.",
         "Figure of merit here: (accuracy / unpruned accuracy) / (SOPs / unpruned SOPs); the paper's formula was lost with its image."),
    )  # fmt: skip


def _measured(points: Sequence[Point], whole: Point, connectivity: float) -> list[str]:
    kept = at(points, "connectivity", connectivity, "accuracy")
    return [
        value(reduction(points, whole, "training_sops", connectivity), digits=1),
        value(reduction(points, whole, "inference_sops", connectivity), digits=1),
        value(None if kept is None else whole.mean("accuracy") - kept),
        value(max(points, key=lambda point: point.mean(merit(whole))).mean("connectivity"), digits=1),
    ]


def draw(results: Results, figure: Any) -> None:
    """A: normalised SOPs per image; B: figure of merit."""
    left, right = figure.subplots(1, 2)
    for index, (panel, series) in enumerate((panel, series) for series in ("aptn", "earlier") for panel in NETWORKS):
        whole, points = results.point(f"{panel}/unpruned"), results.curve(f"{panel}/{series}")
        if whole is None:
            continue
        neurons = f"{PANELS[panel].neurons} neurons" + ", earlier" * (series == "earlier")
        for part, metric in (("training", "training_sops"), ("inference", "inference_sops")):
            shown = (*points, whole) if series == "aptn" else points
            curve(left, shown, "connectivity", relative(metric, whole), f"{part}, {neurons}", x_scale=100,
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
