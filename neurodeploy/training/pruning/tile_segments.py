"""Pruning by whole segments of a crossbar's tiles, once while training: what stays is trained on.

rathi2019 takes a crossbar's area to shrink as its synapses do, "if the crossbars are arranged efficiently"; synapses that go one by one
leave every tile in use, segments (a row, on the outputs that share its tiles) leave tiles empty.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from neurodeploy.compression.pruning.column_groups import Segments, grouped_segments
from neurodeploy.errors import NeurodeployError
from neurodeploy.training.plastic_layer import PlasticLayer
from neurodeploy.training.schedule import PARTS, check_count, default_batch


@dataclass(frozen=True)
class TileSegments:
    """After ``start_image`` images the heaviest segments stay, ``to_connectivity`` of all synapses at most; the rest is removed.

    Outputs are put into groups of ``tile_columns`` whose rows are alike, as the pruning rule ``tiles`` does after training
    (:mod:`neurodeploy.compression.pruning.tiles`); ``tile_rows`` rows of a group go or stay together.
    """

    name: ClassVar[str] = "tiles"
    to_connectivity: float = field(default=0.2, metadata={"help": "Share of the synapses that stay."})
    start_image: int = field(default=0, metadata={"help": "Images before it; 0: half of the training."})
    tile_rows: int = field(default=128, metadata={"help": "Rows of a tile; 1: any number of rows stays."})
    tile_columns: int = field(default=127, metadata={"help": "Columns of a tile for outputs (one is a reference)."})

    def __post_init__(self) -> None:
        check_count("start_image", self.start_image)
        check_count("tile_rows", self.tile_rows, 1)
        check_count("tile_columns", self.tile_columns, 1)
        if not 0 < self.to_connectivity <= 1:
            raise NeurodeployError(
                "ND306", f"to_connectivity is {self.to_connectivity}.", "Use more than 0, at most 1."
            )

    def schedule(self, total_images: int) -> tuple[int, ...]:
        """One moment."""
        half = default_batch(total_images) * PARTS // 2 if total_images >= PARTS else total_images // 2
        first = self.start_image or max(1, half)
        return (first,) if first <= total_images else ()

    def apply(self, layer: PlasticLayer, step: int) -> None:
        """Keep what the heaviest segments hold."""
        present = layer.present
        budget = round(self.to_connectivity * present.size)
        if np.count_nonzero(present) <= budget:
            return
        importance = np.where(present, layer.weights, 0.0).astype(np.float64)
        owner, rows = grouped_segments(importance, present, self.tile_columns, Segments(budget, self.tile_rows))
        layer.remove(present & ~rows[owner].T)
