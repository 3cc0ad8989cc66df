"""Split projections with weights of both signs: hardware whose synapses are unsigned keeps the sign in the receptor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from neurodeploy.compiler.context import Context
from neurodeploy.network import ConductanceLIF, Network, Projection, Sparse, Weights
from neurodeploy.network.arrays import BoolArray


@dataclass(frozen=True)
class SplitWeightsBySign:
    """Positive current weights go to the excitatory receptor, negative ones to the inhibitory.

    Exact where both receptors of a neuron have the same time constant; where they differ the change is noted.
    """

    def __call__(self, network: Network, context: Context) -> Network:
        projections: list[Projection] = []
        for projection in network.projections:
            target = network.population(projection.target).neuron
            weights = projection.weights.decoded()
            wrong = weights < 0 if projection.receptor == "excitatory" else weights > 0
            if isinstance(target, ConductanceLIF) or not wrong.any():
                projections.append(projection)
                continue
            rows = network.expand(projection)
            source = np.repeat(np.arange(len(rows.indptr) - 1), np.diff(rows.indptr))
            halves: tuple[tuple[Literal["excitatory", "inhibitory"], BoolArray], ...]
            halves = (("excitatory", rows.values >= 0), ("inhibitory", rows.values < 0))
            for receptor, chosen in halves:
                if chosen.any():
                    counts = np.bincount(source[chosen], minlength=len(rows.indptr) - 1)
                    sparse = Sparse(np.concatenate([[0], np.cumsum(counts)]), rows.targets[chosen])
                    part = replace(
                        projection,
                        name=f"{projection.name}_{receptor}",
                        connectivity=sparse,
                        weights=Weights(values=rows.values[chosen]),
                        receptor=receptor,
                    )
                    projections.append(part)
            context.note(f"'{projection.name}': {int(wrong.sum())} weights moved to the receptor of their sign")
        return replace(network, projections=tuple(projections))
