"""Curves with error bars, in the papers' axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from neurodeploy.reproduction.results import Metric, Point

MARKERS = "osD^v<>Px*"


def curve(
    axes: Any, points: Sequence[Point], x: str | Metric | None, y: str | Metric, label: str = "", *,
    x_scale: float = 1.0, y_scale: float = 100.0, index: int = 0,
) -> None:  # fmt: skip
    """Means of ``y`` against means of ``x`` (None: the points' own x), with deviations where there are several seeds."""
    if not points:
        return
    places = [(point.x if x is None else point.mean(x)) * x_scale for point in points]
    order = sorted(range(len(points)), key=places.__getitem__)
    errors = [y_scale * (points[i].deviation(y) or 0.0) for i in order]
    axes.errorbar(
        [places[i] for i in order], [y_scale * points[i].mean(y) for i in order],
        yerr=errors if any(errors) else None, marker=MARKERS[index % len(MARKERS)], markersize=4, linewidth=1.2,
        capsize=2, label=label or None,
    )  # fmt: skip


def labelled(axes: Any, x: str, y: str, title: str = "") -> None:
    """Axes' names, a light grid, a legend if there are labels."""
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.set_title(title, fontsize=10)
    axes.grid(alpha=0.3)
    if axes.get_legend_handles_labels()[1]:
        axes.legend(fontsize=7)


def paper_line(axes: Any, y: float, label: str) -> None:
    """A dashed horizontal line at a paper's number."""
    axes.axhline(y, color="0.4", linestyle="--", linewidth=1, label=label)
