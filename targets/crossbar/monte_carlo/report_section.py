"""What a report says of many chips: a saved Monte Carlo as text, figure and table."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurodeploy.compiler.presentation import Figure, RunSummary, Section, Table
from neurodeploy.targets.crossbar.monte_carlo.markdown import spread_cells, spread_columns, yield_text
from neurodeploy.targets.crossbar.monte_carlo.result import MonteCarlo
from neurodeploy.wording import counted

MOST_BARS = 60
"""Chips up to which each has its own interval in the figure."""


def chips_section(summary: RunSummary) -> Section:
    """Of a ``monte_carlo.json``."""
    found = MonteCarlo.of(summary)
    accuracy, level = found.accuracy, f"{100 * found.confidence:g} %"
    text = f"{counted(len(found.chips), 'chip')} of the design, each with errors of its own, on the same {found.samples:,} samples of "
    text += f"{found.data} ({found.split}). Accuracy: mean {100 * accuracy.mean:.2f} %"
    if accuracy.interval is not None and accuracy.standard_deviation is not None:
        half = accuracy.interval.high - accuracy.mean
        text += f" ± {100 * half:.2f} % ({level} interval of the mean of all such chips, on these samples), standard deviation from chip "
        text += f"to chip {100 * accuracy.standard_deviation:.2f} %"
    reached = found.yielded
    text += "." if reached is None else f". {yield_text(reached)}"
    return Section("Many chips", text, [chips_figure(found)], [("", chips_table(found))])


def chips_table(found: MonteCarlo) -> Table:
    """Each quantity over the chips."""
    return spread_columns(found.confidence), [spread_cells(spread) for spread in found.spreads]


def chips_figure(found: MonteCarlo) -> Figure:
    """Accuracy of each chip with its interval over samples, and how often each accuracy came."""
    values = 100 * np.array([chip.accuracy for chip in found.chips])
    ends = 100 * np.array([chip.interval(found.confidence) for chip in found.chips])
    numbers = np.array([chip.number for chip in found.chips])
    single = len(values) <= MOST_BARS

    def paint(figure: Any) -> None:
        each, often = figure.subplots(1, 2, sharey=True, width_ratios=[3, 1])
        if single:
            each.vlines(numbers, ends[:, 0], ends[:, 1], color="C4", linewidth=1.2, zorder=1)
        each.scatter(numbers, values, s=14 if single else 6, color="C0", linewidths=0, zorder=2)
        often.hist(values, _bins(values, found.samples), orientation="horizontal", color="C0")
        _reference_lines(found, each, often)
        each.set(xlabel="chip", ylabel="accuracy (%)", xlim=(numbers[0] - 0.7, numbers[-1] + 0.7))
        each.xaxis.get_major_locator().set_params(integer=True)
        often.set_xlabel("chips")
        often.xaxis.get_major_locator().set_params(integer=True)
        each.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2)

    level = f"{100 * found.confidence:g} %"
    bars = f"; grey: its {level} interval over samples" if single else ""
    band = f"; band: {level} interval of the mean over chips" if found.accuracy.interval is not None else ""
    return Figure(f"Accuracy of each chip{bars}{band}. Right: how many chips have it", paint, 6.6, 2.9)


def _bins(values: Any, samples: int) -> Any:
    """Edges of equal bins, each of a whole number of samples: no bin has more possible accuracies than another."""
    step = 100 / samples
    least, most = round(values.min() / step), round(values.max() / step)
    width = max(1, -(-(most - least + 1) // 12))
    return step * (np.arange(least, most + width + 1, width) - 0.5)


def _reference_lines(found: MonteCarlo, *panels: Any) -> None:
    """Mean with its interval, and the accuracy that chips should reach."""
    accuracy = found.accuracy
    for axes in panels:
        axes.axhline(100 * accuracy.mean, color="C1", linewidth=1.1, label="mean over chips", zorder=0.6)
        if accuracy.interval is not None:
            axes.axhspan(
                100 * accuracy.interval.low,
                100 * accuracy.interval.high,
                color="C1",
                alpha=0.22,
                linewidth=0,
                zorder=0.5,
            )
        if found.yield_at is not None:
            axes.axhline(
                100 * found.yield_at, color="C2", linewidth=1.1, linestyle="--", label="to be reached", zorder=0.6
            )
