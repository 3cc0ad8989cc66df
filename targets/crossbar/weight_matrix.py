"""A projection as the matrix of one array, and the cells that its weights take."""

from __future__ import annotations

from dataclasses import replace
from math import prod

import numpy as np

from neurodeploy.network import Dense, Network, Projection, Sparse, Weights
from neurodeploy.network.arrays import Array, BoolArray
from neurodeploy.targets.crossbar.conductance_mapping import Scheme


def as_matrix(network: Network, projection: Projection) -> Weights:
    """Weights of a dense or sparse projection as ``(rows, outputs)``, with codes where they were codes."""
    weights, kind = projection.weights, projection.connectivity
    if isinstance(kind, Dense):
        return weights
    assert isinstance(kind, Sparse)
    source, target = network.shapes(projection)
    rows = np.repeat(np.arange(prod(source)), np.diff(kind.indptr))
    shape = (prod(source), prod(target))

    def spread(stored: Array | None) -> Array | None:
        if stored is None:
            return None
        result = np.zeros(shape, stored.dtype)
        result[rows, kind.indices] = stored
        return result

    mask = spread(weights.present())
    assert mask is not None
    return replace(weights, values=spread(weights.values), codes=spread(weights.codes), mask=mask)


def synapses_of(matrix: Weights) -> BoolArray:
    """Which places need a cell for a synapse: present, and not of weight 0, ``(rows, outputs)``."""
    nonzero: BoolArray = matrix.decoded() != 0
    return matrix.present() & nonzero


def scheme_of(matrix: Weights, chosen: Scheme | None) -> Scheme:
    """``chosen``, or a pair for weights of both signs and one cell beside a reference column for others."""
    if chosen is not None:
        return chosen
    return "pair" if (matrix.decoded() < 0).any() else "reference"
