"""Results of an item's cases by curve and point: means, deviations, values in between."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.reproduction.item import Case, Plan
from neurodeploy.training.parallel import TrainingRecord

Metric = Callable[[TrainingRecord], float]


@dataclass(frozen=True)
class Point:
    """All seeds of a point."""

    x: float
    records: tuple[TrainingRecord, ...]

    def values(self, metric: str | Metric) -> list[float]:
        """The metric (a field of the record, or a function of it) for every seed."""
        return [float(getattr(r, metric) if isinstance(metric, str) else metric(r)) for r in self.records]

    def mean(self, metric: str | Metric) -> float:
        """Mean over seeds."""
        return float(np.mean(self.values(metric)))

    def deviation(self, metric: str | Metric) -> float | None:
        """Sample standard deviation over seeds; None for a single one."""
        values = self.values(metric)
        return float(np.std(values, ddof=1)) if len(values) > 1 else None


@dataclass(frozen=True)
class Results:
    """Curves by name, and the cases that failed with their errors (pruning that removed every synapse, for one)."""

    plan: Plan
    curves: Mapping[str, tuple[Point, ...]]
    failed: tuple[tuple[Case, NeurodeployError], ...] = ()

    def curve(self, series: str) -> tuple[Point, ...]:
        """Points by rising x; empty when all of them failed."""
        return self.curves.get(series, ())

    def point(self, series: str, x: float | None = None) -> Point | None:
        """The point at ``x``, or the only (first) one; None when it failed."""
        return next((p for p in self.curve(series) if x is None or p.x == x), None)


def collect(plan: Plan, cases: Sequence[Case], outcomes: Sequence[TrainingRecord | NeurodeployError]) -> Results:
    """Group outcomes by curve and point."""
    grouped: dict[str, dict[float, list[TrainingRecord]]] = defaultdict(lambda: defaultdict(list))
    failed = []
    for case, outcome in zip(cases, outcomes, strict=True):
        if isinstance(outcome, NeurodeployError):
            failed.append((case, outcome))
        else:
            grouped[case.series][case.x].append(outcome)
    curves = {
        series: tuple(Point(x, tuple(records)) for x, records in sorted(points.items()))
        for series, points in grouped.items()
    }
    return Results(plan, curves, tuple(failed))


def at(points: Sequence[Point], along: str | Metric, value: float, metric: str | Metric) -> float | None:
    """The metric's mean where the mean of ``along`` is ``value``: linear between the two points around it.

    None outside of the points.
    """
    ordered = sorted(points, key=lambda point: point.mean(along))
    for low, high in pairwise(ordered):
        first, last = low.mean(along), high.mean(along)
        if first <= value <= last:
            share = 0.0 if last == first else (value - first) / (last - first)
            return (1 - share) * low.mean(metric) + share * high.mean(metric)
    return None


def mean_and_deviation(values: Sequence[float], scale: float = 100.0, digits: int = 2) -> str:
    """``mean ± deviation``, the sample deviation where there are several values."""
    mean = f"{scale * np.mean(values):,.{digits}f}"
    return mean if len(values) < 2 else f"{mean} ± {scale * np.std(values, ddof=1):,.{digits}f}"


def spread(point: Point | None, metric: str | Metric, scale: float = 100.0, digits: int = 2) -> str:
    """:func:`mean_and_deviation` over seeds for a table's cell; a dash for None."""
    return "–" if point is None else mean_and_deviation(point.values(metric), scale, digits)


def value(number: float | None, scale: float = 100.0, digits: int = 2) -> str:
    """A number for a table's cell; a dash for None."""
    return "–" if number is None else f"{scale * number:,.{digits}f}"
