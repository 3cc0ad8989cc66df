"""Pruning rules: each file has one frozen dataclass with ``name``, its options as fields, and a way to say what stays.

Adding a rule: write its file beside its siblings and name its class in :data:`PRUNING_RULES`; the CLI's options and the
documentation follow from its fields.
"""

from __future__ import annotations

from typing import Any

from neurodeploy.compression.pruning.global_magnitude import GlobalMagnitude
from neurodeploy.compression.pruning.magnitude import Magnitude
from neurodeploy.compression.pruning.neurons import Filters, Neurons
from neurodeploy.compression.pruning.prune import NeuronRule, PruningRule, prune
from neurodeploy.compression.pruning.random_sparsity import RandomSparsity
from neurodeploy.compression.pruning.rows import Rows
from neurodeploy.compression.pruning.threshold import Threshold
from neurodeploy.compression.pruning.tiles import Tiles

PRUNING_RULES: dict[str, type[Any]] = {
    rule.name: rule for rule in (Threshold, RandomSparsity, Magnitude, GlobalMagnitude, Rows, Tiles, Neurons, Filters)
}

__all__ = ["PRUNING_RULES", "NeuronRule", "PruningRule", "prune"]
