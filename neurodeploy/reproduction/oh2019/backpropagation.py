"""Trainings by back-propagation that figures 4c, 4d, 5 and 6 share: symmetric and asymmetric pruning, by threshold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

from neurodeploy.reproduction.item import Case, Plan, with_seeds
from neurodeploy.reproduction.results import Metric, Point, Results, spread, value
from neurodeploy.training.recipe import Recipe, load_recipe
from neurodeploy.training.rule_tables import pruning_rule

THRESHOLDS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3)
"""Of excitatory synapses, or of all; the paper's axes are not in its text."""
RATIOS = {"symmetric": 1.0, "half": 0.5, "excitatory": 0.0}
"""Series, and the inhibitory threshold over the excitatory one."""
SERIES = {"symmetric": "symmetric", "half": "inhibitory half", "excitatory": "excitatory only"}
LINEAR_THRESHOLDS = {"symmetric": (0.15, 0.2, 0.25), "excitatory": (0.1, 0.15, 0.2)}
"""For trainings whose loss sees linear outputs: around the losses of accuracy that are compared."""
TOO_MUCH = 0.4
"""One more excitatory threshold without inhibitory pruning: the paper's "excessive asymmetric pruning"."""
LINEAR = "linear outputs, "
"""Prefix of those trainings' series."""
LEAST_DRAWN = 95.0
"""Accuracy in % below which figures show nothing: networks that hardly fire."""
PAPER_BEST = 97.78
PAPER_PRUNED = {0.57: 1.84, 1.12: 2.02}
"""Spikes of the unpruned network over the pruned one's by points of accuracy lost, symmetric pruning."""
SETUP = (
    "784-300-10 without biases (the paper gives no sizes), periodic input spikes of at most 500 Hz, 50 steps, output neurons spike.",
    "Balanced: firing thresholds follow each network's own activations; fixed: circuits keep those of the unpruned network.",
)


class Circuit(NamedTuple):
    """Metrics of a record in one kind of circuit."""

    name: str
    accuracy: Metric
    hidden: Metric
    output: Metric

    def spikes(self, point: Point) -> float:
        """Mean of all spikes per image."""
        return point.mean(self.hidden) + point.mean(self.output)


CIRCUITS = (
    Circuit("balanced", lambda r: r.accuracy, lambda r: r.more["hidden"], lambda r: r.more["output"]),
    Circuit("fixed", lambda r: r.more["fixed_accuracy"], lambda r: r.more["fixed_hidden"], lambda r: r.more["fixed_output"]),
)  # fmt: skip
CIRCUIT_COLUMNS = tuple(
    f"{circuit.name}: {what}"
    for circuit in CIRCUITS
    for what in ("accuracy %", "hidden spikes", "output spikes", "spikes ÷")
)


def base(output: str = "relu") -> Recipe:
    """Without pruning."""
    recipe = load_recipe("oh2019-backpropagation")
    return replace(recipe, backpropagation={**(recipe.backpropagation or {}), "output": output})


def pruned_by_sign(recipe: Recipe, excitatory: float, inhibitory: float) -> Recipe:
    """Weights of magnitudes below the threshold of their sign go to 0 and learn on; one rule where both are the same."""
    rules = [pruning_rule(recipe.name, {"rule": "to_minimum", "threshold": x}) for x in (excitatory, inhibitory)]
    return replace(recipe, pruning=rules[0], inhibitory_pruning=None if excitatory == inhibitory else rules[1])


def swept(plan: Plan, *series: str) -> list[Case]:
    """The unpruned network, and each series by threshold."""
    result = with_seeds(plan, "unpruned", 0.0, base())
    for name in series:
        for x in excitatory_thresholds(name):
            result += with_seeds(plan, name, x, pruned_by_sign(base(), x, RATIOS[name] * x))
    return result


def swept_linear(plan: Plan) -> list[Case]:
    """One seed of trainings whose loss sees linear outputs."""
    recipe = base("linear")
    result = with_seeds(plan, f"{LINEAR}unpruned", 0.0, recipe, 1)
    for name, thresholds in LINEAR_THRESHOLDS.items():
        for x in thresholds:
            result += with_seeds(plan, LINEAR + name, x, pruned_by_sign(recipe, x, RATIOS[name] * x), 1)
    return result


def excitatory_thresholds(name: str) -> tuple[float, ...]:
    """Of a series, in which only one goes too far."""
    return (*THRESHOLDS, TOO_MUCH) if name == "excitatory" else THRESHOLDS


def with_unpruned(results: Results, series: str, prefix: str = "") -> tuple[Point, ...]:
    """A series from threshold 0 on."""
    return (*results.curve(f"{prefix}unpruned"), *results.curve(prefix + series))


def circuit_cells(point: Point | None, whole: Point | None) -> list[str]:
    """Cells below :data:`CIRCUIT_COLUMNS`."""
    cells = []
    for circuit in CIRCUITS:
        cells += [
            spread(point, circuit.accuracy),
            spread(point, circuit.hidden, 1.0, 1),
            spread(point, circuit.output, 1.0, 1),
        ]
        cells.append(value(ratio(point, whole, circuit), 1.0))
    return cells


def ratio(point: Point | None, whole: Point | None, circuit: Circuit) -> float | None:
    """Spikes of the unpruned network over the point's."""
    if point is None or whole is None or not circuit.spikes(point):
        return None
    return circuit.spikes(whole) / circuit.spikes(point)


def left(point: Point | None) -> str:
    """Weights other than 0, in percent."""
    return spread(point, "connectivity", digits=1)


def layer_panels(results: Results, figure: Any, series: tuple[str, ...]) -> None:
    """Accuracy, hidden and output spikes against the threshold, above balanced, below fixed circuits."""
    from neurodeploy.reproduction.plots import curve, labelled, paper_line

    panels = figure.subplots(2, 3)
    for row, circuit in zip(panels, CIRCUITS, strict=True):
        for index, name in enumerate(series):
            points = with_unpruned(results, name)
            curve(row[0], points, None, circuit.accuracy, SERIES[name], index=index)
            curve(row[1], points, None, circuit.hidden, SERIES[name], y_scale=1, index=index)
            curve(row[2], points, None, circuit.output, SERIES[name], y_scale=1, index=index)
        paper_line(row[0], PAPER_BEST, "paper's best")
        if row[0].get_ylim()[0] < LEAST_DRAWN:
            row[0].set_ylim(bottom=LEAST_DRAWN)
        axis = "pruning threshold" if series == ("symmetric",) else "excitatory pruning threshold"
        labelled(row[0], axis, "recognition accuracy %", f"{circuit.name} circuits")
        labelled(row[1], axis, "hidden spikes per image", f"{circuit.name} circuits")
        labelled(row[2], axis, "output spikes per image", f"{circuit.name} circuits")
