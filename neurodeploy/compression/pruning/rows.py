"""All synapses of a source go together: whole rows of the weight matrix, so that its spikes need not be sent there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from neurodeploy.compression.pruning.magnitude import SPARSITY_HELP
from neurodeploy.compression.pruning.ranking import NORM_HELP, Norm, check_sparsity, kept_count, largest, norms
from neurodeploy.network import Convolution1d, Convolution2d, Projection, Sparse
from neurodeploy.network.arrays import Array, BoolArray, FloatArray


@dataclass(frozen=True)
class Rows:
    """Keep the ``round((1 - s) R)`` rows with the largest norm of each projection.

    A row is what leaves one source: of a dense or sparse projection the synapses of one neuron, of a convolution the
    kernels of one input channel (of its group).
    """

    name: ClassVar[str] = "rows"
    to_sparsity: float = field(default=0.5, metadata={"help": SPARSITY_HELP})
    norm: Norm = field(default="l1", metadata={"help": NORM_HELP})

    def __post_init__(self) -> None:
        check_sparsity(self.to_sparsity)

    def keep_projection(self, projection: Projection) -> BoolArray:
        """Which stored weights stay."""
        weights, present = projection.weights.decoded(), projection.weights.present()
        kind = projection.connectivity
        if isinstance(kind, Sparse):
            owner: Array = np.repeat(np.arange(len(kind.indptr) - 1), np.diff(kind.indptr))
            return self._largest(_sums(weights, owner, len(kind.indptr) - 1, self.norm))[owner] & present
        axis = 1 if isinstance(kind, Convolution1d | Convolution2d) else 0
        shape = [-1 if i == axis else 1 for i in range(weights.ndim)]
        return self._largest(norms(weights, axis, self.norm)).reshape(shape) & present

    def _largest(self, scores: FloatArray) -> BoolArray:
        return largest(scores, kept_count(self.to_sparsity, len(scores)))


def _sums(weights: FloatArray, owner: Array, owners: int, norm: Norm) -> FloatArray:
    """Norms of sparse rows (or columns): ``owner`` says to which each weight belongs."""
    sums: Array = np.bincount(owner, abs(weights) if norm == "l1" else weights**2, owners)
    return sums if norm == "l1" else np.sqrt(sums)
