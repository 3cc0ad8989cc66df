"""Figures of a report, drawn with matplotlib as SVG or PNG data URIs; each function draws one."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from neurodeploy.compiler import Figure
from neurodeploy.network import Dense, SpikeSource
from neurodeploy.report.facts import Facts
from neurodeploy.report.tables import joule_unit
from neurodeploy.wording import quantity

INK, BLUE, ORANGE, GREEN, GREY, PURPLE = "#1f2733", "#2563eb", "#ea7317", "#159a6c", "#c3cad4", "#7c4dcc"
MOST_MAPS = 100
MOST_BARS = 16
_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans", "font.size": 9, "axes.edgecolor": "#9aa4b2", "axes.labelcolor": INK, "text.color": INK,
    "xtick.color": "#5b6675", "ytick.color": "#5b6675", "axes.spines.top": False, "axes.spines.right": False,
    "axes.prop_cycle": "cycler('color', " + str([BLUE, ORANGE, GREEN, PURPLE, GREY, INK]) + ")",
    "svg.hashsalt": "neurodeploy", "figure.dpi": 150, "figure.facecolor": "white",
}  # fmt: skip


class Picture(NamedTuple):
    """A figure as a data URI, and the width in CSS pixels at which its letters have the page's size."""

    uri: str
    width: int


def draw(painter: Callable[[Any], None], width: float, height: float, *, vector: bool = True) -> Picture:
    """Call ``painter(figure)`` on an empty figure of so many inches."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    with plt.rc_context(_STYLE):
        figure = plt.figure(figsize=(width, height), layout="constrained")
        painter(figure)
        stream = io.BytesIO()
        kind = "svg" if vector else "png"
        figure.savefig(stream, format=kind, metadata={"Date": None} if vector else {"Software": None})
        plt.close(figure)
    mime = "svg+xml" if vector else "png"
    return Picture(f"data:image/{mime};base64,{base64.b64encode(stream.getvalue()).decode()}", round(width * 105))


def of_target(figure: Figure) -> Picture:
    """A figure of the target's own."""
    return draw(figure.paint, figure.width, figure.height, vector=figure.vector)


def ladder_figure(facts: Facts) -> Picture | None:
    """Accuracy of every rung."""
    if facts.ladder is None:
        return None
    rungs = [rung for rung in facts.ladder["rungs"] if rung["available"]]

    def paint(figure: Any) -> None:
        axes = figure.subplots()
        values = [100 * rung["accuracy"] for rung in rungs]
        colours = [BLUE] * len(rungs)
        colours[-1] = ORANGE
        bars = axes.bar([rung["name"] for rung in rungs], values, color=colours, width=0.62)
        for label in axes.bar_label(bars, [f"{value:.1f}" for value in values], padding=2):
            label.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 0.6})  # over the line of the first
        axes.set(ylabel="accuracy (%)", ylim=(0, 108))
        axes.axhline(values[0], color=GREY, linewidth=0.8, linestyle="--", zorder=0)

    return draw(paint, 6.2, 2.7)


def weight_maps_figure(facts: Facts) -> Picture | None:
    """Input weights of the first hundred neurons as images, those of a class together."""
    found = _input_projection(facts)
    if found is None:
        return None
    weights, shape, labels = found
    chosen = (
        np.argsort(labels, kind="stable")[:MOST_MAPS]
        if labels is not None
        else np.arange(min(weights.shape[1], MOST_MAPS))
    )
    columns = int(np.ceil(np.sqrt(len(chosen))))
    rows = -(-len(chosen) // columns)
    height, width = shape
    sheet = np.full((rows * (height + 1) - 1, columns * (width + 1) - 1), np.nan)
    for place, neuron in enumerate(chosen):
        row, column = divmod(place, columns)
        tile = weights[:, neuron].reshape(shape)
        top, left = row * (height + 1), column * (width + 1)
        sheet[top : top + height, left : left + width] = np.where(tile > 0, tile, 0)

    def paint(figure: Any) -> None:
        axes = figure.subplots()
        shown = axes.imshow(sheet, cmap="magma", interpolation="nearest", vmin=0)
        axes.set_axis_off()
        if labels is not None:
            for place, neuron in enumerate(chosen):
                row, column = divmod(place, columns)
                axes.text(
                    column * (width + 1) + 0.3,
                    row * (height + 1) + 0.3,
                    str(labels[neuron]),
                    color="white",
                    fontsize=6,
                    va="top",
                    ha="left",
                )
        figure.colorbar(shown, ax=axes, shrink=0.6, label="weight (µS)", pad=0.02)

    return draw(paint, 6.6, 6.6 * rows / columns * height / width, vector=False)


def raster_figure(facts: Facts) -> Picture | None:
    """Spikes of the first sample: every population, one panel each."""
    batches = facts.first_sample()
    if not batches:
        return None
    dt = facts.network.dt

    def paint(figure: Any) -> None:
        panels = figure.subplots(
            len(batches), 1, sharex=True, squeeze=False, height_ratios=[1.4] + [1] * (len(batches) - 1)
        )
        for axes, (name, batch), colour in zip(
            panels[:, 0], batches.items(), [INK, ORANGE, BLUE, GREEN] * 9, strict=False
        ):
            steps = np.repeat(np.arange(batch.steps), np.diff(batch.indptr))
            axes.scatter(steps * dt, batch.neurons, s=2 if batch.total > 300 else 9, color=colour, linewidths=0)
            axes.set(ylabel=f"{name}\n({batch.total} spikes)", ylim=(-1, batch.size), xlim=(0, batch.steps * dt))
        panels[-1, 0].set_xlabel("time (ms)")

    return draw(paint, 6.6, 1.9 * len(batches) + 0.4, vector=False)


def energy_figure(facts: Facts) -> Picture | None:
    """Energy per inference by method, parts side by side, logarithmic (idle power dwarfs the rest)."""
    parts = _energy_parts(facts)
    if not parts:
        return None
    scale, unit = joule_unit(max(joules for _, joules, _ in parts))

    def paint(figure: Any) -> None:
        axes = figure.subplots()
        values = [scale * joules for _, joules, _ in parts]
        bars = axes.barh([name for name, _, _ in parts], values, color=[colour for _, _, colour in parts], height=0.65)
        axes.bar_label(bars, [quantity(joules, "J") for _, joules, _ in parts], padding=3, fontsize=8)
        axes.set(xscale="log", xlabel=f"{unit} per inference (logarithmic)")
        axes.margins(x=0.15)

    return draw(paint, 6.8, max(2.9, 0.6 + 0.24 * len(parts)))


def _energy_parts(facts: Facts) -> list[tuple[str, float, str]]:
    """Name, joules per inference and colour of the bars, from below; the smallest of a method with many parts in one bar."""
    costs, samples = (facts.run or {}).get("costs", []), (facts.run or {}).get("samples", 0)
    bars = []
    for cost, colour in zip(reversed(costs), [PURPLE, GREEN, ORANGE, BLUE][-len(costs) % 4 :] * 9, strict=False):
        parts = [(item["part"], item["joules"] / samples) for item in cost["items"]]
        if len(parts) > MOST_BARS:
            parts.sort(key=lambda part: -part[1])
            rest = parts[MOST_BARS - 1 :]
            parts = [*parts[: MOST_BARS - 1], (f"{len(rest)} smaller parts", sum(joules for _, joules in rest))]
        for part, joules in reversed(parts):
            name = part if len(costs) == 1 else cost["method"] if len(parts) == 1 else f"{cost['method']}: {part}"
            bars.append((name, joules, colour))
    return [bar for bar in bars if bar[1]] if len(costs) == 1 else bars  # logarithmic: nothing has no bar


def confusion_figure(facts: Facts) -> Picture | None:
    """Which classes are taken for which, in the run."""
    if not facts.run_arrays or facts.network.readout is None:
        return None
    labels, predicted = facts.run_arrays["labels"], facts.run_arrays["predicted"]
    classes = max(
        facts.network.readout.classes, int(labels.max(initial=0)) + 1
    )  # data may have classes that it never learned
    answered = predicted >= 0
    matrix = np.zeros((classes, classes))
    np.add.at(matrix, (labels[answered], predicted[answered]), 1)
    matrix /= np.maximum(np.bincount(labels, minlength=classes), 1)[:, None]

    def paint(figure: Any) -> None:
        axes = figure.subplots()
        axes.imshow(matrix, cmap="Blues", vmin=0, vmax=1)
        for row in range(classes):
            for column in range(classes):
                if matrix[row, column] >= 0.005:
                    axes.text(
                        column,
                        row,
                        f"{100 * matrix[row, column]:.0f}",
                        ha="center",
                        va="center",
                        fontsize=7,
                        color="white" if matrix[row, column] > 0.55 else INK,
                    )
        axes.set(
            xticks=range(classes), yticks=range(classes), xlabel="predicted", ylabel="true class (% of its samples)"
        )
        axes.spines[:].set_visible(False)

    return draw(paint, 3.9, 3.7)


def _input_projection(facts: Facts) -> tuple[Any, tuple[int, int], Any] | None:
    """Weights, image shape and labels of a dense projection from an image-shaped source."""
    network = facts.network
    for projection in network.projections:
        source = network.population(projection.source)
        if (
            isinstance(source.neuron, SpikeSource)
            and len(source.shape) == 2
            and isinstance(projection.connectivity, Dense)
        ):
            readout = network.readout
            labels = readout.labels if readout is not None and readout.population == projection.target else None
            return projection.weights.decoded(), (source.shape[0], source.shape[1]), labels
    return None
