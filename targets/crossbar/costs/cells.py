"""Cells: the energy of reading them, and their area."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from neurodeploy.costs import Constant, CostItem
from neurodeploy.network.arrays import FloatArray
from neurodeploy.targets.crossbar.costs.geometry import ArrayEvents, ArrayGeometry
from neurodeploy.targets.crossbar.parameters import require, require_not_negative, require_positive

NEURRAM_CELL_F2 = Constant(
    "1T1R cell",
    125.74,
    "F^2",
    "Wan et al. 2022 (NeuRRAM): 12 % of a core's area over 256x256 cells",
    "measured",
    "130 nm",
)
"""Conclusion from shares: 12 % of a core, of which 28 % are 256 neurons of 1,270 µm²."""


def cell_area(square_features: Constant, nanometres: float) -> Constant:
    """The area of a cell given in F^2, in m^2 at a feature size; a range stays one."""
    require_positive("cell_area", nanometres=nanometres)
    f2 = (nanometres * 1e-9) ** 2
    low, high = square_features.range
    same = square_features.low is None and square_features.high is None
    return replace(
        square_features, value=square_features.value * f2, unit="m^2", node=f"{nanometres:g} nm (F^2)",
        low=None if same else low * f2, high=None if same else high * f2,
    )  # fmt: skip


def ohmic_read_joules(
    conductances: FloatArray, row_counts: FloatArray | Sequence[float], volts: float, seconds: float
) -> float:
    """``V^2 t`` times the conductances of all rows, each as often as it was active.

    Args:
        conductances: of the cells, ``(rows, columns)`` in S; all columns conduct, whether sensed in this phase or not.
        row_counts: activations of each row, ``(rows,)``.
        volts: across an active cell (its column at 0 V).
        seconds: of a read.
    """
    return current_read_joules(np.asarray(conductances, np.float64) * volts, row_counts, volts, seconds)


def current_read_joules(
    currents: FloatArray, row_counts: FloatArray | Sequence[float], volts: float, seconds: float
) -> float:
    """``I V t`` of cells that draw ``currents`` (A, ``(rows, columns)``) from ``volts`` while their row is active."""
    cells, counts = np.asarray(currents, np.float64), np.asarray(row_counts, np.float64)
    require_not_negative("current_read_joules", volts=volts, seconds=seconds)
    require(
        cells.ndim == 2 and counts.shape == cells.shape[:1], "current_read_joules", "shape of row_counts", counts.shape,
        f"one count for each of the rows of {cells.shape}",
    )  # fmt: skip
    return float(counts @ cells.sum(axis=1)) * volts * seconds


def cell_items(geometry: ArrayGeometry, events: ArrayEvents) -> list[CostItem]:
    """The energy of the cells as reads of cells times the mean read of one."""
    reads = events.row_activations * geometry.tile_columns
    if not reads:
        return []
    mean = [None if j is None else j / reads for j in (events.cell_joules_low, events.cell_joules_high)]
    constant = Constant(
        "mean read of a cell", events.cell_joules / reads, "J per cell and read",
        "V I t of the array's own cells (V^2 G t where they are ohmic)", "simulated", low=mean[0], high=mean[1],
    )  # fmt: skip
    return [CostItem(geometry.part("cells"), "row activations x columns of a tile", reads, constant)]
