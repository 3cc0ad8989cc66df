"""Figure 12's earlier settings are those of the recipes, and keep their share of a shorter training."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from neurodeploy.reproduction.guo2020.costs import cases
from neurodeploy.reproduction.item import Plan
from neurodeploy.training.recipe import load_recipe
from neurodeploy.training.two_layer.parameters import TrainingParameters


@pytest.mark.parametrize("neurons", [100, 800])
def test_the_recipe_is_a_case_of_the_figure(neurons: int) -> None:
    recipe = load_recipe(f"guo2020-aptn-{neurons}")
    pruning: Any = recipe.pruning
    assert pruning is not None
    found = [case.recipe for case in cases(Plan()) if case.series == f"mnist-{neurons}/earlier"]
    same = [one for one in found if one.pruning == replace(pruning, batch_images=0)]
    assert len(same) == 1 and len(found) == 3
    assert pruning.schedule(60_000) == same[0].pruning.schedule(60_000)
    ours, theirs = TrainingParameters(**recipe.network), TrainingParameters(**same[0].network)
    assert ours.effective_theta_plus == pytest.approx(theirs.effective_theta_plus)


def test_with_a_tenth_of_the_images_pruning_starts_at_a_tenth() -> None:
    starts = {
        case.series: case.recipe.pruning.start_image for case in cases(Plan(images=6_000)) if "earlier" in case.series
    }
    assert starts == {"mnist-100/earlier": 2_000, "mnist-800/earlier": 1_000}
