"""Training-time pruning: each file has one frozen dataclass with ``name``, its options as fields, ``schedule`` and
``apply`` (:class:`TrainingPruningRule`), for any trainer that shows its layers as :class:`PlasticLayer`.

Adding a rule: write its file beside its siblings and name its class in :data:`TRAINING_PRUNING`; recipes and the CLI's
options follow from its fields.
"""

from __future__ import annotations

from typing import Any

from neurodeploy.training.pruning.adaptive_neurons import AdaptiveNeurons
from neurodeploy.training.pruning.adaptive_time import AdaptiveTime
from neurodeploy.training.pruning.adaptive_time_neurons import AdaptiveTimeNeurons
from neurodeploy.training.pruning.constant import ConstantPruning
from neurodeploy.training.pruning.interface import TrainingPruningRule
from neurodeploy.training.pruning.neurons import NeuronPruning
from neurodeploy.training.pruning.post_training import PostTrainingPruning
from neurodeploy.training.pruning.progressive import ProgressivePruning
from neurodeploy.training.pruning.random_connectivity import RandomConnectivity
from neurodeploy.training.pruning.soft import SoftPruning
from neurodeploy.training.pruning.tile_segments import TileSegments
from neurodeploy.training.pruning.to_minimum import ToMinimum
from neurodeploy.training.pruning.to_zero import ToZero

TRAINING_PRUNING: dict[str, type[Any]] = {
    rule.name: rule
    for rule in (
        ConstantPruning, PostTrainingPruning, RandomConnectivity, SoftPruning, AdaptiveTime, AdaptiveNeurons,
        AdaptiveTimeNeurons, NeuronPruning, ToZero, ToMinimum, ProgressivePruning, TileSegments,
    )
}  # fmt: skip

__all__ = ["TRAINING_PRUNING", "TrainingPruningRule"]
