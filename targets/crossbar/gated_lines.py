"""Resistance of the lines of an array whose inputs are the gates of its cells (1T1R, NOR): exact, by a ladder for each vector.

The circuit, column by column (gates carry no current, so that columns do not see each other): a cell with its transistor is a
conductance between source line and bit line where the gate of its row is on, and another, mostly 0, where it is off.  Both lines run
along the column with a segment behind every cell, of r_s and r_b; behind the last row the source line ends in the read voltage and
the bit line in the virtual ground of the sense amplifier.  Source lines that do not run along the column but come ideal to
every cell are r_s = 0: the bit line of badcrossbar (Joksas & Mehonic 2020, SoftwareX 12, 100617) with ideal word lines.  Source lines
driven at the end opposite to the sense amplifier, or shared by the cells of a row, are other circuits.

What lies above a row is one conductance y between the two lines (Norton's equivalent, its source taken along with the line): with
r = r_s + r_b, a segment and the next cell make ``y' = y / (1 + r y) + g``, and d segments without a cell between ``y / (1 + d r y)``.
Which cells belong to the ladder depends on the input: currents are **not** the sum of what each row would give alone.

The cells are ohmic at the read voltage.  Cells read in saturation or in the subthreshold region are nearer to current sources: those
add up whatever the lines drop, and need no ladder.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from os import cpu_count

import numpy as np
from numpy.typing import NDArray

from neurodeploy.kernels import kernel
from neurodeploy.network.arrays import FloatArray
from neurodeploy.targets.crossbar.binary_inputs import checked_spikes, in_chunks
from neurodeploy.targets.crossbar.parameters import (
    checked_conductances,
    require,
    require_not_negative,
    require_positive,
)


def gated_currents(
    spikes: NDArray[np.bool_],
    conductances: FloatArray,
    resistance: float,
    *,
    voltage: float = 1.0,
    idle: FloatArray | None = None,
    tile_rows: int | None = None,
    threads: int | None = None,
) -> FloatArray:
    """Currents of the columns (A) for each vector of gates, float64 ``(vectors, columns)``; the same bits on any threads.

    Args:
        spikes: which gates are on, ``(vectors, rows)``, bool or 0 and 1.
        conductances: of cells that are on, in S, ``(rows, columns)``.
        resistance: r_s + r_b of one segment of source line and bit line, in ohm; 0 for ideal lines.
        voltage: of the source lines, in V.
        idle: conductances of cells that are off, in S, ``(rows, columns)``; None: they do not conduct.
        tile_rows: rows of one array; longer columns are split and the currents of their parts added. None: one array.
        threads: of the vectors, all cores by default.

    Raises:
        NeurodeployError: ND450, inputs or values that no such array has.
    """
    cells = checked_conductances("gated_currents", conductances)
    off = np.zeros((0, 0)) if idle is None else checked_conductances("gated_currents", idle)
    require(idle is None or off.shape == cells.shape, "gated_currents", "shape of idle", off.shape, f"{cells.shape}")
    require_not_negative("gated_currents", resistance=resistance)
    require_positive("gated_currents", voltage=voltage)
    height = tile_rows if tile_rows is not None else max(1, len(cells))
    require(height >= 1, "gated_currents", "tile_rows", height, "at least 1")
    gates = checked_spikes("gated_currents", spikes, len(cells))
    currents = np.zeros((len(gates), cells.shape[1]))

    def run(part: slice) -> None:
        for top in range(0, len(cells), height):
            rows = slice(top, top + height)
            if idle is None:
                add_ladder(gates[part, rows], cells[rows], resistance, currents[part])
            else:
                add_leaky_ladder(gates[part, rows], cells[rows], off[rows], resistance, currents[part])

    with ThreadPoolExecutor(threads or cpu_count()) as pool:
        list(pool.map(run, in_chunks(len(gates))))
    currents *= voltage
    return currents


@kernel
def add_ladder(gates: NDArray[np.uint8], cells: FloatArray, resistance: float, currents: FloatArray) -> None:
    """Add the currents of 1 V; rows that are off lengthen the segment to the next that is on."""
    rows, columns = cells.shape
    y = np.empty(columns)
    for vector in range(len(gates)):
        y[:] = 0.0
        last = -1
        for row in range(rows):
            if gates[vector, row]:
                line = (row - last) * resistance
                for column in range(columns):
                    y[column] = y[column] / (1.0 + line * y[column]) + cells[row, column]
                last = row
        line = (rows - last) * resistance
        for column in range(columns):
            currents[vector, column] += y[column] / (1.0 + line * y[column])


@kernel
def add_leaky_ladder(
    gates: NDArray[np.uint8], cells: FloatArray, idle: FloatArray, resistance: float, currents: FloatArray
) -> None:
    """The same with cells that conduct when they are off: every row is a rung."""
    rows, columns = cells.shape
    y = np.empty(columns)
    for vector in range(len(gates)):
        y[:] = 0.0
        for row in range(rows):
            rung = cells[row] if gates[vector, row] else idle[row]
            for column in range(columns):
                y[column] = y[column] / (1.0 + resistance * y[column]) + rung[column]
        for column in range(columns):
            currents[vector, column] += y[column] / (1.0 + resistance * y[column])


@kernel
def add_noisy_ladder(
    gates: NDArray[np.uint8], cells: FloatArray, idle: FloatArray, spread: FloatArray, idle_spread: FloatArray,
    resistance: float, currents: FloatArray, variances: FloatArray,
) -> None:  # fmt: skip
    """The same, and the variance of each current (A^2 at 1 V) from those of its cells (``spread``, S^2), to first order.

    ``dy'/dy = 1 / (1 + r y)^2``, and a cell adds to y as it is: its variance goes along the line divided by the fourth power.
    """
    rows, columns = cells.shape
    y, variance = np.empty(columns), np.empty(columns)
    for vector in range(len(gates)):
        y[:] = 0.0
        variance[:] = 0.0
        for row in range(rows):
            on = gates[vector, row] > 0
            rung = cells[row] if on else idle[row]
            own = spread[row] if on else idle_spread[row]
            for column in range(columns):
                drop = 1.0 + resistance * y[column]
                y[column] = y[column] / drop + rung[column]
                variance[column] = variance[column] / (drop * drop * drop * drop) + own[column]
        for column in range(columns):
            drop = 1.0 + resistance * y[column]
            currents[vector, column] += y[column] / drop
            variances[vector, column] += variance[column] / (drop * drop * drop * drop)
