"""Rules of a training from the command line: names and options of pruning and quantization."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import rich_click as click

from neurodeploy.compression import QUANTIZERS
from neurodeploy.options import option_fields
from neurodeploy.training.pruning import TRAINING_PRUNING
from neurodeploy.training.quantization import QuantizationMoments
from neurodeploy.training.recipe import Recipe
from neurodeploy.training.rule_tables import as_table, pruning_rule, quantization_rule


def with_rules(recipe: Recipe, pruning: str | None, quantization: str | None, options: Mapping[str, Any]) -> Recipe:
    """The recipe with rules named, or with options of its own rules changed; each option goes to every rule that has it.

    Raises:
        click.UsageError: for an option that none of the rules has.
    """
    given = {name: value for name, value in options.items() if value is not None}
    prune = _table(as_table(recipe.pruning), pruning, given, TRAINING_PRUNING)
    share = _table(as_table(recipe.quantization), quantization, given, QUANTIZERS, QuantizationMoments)
    for name in given:
        if name not in {*(prune or ()), *(share or ())}:
            raise click.UsageError(
                f"--{name.replace('_', '-')} is not an option of {_named(prune, share)}: name its rule with --pruning or "
                "--quantization."
            )
    return replace(
        recipe,
        pruning=pruning_rule(recipe.name, prune) if prune else None,
        quantization=quantization_rule(recipe.name, share) if share else None,
    )


def for_backpropagation(
    recipe: Recipe,
    neurons: int | None,
    encoder: str | None,
    inhibitory_threshold: float | None,
    refused: Mapping[str, Any],
) -> Recipe:
    """The recipe of back-propagation with another hidden layer, input or threshold of inhibitory synapses.

    Raises:
        click.UsageError: for an option in ``refused`` that is given, and an inhibitory threshold without a rule that has one.
    """
    for name, value in refused.items():
        if value is not None:
            raise click.UsageError(f"--{name} is of STDP; the recipe '{recipe.name}' is of back-propagation.")
    if neurons is not None:
        recipe = replace(recipe, backpropagation={**(recipe.backpropagation or {}), "hidden": [neurons]})
    if encoder is not None:
        recipe = replace(recipe, conversion={**recipe.conversion, "input": encoder})
    if inhibitory_threshold is None:
        return recipe
    table = as_table(recipe.pruning)
    if table is None or "threshold" not in table:
        raise click.UsageError("--inhibitory-threshold needs a pruning rule with a threshold: name one with --pruning.")
    rule = pruning_rule(recipe.name, {**table, "threshold": inhibitory_threshold}, "inhibitory_pruning")
    return replace(recipe, inhibitory_pruning=rule)


def _table(
    own: dict[str, Any] | None, rule: str | None, given: Mapping[str, Any], classes: Mapping[str, type[Any]],
    *more: type[Any],
) -> dict[str, Any] | None:  # fmt: skip
    """The rule's table: a named rule starts from its defaults, the recipe's own from the recipe's options."""
    if rule is not None and (own is None or own["rule"] != rule):
        own = {"rule": rule}
    if own is None:
        return None
    if "growth" in given and own.get("growth") != given["growth"]:  # the recipe's factors are of its own growth
        own = {name: value for name, value in own.items() if not name.endswith("_factor")}
    known = {option.name: option for cls in (classes[own["rule"]], *more) for option in option_fields(cls)}
    chosen = {name: known[name].type(value) for name, value in given.items() if name in known}
    return {**{name: option.default for name, option in known.items()}, **own, **chosen}


def _named(prune: Mapping[str, Any] | None, share: Mapping[str, Any] | None) -> str:
    rules = [f"'{table['rule']}'" for table in (prune, share) if table]
    return " or ".join(rules) or "a training without rules"
