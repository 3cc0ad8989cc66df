"""What a trained network's metadata say about its training: counters, operations, and the pruning unit's overhead."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurodeploy.costs.guo2020 import PruningUnit
from neurodeploy.costs.synaptic_operations import training_operations
from neurodeploy.training.pruning.adaptive_neurons import LARGEST_GROUPS, AdaptiveNeurons
from neurodeploy.training.recipe import Recipe
from neurodeploy.training.two_layer.scheduled_rule import PRUNING
from neurodeploy.training.two_layer.synapse_states import PLASTIC
from neurodeploy.training.two_layer.trainer_state import TrainerState


def training_record(recipe: Recipe, state: TrainerState) -> dict[str, Any]:
    """Counters by name, ``operations``, synapses neither removed nor frozen, and for guo2020's grouping rules ``pruning_unit`` at the run's own sizes."""
    operations = training_operations(state.metrics, state.images_seen)
    record: dict[str, Any] = {
        **state.metrics, "connectivity": state.connectivity, "operations": operations.as_dict(),
        "unpruned_synapses": int(np.count_nonzero(state.synapses == PLASTIC)),
    }  # fmt: skip
    if isinstance(recipe.pruning, AdaptiveNeurons):
        groups = max(1, int(state.rule_values[PRUNING, LARGEST_GROUPS]))
        unit = PruningUnit(state.neurons, state.weights.shape[0], groups)
        steps = len(recipe.pruning.schedule(state.images_seen)) - 1  # the first only starts the count
        record["pruning_unit"] = unit.as_dict(steps, state.images_seen, operations.sops_per_image)
    return record
