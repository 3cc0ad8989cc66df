"""A figure or table of a paper: the trainings it needs, and what is made of their results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from neurodeploy.training.recipe import Recipe


@dataclass(frozen=True)
class Plan:
    """How much of an item to do: ``seeds`` trainings of each point; the first ``images`` of the training set (None: all).

    With fewer images, a sixth as many test images, at least 50; pruning's moments keep their shares of the training.
    """

    seeds: int = 1
    images: int | None = None

    @property
    def test_images(self) -> int | None:
        """None: all."""
        return None if self.images is None else max(50, self.images // 6)

    def scaled(self, recipe: Recipe) -> Recipe:
        """The recipe on this plan's images."""
        return recipe if self.images is None else replace(recipe, train_images=self.images)


@dataclass(frozen=True)
class Case:
    """A training of a point ``x`` (a threshold, a size, …) on the curve ``series``."""

    series: str
    x: float
    recipe: Recipe


@dataclass(frozen=True)
class Report:
    """A table in Markdown: cells by row, and what was done and how it compares in ``notes``."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Item:
    """``shows``: one line for the list; ``cases``: what to train; ``report`` and ``draw``: what to make of ``Results``.

    ``draw(results, figure)`` fills a matplotlib figure of ``size`` inches; None: the item is a table only.
    """

    paper: str
    name: str
    shows: str
    cases: Callable[[Plan], list[Case]]
    report: Callable[[Any], Report]
    draw: Callable[[Any, Any], None] | None = None
    size: tuple[float, float] = (5.0, 4.0)


def item_with(
    paper: str, name: str, shows: str, cases: Callable[..., list[Case]], report: Callable[..., Report],
    draw: Callable[..., None] | None = None, size: tuple[float, float] = (5.0, 4.0), **options: Any,
) -> Item:  # fmt: skip
    """An item whose functions all take ``options``."""
    return Item(
        paper,
        name,
        shows,
        partial(cases, **options),
        partial(report, **options),
        draw and partial(draw, **options),
        size,
    )


def with_seeds(plan: Plan, series: str, x: float, recipe: Recipe, most: int | None = None) -> list[Case]:
    """The cases of a point: one for every seed of the plan, at most ``most``."""
    seeds = plan.seeds if most is None else min(most, plan.seeds)
    return [Case(series, x, replace(plan.scaled(recipe), seed=seed)) for seed in range(seeds)]
