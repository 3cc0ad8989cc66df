"""Scaling weights by target neuron, shared by passes that change what a weight means."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.network import LateralInhibition, Projection, Sparse, Weights
from neurodeploy.network.arrays import FloatArray


def scaled_by_target(projection: Projection, factor: FloatArray) -> Projection:
    """Weights times a factor per target neuron, shape (1,) or (targets,); codes survive where it is one for all.

    Raises:
        NeurodeployError: ND404 for lateral inhibition, whose one weight cannot differ between neurons.
    """
    if np.ptp(factor) <= 1e-12 * abs(factor[0]):
        return replace(projection, weights=projection.weights.scaled(float(factor[0])))
    kind, weights = projection.connectivity, projection.weights
    if isinstance(kind, LateralInhibition):
        raise NeurodeployError(
            "ND404",
            f"Projection '{projection.name}': its one shared weight cannot be scaled for neurons that "
            "differ in cm or tau_syn.",
            "Use one value for all neurons, or a dense projection.",
        )
    by_target = factor[kind.indices] if isinstance(kind, Sparse) else factor
    return replace(projection, weights=Weights(values=weights.decoded() * by_target, mask=weights.mask))
