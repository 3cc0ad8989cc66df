"""Write structured connectivity out as sparse rows, for targets that store every synapse."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from neurodeploy.compiler.context import Context
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import Network, Pooling2d, Projection, Sparse, SparseRows, Weights
from neurodeploy.network.arrays import Array, FloatArray


@dataclass(frozen=True)
class ExpandConnectivity:
    """Projections of the ``kinds`` named (empty: all) become ``Sparse``: the same synapses, weights and delays.

    Codes and levels survive; a codebook per neuron or channel becomes the union of all, since sparse rows have one.
    """

    kinds: tuple[str, ...] = ()

    def __call__(self, network: Network, context: Context) -> Network:
        changed = []
        for projection in network.projections:
            kind = projection.connectivity.kind
            if kind == "sparse" or (self.kinds and kind not in self.kinds):
                continue
            changed.append(expanded(network, projection))
            stored = int(np.prod(projection.weights.shape))
            context.note(
                f"'{projection.name}': {kind} of {stored} stored weights became "
                f"{changed[-1].weights.shape[0]} listed synapses (exact)"
            )
        return network.with_projections(*changed)


def expanded(network: Network, projection: Projection) -> Projection:
    """One projection as sparse rows.

    Raises:
        NeurodeployError: ND208 for max pooling.
    """
    kind = projection.connectivity
    if isinstance(kind, Sparse) and projection.weights.mask is None:
        return projection
    if isinstance(kind, Pooling2d) and kind.function == "max":
        raise NeurodeployError(
            "ND208",
            f"Projection '{projection.name}' is a max pooling: a maximum is not a weighted sum of synapses.",
            "Train with average or sum pooling for this target.",
        )
    rows = network.expand(projection)
    delay = projection.delay if isinstance(projection.delay, int) else np.ravel(projection.delay)[rows.stored]
    return replace(
        projection, connectivity=Sparse(rows.indptr, rows.targets), weights=_listed(projection, rows), delay=delay
    )


def _listed(projection: Projection, rows: SparseRows) -> Weights:
    """The weights of the rows, as codes where they were codes."""
    weights, kind = projection.weights, projection.connectivity
    factor = kind.factor if isinstance(kind, Pooling2d) else 1.0
    if weights.codes is None or weights.levels is None:
        if weights.values is None or factor != 1:  # a third of a float32 needs a float64
            return Weights(values=rows.values)
        return Weights(values=rows.values.astype(weights.values.dtype))
    codes, levels = _one_codebook(weights)
    return Weights(codes=codes.ravel()[rows.stored], levels=levels * factor)


def _one_codebook(weights: Weights) -> tuple[Array, FloatArray]:
    """Codes in the stored shape and the one codebook they index."""
    assert weights.codes is not None and weights.levels is not None
    if weights.levels.ndim == 1:
        return weights.codes, weights.levels
    book, position = np.unique(weights.levels, return_inverse=True)
    shape = [1] * weights.codes.ndim
    shape[weights.level_axis] = -1
    owner = np.arange(len(weights.levels)).reshape(shape)
    codes = position.reshape(weights.levels.shape)[owner, weights.codes.astype(np.int64)]
    return codes.astype(np.min_scalar_type(len(book) - 1)), book
