"""Whole neurons go: the hidden neurons whose incoming weights are smallest, with everything they are joined to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from neurodeploy.compression.pruning.magnitude import SPARSITY_HELP
from neurodeploy.compression.pruning.ranking import NORM_HELP, Norm, check_sparsity, kept_count, largest, norms
from neurodeploy.compression.pruning.survivors import Survivors
from neurodeploy.network import Convolution1d, Convolution2d, Dense, Network, Projection, Sparse
from neurodeploy.network.arrays import Array, FloatArray

REMOVE_HELP = "Take neurons out of the network instead of masking their synapses."


@dataclass(frozen=True)
class Neurons:
    """Keep the ``round((1 - s) n)`` neurons with the largest norm of incoming weights in each population.

    Populations reached by the chosen dense and sparse projections; the read-out's own neurons only where one of their
    projections is named. ``remove``: take the neurons out of the network (populations, projections and read-out
    shrink); otherwise shapes stay: their synapses are masked and their constant input is set to 0, so they are silent.
    """

    name: ClassVar[str] = "neurons"
    to_sparsity: float = field(default=0.5, metadata={"help": "Share of the neurons (or filters) that shall go."})
    norm: Norm = field(default="l1", metadata={"help": NORM_HELP})
    remove: bool = field(default=False, metadata={"help": REMOVE_HELP})

    def __post_init__(self) -> None:
        check_sparsity(self.to_sparsity)

    def survivors(self, network: Network, projections: Sequence[Projection]) -> Survivors:
        """Which neurons of each population stay, bool ``(size,)`` by name."""
        scores: dict[str, FloatArray] = {}
        for p in projections:
            if isinstance(p.connectivity, Dense | Sparse):
                scores[p.target] = scores.get(p.target, np.zeros(())) + _incoming(network, p, self.norm)
        return {name: largest(score, kept_count(self.to_sparsity, len(score))) for name, score in scores.items()}


@dataclass(frozen=True)
class Filters:
    """Keep the ``round((1 - s) C)`` output channels with the largest kernel norm of each convolution (Li et al. 2017,
    "Pruning Filters for Efficient ConvNets", section 3.1: the L1 norm).

    A channel goes as :class:`Neurons` go: with its neurons in every position, what they are joined to, and the same
    channel of a pooling or depthwise layer behind.
    """

    name: ClassVar[str] = "filters"
    to_sparsity: float = field(default=0.5, metadata={"help": SPARSITY_HELP})
    norm: Norm = field(default="l1", metadata={"help": NORM_HELP})
    remove: bool = field(default=False, metadata={"help": REMOVE_HELP})

    def __post_init__(self) -> None:
        check_sparsity(self.to_sparsity)

    def survivors(self, network: Network, projections: Sequence[Projection]) -> Survivors:
        """Which neurons of each population stay, bool ``(size,)`` by name: whole channels."""
        scores: dict[str, FloatArray] = {}
        for p in projections:
            if isinstance(p.connectivity, Convolution1d | Convolution2d):
                scores[p.target] = scores.get(p.target, np.zeros(())) + norms(p.weights.decoded(), 0, self.norm)
        result = {}
        for name, score in scores.items():
            kept = largest(score, kept_count(self.to_sparsity, len(score)))
            result[name] = np.repeat(kept, network.population(name).size // len(kept))
        return result


def _incoming(network: Network, projection: Projection, norm: Norm) -> FloatArray:
    """Norm of each target neuron's weights, float64 ``(targets,)``."""
    weights, kind = projection.weights.decoded(), projection.connectivity
    if not isinstance(kind, Sparse):
        return norms(weights, 1, norm)
    size = network.population(projection.target).size
    sums: Array = np.bincount(kind.indices, abs(weights) if norm == "l1" else weights**2, size)
    return sums if norm == "l1" else np.sqrt(sums)
