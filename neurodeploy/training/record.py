"""What a trained network's metadata say about its training: counters, operations, and the pruning unit's overhead."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurodeploy.costs.guo2020 import PruningUnit
from neurodeploy.costs.synaptic_operations import training_operations
from neurodeploy.network import Weights
from neurodeploy.training.pruning.adaptive_neurons import LARGEST_GROUPS, AdaptiveNeurons
from neurodeploy.training.pruning.to_minimum import AT_MINIMUM, ToMinimum
from neurodeploy.training.recipe import Recipe
from neurodeploy.training.two_layer.scheduled_rule import PRUNING
from neurodeploy.training.two_layer.synapse_states import FROZEN, PLASTIC, REMOVED
from neurodeploy.training.two_layer.trainer_state import TrainerState


def training_record(recipe: Recipe, state: TrainerState, weights: Weights) -> dict[str, Any]:
    """What a training did.

    Counters by name, ``operations``, synapses neither removed nor frozen, what rules did (``pruned``, ``quantized``), and
    for guo2020's grouping rules ``pruning_unit`` at the run's own sizes.
    """
    operations = training_operations(state.metrics, state.images_seen)
    record: dict[str, Any] = {
        **state.metrics, "connectivity": state.connectivity, "operations": operations.as_dict(),
        "unpruned_synapses": int(np.count_nonzero(state.synapses == PLASTIC)),
    }  # fmt: skip
    if recipe.pruning is not None:
        record["pruned"] = _pruned(recipe, state)
    if recipe.quantization is not None:
        record["quantized"] = _quantized(weights)
    if isinstance(recipe.pruning, AdaptiveNeurons):
        groups = max(1, int(state.rule_values[PRUNING, LARGEST_GROUPS]))
        unit = PruningUnit(state.neurons, state.weights.shape[0], groups)
        steps = len(recipe.pruning.schedule(state.images_seen)) - 1  # the first only starts the count
        record["pruning_unit"] = unit.as_dict(steps, state.images_seen, operations.sops_per_image)
    return record


def _pruned(recipe: Recipe, state: TrainerState) -> dict[str, int]:
    """Synapses and neurons that pruning removed, froze or set to its minimum (in its last step)."""
    present = state.synapses != REMOVED
    result = {
        "synapses": present.size, "removed": int(np.count_nonzero(~present)), "frozen": int(np.count_nonzero(state.synapses == FROZEN)),
        "neurons": state.neurons, "removed_neurons": int(np.count_nonzero(~present.any(axis=1))),
    }  # fmt: skip
    if isinstance(recipe.pruning, ToMinimum):
        result["at_minimum"] = int(state.rule_values[PRUNING, AT_MINIMUM])
    return result


def _quantized(weights: Weights) -> dict[str, Any]:
    """Levels of a codebook (0 among them) and the range of weights above 0, µS; 0 levels where all kept plain values."""
    if weights.levels is None:
        return {"levels": 0}
    values = weights.decoded()
    above = values[values > 0]
    return {
        "levels": int(weights.levels.shape[-1]), "codebooks": len(np.atleast_2d(weights.levels)),
        "smallest": float(above.min()), "largest": float(above.max()),
    }  # fmt: skip
