"""Merge synapses that join the same two neurons: a row and an output cross in one cell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod

import numpy as np

from neurodeploy.compiler.context import Context
from neurodeploy.network import Network, Projection, Sparse, Weights


@dataclass(frozen=True)
class MergeParallel:
    """Parallel synapses of sparse projections become one of their summed weight; where there were codes, a float.

    Their delays are the same (``refusals.one_delay``).
    """

    def __call__(self, network: Network, context: Context) -> Network:
        changed = [merged for p in network.projections if (merged := self._merged(network, p, context)) is not None]
        return network.with_projections(*changed)

    def _merged(self, network: Network, projection: Projection, context: Context) -> Projection | None:
        """None where there is nothing to merge."""
        kind, weights = projection.connectivity, projection.weights
        if not isinstance(kind, Sparse):
            return None
        sources, targets = (prod(shape) for shape in network.shapes(projection))
        keys = np.repeat(np.arange(sources), np.diff(kind.indptr)) * targets + kind.indices
        present = weights.present()
        found, place = np.unique(keys[present], return_inverse=True)
        if len(found) == int(present.sum()):
            return None
        summed = np.bincount(place, weights.decoded()[present], minlength=len(found))
        indptr = np.searchsorted(found, np.arange(sources + 1) * targets)
        context.note(
            f"'{projection.name}': {int(present.sum()) - len(found)} parallel synapses merged into others (exact)"
        )
        return replace(
            projection, connectivity=Sparse(indptr, found % targets), weights=Weights(values=summed),
            delay=projection.shortest_delay,
        )  # fmt: skip
