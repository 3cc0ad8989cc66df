"""Means, deviations and values between two trainings, against closed forms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_recipes import small_recipe
from training_stand_ins import record

from neurodeploy.errors import NeurodeployError
from neurodeploy.reproduction.item import Case, Plan, with_seeds
from neurodeploy.reproduction.results import Point, at, collect, spread, value


def point(connectivity: float, *accuracies: float) -> Point:
    return Point(0.0, tuple(record(0.0, connectivity=connectivity, accuracy=accuracy) for accuracy in accuracies))


def test_mean_and_sample_deviation() -> None:
    found = point(0.5, 0.80, 0.82, 0.84)
    assert found.mean("accuracy") == pytest.approx(0.82) and found.deviation("accuracy") == pytest.approx(0.02)
    assert found.mean(lambda r: 2 * r.accuracy) == pytest.approx(1.64)
    assert spread(found, "accuracy") == "82.00 ± 2.00" and spread(point(0.5, 0.8), "accuracy") == "80.00"
    assert spread(None, "accuracy") == "–" == value(None) and value(0.5, digits=1) == "50.0"


def test_between_two_trainings() -> None:
    points = [point(0.2, 0.8), point(0.05, 0.5), point(0.1, 0.7)]
    assert at(points, "connectivity", 0.15, "accuracy") == pytest.approx(0.75)
    assert at(points, "connectivity", 0.1, "accuracy") == pytest.approx(0.7)
    assert at(points, "connectivity", 0.04, "accuracy") is None is at(points, "connectivity", 0.21, "accuracy")
    assert at([point(0.1, 0.6)], "connectivity", 0.1, "accuracy") is None


@given(st.lists(st.floats(0.01, 0.99), min_size=2, max_size=8), st.floats(0, 1))
def test_a_straight_line_is_kept(places: list[float], wanted: float) -> None:
    found = at([point(place, 0.2 + 0.5 * place) for place in places], "connectivity", wanted, "accuracy")
    assert (found is not None) == (min(places) <= wanted <= max(places))
    assert found is None or found == pytest.approx(0.2 + 0.5 * wanted)


def test_cases_are_grouped_by_curve_and_point() -> None:
    plan = Plan(seeds=3)
    cases = with_seeds(plan, "a", 0.2, small_recipe()) + with_seeds(plan, "a", 0.1, small_recipe(), most=1)
    cases.append(Case("b", 0.0, small_recipe()))
    outcomes = [*(record(0.2, seed) for seed in range(3)), record(0.1), NeurodeployError("ND203", "gone")]
    results = collect(plan, cases, outcomes)
    assert [(p.x, len(p.records)) for p in results.curve("a")] == [(0.1, 1), (0.2, 3)]
    assert results.point("a", 0.2) is results.curve("a")[1] and results.point("b") is None and results.curve("b") == ()
    assert [case.series for case, _ in results.failed] == ["b"]
    assert [case.recipe.seed for case in cases] == [0, 1, 2, 0, 0]
