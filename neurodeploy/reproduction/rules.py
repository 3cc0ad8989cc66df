"""Recipes with training-time rules by name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from neurodeploy.training.recipe import Recipe
from neurodeploy.training.rule_tables import pruning_rule, quantization_rule


def pruned(recipe: Recipe, rule: str, **options: Any) -> Recipe:
    """The recipe with a pruning rule (:data:`neurodeploy.training.pruning.TRAINING_PRUNING`)."""
    return replace(recipe, pruning=pruning_rule(recipe.name, {"rule": rule, **options}))


def shared(recipe: Recipe, levels: int, **options: Any) -> Recipe:
    """The recipe with weight sharing over so many levels, zero included; 0: continuous weights."""
    if levels == 0:
        return recipe
    table = {"rule": "weight_sharing", "levels": levels, **options}
    return replace(recipe, quantization=quantization_rule(recipe.name, table))
