"""Pruning rules: each file has one frozen dataclass with ``name``, its options as fields, and ``keep``.

Adding a rule: write its file beside its siblings and name its class in :data:`PRUNING_RULES`; the CLI's options and the
documentation follow from its fields.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any, ClassVar, Protocol

import numpy as np

from neurodeploy.compression.pruning.random_sparsity import RandomSparsity
from neurodeploy.compression.pruning.threshold import Threshold
from neurodeploy.compression.selection import selected_projections
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import Network, Projection, Sparse, Weights, validate
from neurodeploy.network.arrays import BoolArray, FloatArray


class PruningRule(Protocol):
    """Decides which synapses stay."""

    name: ClassVar[str]

    def keep(self, weights: FloatArray, present: BoolArray) -> BoolArray:
        """Which stored weights stay, bool in their shape; only present ones count."""
        ...


PRUNING_RULES: dict[str, type[Any]] = {rule.name: rule for rule in (Threshold, RandomSparsity)}


def prune(
    network: Network, rule: PruningRule, projections: Sequence[str] | None = None, *, rescale: bool = False
) -> Network:
    """Remove the synapses that ``rule`` does not keep: their mask becomes False, for good.

    ``rescale``: multiply the surviving weights of each target neuron so that their sum is what it was, as the
    normalisation of Diehl & Cook's training does; without it neurons that lost more synapses are driven less.

    Raises:
        NeurodeployError: ND202 for an unknown projection, ND203 when nothing would be left of one.
    """
    changed = []
    record = []
    for projection in selected_projections(network, projections):
        before, present = projection.weights.decoded(), projection.weights.present()
        kept = rule.keep(before, present) & present
        if not kept.any():
            raise NeurodeployError(
                "ND203",
                f"Pruning would remove every synapse of '{projection.name}': the largest "
                f"weight is {abs(before).max():.4g}.",
                "Use a weaker setting.",
            )
        weights = replace(projection.weights, mask=kept)  # codes and levels survive
        if rescale:
            weights = Weights(values=_rescaled(network, projection, before, before * kept), mask=kept)
        changed.append(replace(projection, weights=weights))
        record.append({"projection": projection.name, "before": int(present.sum()), "after": int(kept.sum())})
    entry = {"step": "prune", "rule": rule.name, "options": {**_options(rule), "rescale": rescale}, "synapses": record}
    pruned = network.with_projections(*changed)
    pruned = pruned.with_metadata(history=[*network.metadata.get("history", []), entry])
    return validate(pruned.as_stage("pruned", network))


def _rescaled(network: Network, projection: Projection, before: FloatArray, after: FloatArray) -> FloatArray:
    """Weights ``after`` pruning, scaled so that each target neuron's sum is what it was ``before``."""
    if before.ndim == 2:
        sums = after.sum(axis=0)
        dense: FloatArray = after * (before.sum(axis=0) / np.where(sums == 0, 1, sums))
        return dense
    kind = projection.connectivity
    targets = kind.indices if isinstance(kind, Sparse) else np.arange(len(before))
    size = network.population(projection.target).size
    was, now = np.bincount(targets, before, size), np.bincount(targets, after, size)
    scaled: FloatArray = after * (was / np.where(now == 0, 1, now))[targets]
    return scaled


def _options(rule: Any) -> dict[str, Any]:
    return asdict(rule)
