"""Items whose functions take options of their own."""

from __future__ import annotations

from typing import Any

from neurodeploy.reproduction.item import Case, Plan, Report, item_with
from neurodeploy.training.recipe import load_recipe


def cases(plan: Plan, data: str) -> list[Case]:
    return [Case(data, plan.seeds, load_recipe("digits-100"))]


def report(results: Any, data: str) -> Report:
    return Report([data], [[results]])


def test_every_function_gets_the_options() -> None:
    drawn = list[tuple[Any, ...]]()
    item = item_with(
        "p", "i", "shows", cases, report, lambda *told, data: drawn.append((*told, data)), (9.0, 4.0), data="mnist"
    )
    assert item.cases(Plan(3))[0].series == "mnist" and item.report("x").columns == ["mnist"]
    assert item.draw is not None and item.size == (9.0, 4.0)
    item.draw("results", "figure")
    assert drawn == [("results", "figure", "mnist")]
    assert item_with("p", "i", "shows", cases, report, data="mnist").draw is None
