"""Estimated minutes: sums over an item's trainings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from neurodeploy.reproduction import Item, Plan, Report
from neurodeploy.reproduction.estimate import BACKPROPAGATION_SECONDS, SECONDS, estimated_minutes
from neurodeploy.reproduction.item import with_seeds
from neurodeploy.training.recipe import load_recipe


@pytest.mark.parametrize("neurons", SECONDS)
def test_measured_sizes_and_shares(neurons: int) -> None:
    recipe = load_recipe("mnist-100").with_network(neurons=neurons)
    item = Item("guo2020", "x", "", lambda plan: with_seeds(plan, "a", 0.0, recipe), lambda results: Report([], []))
    whole = estimated_minutes(item, Plan(seeds=2), workers=1)
    assert whole == pytest.approx(2 * SECONDS[neurons] / 60)
    assert estimated_minutes(item, Plan(seeds=2, images=6_000), workers=1) == pytest.approx(whole / 10)


def test_passes_of_back_propagation() -> None:
    recipe = replace(load_recipe("oh2019-backpropagation"), epochs=5)
    item = Item("oh2019", "x", "", lambda plan: with_seeds(plan, "a", 0.0, recipe), lambda results: Report([], []))
    assert estimated_minutes(item, Plan(seeds=4), workers=2) == pytest.approx(BACKPROPAGATION_SECONDS / 60)
