"""Figures 4c, 4d, 5 and 6: back-propagation; accuracy and spikes by threshold, by sign, and spikes by accuracy."""

from __future__ import annotations

from typing import Any

from neurodeploy.reproduction.item import Case, Item, Plan, Report
from neurodeploy.reproduction.oh2019.backpropagation import (
    CIRCUIT_COLUMNS,
    CIRCUITS,
    LEAST_DRAWN,
    LINEAR,
    LINEAR_THRESHOLDS,
    PAPER_BEST,
    PAPER_PRUNED,
    RATIOS,
    SERIES,
    SETUP,
    THRESHOLDS,
    Circuit,
    circuit_cells,
    excitatory_thresholds,
    layer_panels,
    left,
    swept,
    swept_linear,
    with_unpruned,
)
from neurodeploy.reproduction.plots import curve, labelled
from neurodeploy.reproduction.results import Metric, Results, at, value

LOSSES = (0.25, 0.57, 1.12)
"""Points of accuracy lost at which spikes are compared; the second and third are the paper's."""
PAPER = f"The paper: best {PAPER_BEST} %; symmetric pruning: " + ", ".join(
    f"{loss:g} points lost for {fewer:g} times fewer spikes" for loss, fewer in PAPER_PRUNED.items()
)


def symmetric_cases(plan: Plan) -> list[Case]:
    """Excitatory and inhibitory synapses alike."""
    return swept(plan, "symmetric")


def symmetric_report(results: Results) -> Report:
    """Accuracy and spikes of each layer by threshold."""
    whole = results.point("unpruned")
    rows = [["0", left(whole), *circuit_cells(whole, whole)]]
    for x in THRESHOLDS:
        point = results.point("symmetric", x)
        rows.append([f"{x:g}", left(point), *circuit_cells(point, whole)])
    return Report(["threshold", "weights left %", *CIRCUIT_COLUMNS], rows, (f"{PAPER}.", *SETUP))


def asymmetric_cases(plan: Plan) -> list[Case]:
    """Inhibitory synapses at the same threshold, at half of it, not pruned."""
    return swept(plan, *RATIOS)


def asymmetric_report(results: Results) -> Report:
    """Accuracy and spikes of each layer by the two thresholds."""
    whole = results.point("unpruned")
    rows = [["0", "0", left(whole), *circuit_cells(whole, whole)]]
    for name, share in RATIOS.items():
        for x in excitatory_thresholds(name):
            point = results.point(name, x)
            rows.append([f"{x:g}", f"{share * x:g}", left(point), *circuit_cells(point, whole)])
    return Report(
        ["excitatory threshold", "inhibitory threshold", "weights left %", *CIRCUIT_COLUMNS], rows,
        ('The paper: "excessive asymmetric pruning makes it impossible to fire", "proper asymmetric pruning reduces the spike'
         ' number in both layers without significant loss of accuracy"; its numbers are in the figure only.', *SETUP),
    )  # fmt: skip


def comparison_cases(plan: Plan) -> list[Case]:
    """The same trainings, and one seed whose loss sees linear outputs."""
    return [*asymmetric_cases(plan), *swept_linear(plan)]


def comparison_report(results: Results) -> Report:
    """Spikes of each layer at equal accuracy."""
    columns = ["pruning", "circuits"] + [f"at −{loss:g} points: hidden ÷, output ÷, all ÷" for loss in LOSSES]
    rows = [
        [prefix + SERIES[name], circuit.name, *(_ratios(results, name, prefix, circuit, loss) for loss in LOSSES)]
        for prefix, names in (("", RATIOS), (LINEAR, LINEAR_THRESHOLDS)) for name in names for circuit in CIRCUITS
    ]  # fmt: skip
    return Report(
        columns, rows,
        (f'{PAPER}. Asymmetric: "even on networks with similar accuracy, the asymmetric pruning consumes much less power".',
         "÷: spikes of the unpruned network over those of the pruned one where the curve of the means has lost so many points,"
         " linear between two trainings (the last two without inhibitory pruning are far apart: fig5); a dash where it does not"
         " reach.",
         "Without a prefix the loss of the training sees the outputs that spikes can tell (rectified but for the label's);"
         " with linear outputs, one seed.", *SETUP),
    )  # fmt: skip


def _ratios(results: Results, name: str, prefix: str, circuit: Circuit, loss: float) -> str:
    points = with_unpruned(results, name, prefix)
    whole = results.point(f"{prefix}unpruned")
    if whole is None:
        return "–"
    target = whole.mean(circuit.accuracy) - loss / 100
    metrics: tuple[Metric, ...] = (circuit.hidden, circuit.output, lambda r: circuit.hidden(r) + circuit.output(r))
    cells = []
    for metric in metrics:
        found = at(points, circuit.accuracy, target, metric)
        cells.append(value(whole.mean(metric) / found if found else None, 1.0))
    return ", ".join(cells)


def draw_comparison(results: Results, figure: Any) -> None:
    """Spikes of each layer against accuracy, above balanced, below fixed circuits."""
    for row, circuit in zip(figure.subplots(2, 2), CIRCUITS, strict=True):
        for axes, layer, metric in zip(row, ("hidden", "output"), (circuit.hidden, circuit.output), strict=True):
            lines = [("", name) for name in RATIOS] + [(LINEAR, name) for name in LINEAR_THRESHOLDS]
            for index, (prefix, name) in enumerate(lines):
                points = [
                    p for p in with_unpruned(results, name, prefix) if 100 * p.mean(circuit.accuracy) > LEAST_DRAWN
                ]
                curve(
                    axes, points, circuit.accuracy, metric, prefix + SERIES[name], x_scale=100, y_scale=1, index=index
                )
            labelled(axes, "recognition accuracy %", f"{layer} spikes per image", f"{circuit.name} circuits")


def draw_symmetric(results: Results, figure: Any) -> None:
    """(c): accuracy, (d): spikes of each layer, against the threshold."""
    layer_panels(results, figure, ("symmetric",))


def draw_asymmetric(results: Results, figure: Any) -> None:
    """(a): accuracy, (b), (c): spikes of each layer, against the excitatory threshold."""
    layer_panels(results, figure, tuple(RATIOS))


ITEMS = (
    Item("oh2019", "fig4-backpropagation", "accuracy and spikes by pruning threshold, back-propagation (panels c and d)",
         symmetric_cases, symmetric_report, draw_symmetric, (12.0, 7.0)),
    Item("oh2019", "fig5", "accuracy and spikes of each layer, asymmetric pruning", asymmetric_cases, asymmetric_report,
         draw_asymmetric, (12.0, 7.0)),
    Item("oh2019", "fig6", "spikes of each layer by accuracy, symmetric and asymmetric pruning", comparison_cases,
         comparison_report, draw_comparison, (9.0, 7.0)),
)  # fmt: skip
