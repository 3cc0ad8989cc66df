"""Whole segments of a crossbar go: a row's synapses on all the outputs that share its tiles, so that tiles become empty."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from neurodeploy.compression.pruning.column_groups import Segments, grouped_segments
from neurodeploy.compression.pruning.magnitude import SPARSITY_HELP
from neurodeploy.compression.pruning.ranking import NORM_HELP, Norm, check_sparsity, kept_count
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import Convolution1d, Convolution2d, Dense, Projection, Sparse
from neurodeploy.network.arrays import BoolArray, FloatArray


@dataclass(frozen=True)
class Tiles:
    """Keep at most ``round((1 - s) N)`` synapses of each projection, in whole segments: a row, on a group of outputs.

    Outputs are put into as few groups as tiles of ``tile_columns`` allow, those with similar weights together; each group
    keeps the rows with the largest norm, in whole tiles of ``tile_rows``: first every group as much as the others, then
    tile by tile where they hold most. With ``tile_rows`` 1 segments are chosen one by one, wherever they hold most. Of a
    convolution the rows are the inputs of a kernel and the columns its output channels, each group of channels an array.
    """

    name: ClassVar[str] = "tiles"
    to_sparsity: float = field(default=0.5, metadata={"help": SPARSITY_HELP})
    norm: Norm = field(default="l1", metadata={"help": NORM_HELP})
    tile_rows: int = field(default=128, metadata={"help": "Rows of a tile; 1: any number of rows stays."})
    tile_columns: int = field(default=128, metadata={"help": "Columns of a tile."})
    columns_per_output: int = field(
        default=0, metadata={"help": "Columns of one neuron [0: 2 where weights are negative, else 1]."}
    )

    def __post_init__(self) -> None:
        check_sparsity(self.to_sparsity)
        if self.tile_rows < 1 or self.columns_per_output < 0 or self.tile_columns < max(1, self.columns_per_output):
            raise NeurodeployError(
                "ND204",
                f"Tiles of {self.tile_rows} x {self.tile_columns} cannot hold {self.columns_per_output} columns per output.",
                "Use sizes of 1 or more, and tiles with the columns of one output at least.",
            )

    def keep_projection(self, projection: Projection) -> BoolArray:
        """Which stored weights stay.

        Raises:
            NeurodeployError: ND204 when the projection is no matrix, or a tile cannot hold the pair of one output.
        """
        weights, present = projection.weights.decoded(), projection.weights.present()
        kind = projection.connectivity
        if isinstance(kind, Dense):
            return self._keep(weights, present)
        if isinstance(kind, Convolution1d | Convolution2d):
            parts = zip(np.split(weights, kind.groups), np.split(present, kind.groups), strict=True)
            return np.concatenate([self._keep_kernels(*part) for part in parts])
        if not isinstance(kind, Sparse):
            raise NeurodeployError(
                "ND204",
                f"The {kind.kind} projection '{projection.name}' is no matrix whose segments could be pruned.",
                "Name dense, sparse or convolutional projections with --projection.",
            )
        row = np.repeat(np.arange(len(kind.indptr) - 1), np.diff(kind.indptr))
        shape = (len(kind.indptr) - 1, int(kind.indices.max(initial=-1)) + 1)
        matrix, there = np.zeros(shape), np.zeros(shape, bool)
        matrix[row, kind.indices], there[row, kind.indices] = weights, present
        return self._keep(matrix, there, total=len(weights))[row, kind.indices]

    def _keep_kernels(self, weights: FloatArray, present: BoolArray) -> BoolArray:
        flat = self._keep(weights.reshape(len(weights), -1).T, present.reshape(len(present), -1).T)
        return flat.T.reshape(weights.shape)

    def _keep(self, weights: FloatArray, present: BoolArray, total: int | None = None) -> BoolArray:
        """Of a matrix ``(rows, columns)``."""
        budget = kept_count(self.to_sparsity, weights.size if total is None else total)
        if present.sum() <= budget:
            return present
        columns = self.columns_per_output or (2 if (weights[present] < 0).any() else 1)
        if columns > self.tile_columns:
            raise NeurodeployError(
                "ND204", f"Tiles of {self.tile_columns} column cannot hold a pair.", "Use tiles of 2 columns or more."
            )
        importance = np.where(present, abs(weights) if self.norm == "l1" else weights**2, 0.0)
        owner, rows = grouped_segments(
            importance, present, self.tile_columns // columns, Segments(budget, self.tile_rows)
        )
        return rows[owner].T & present
