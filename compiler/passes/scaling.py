"""Scaling weights by target neuron, shared by passes that change what a weight means."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from neurodeploy.compiler.passes.expand_connectivity import expanded
from neurodeploy.network import Dense, Network, OneToOne, Projection, Sparse, Weights
from neurodeploy.network.arrays import FloatArray


def scaled_by_target(network: Network, projection: Projection, factor: FloatArray) -> Projection:
    """Weights times a factor per target neuron, shape (1,) or (targets,); codes survive where it is one for all.

    A structure that shares weights between neurons of different factors is written out as sparse rows.

    Raises:
        NeurodeployError: ND208 for a max pooling onto such neurons.
    """
    if np.ptp(factor) <= 1e-12 * abs(factor[0]):
        return replace(projection, weights=projection.weights.scaled(float(factor[0])))
    if not isinstance(projection.connectivity, Dense | OneToOne | Sparse):
        projection = expanded(network, projection)
    kind, weights = projection.connectivity, projection.weights
    by_target = factor[kind.indices] if isinstance(kind, Sparse) else factor
    return replace(projection, weights=Weights(values=weights.decoded() * by_target, mask=weights.mask))
