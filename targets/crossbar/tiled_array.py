"""An array on tiles whose inputs are voltages on rows (0 or the read voltage): ideal, or with line resistance.

With line resistance every tile is its transfer matrix (:mod:`line_resistance`), exact for the conductances it was solved for.
The circuit of a tile has its rows, the columns of its outputs and, last, its reference column, in this order and side by side: rows
and columns of the physical tile that hold nothing are not in it, and every cell inside is, those of absent synapses too.
Other conductances near the solved ones scale the matrix, ``T(G') = T G' / G``, as if the voltages across the cells stayed: 0.06 % of
the currents at 5 % variation, 128x128 cells of 1 to 40 µS and 1 ohm (docs/results/crossbar.md).  Read noise behind lines is scaled in
the same way (its width errs by 2 % there).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neurodeploy.network.arrays import FloatArray
from neurodeploy.targets.crossbar.array_reading import ArrayOnTiles, Carried, Subtract, Sums
from neurodeploy.targets.crossbar.bands import Band, in_place, on_tiles, references_on_tiles
from neurodeploy.targets.crossbar.binary_inputs import sum_rows
from neurodeploy.targets.crossbar.line_resistance import transfer_matrices
from neurodeploy.targets.crossbar.nonidealities import ReadNoise
from neurodeploy.targets.crossbar.parameters import checked_conductances, require, require_not_negative
from neurodeploy.targets.crossbar.tiling import Tiling


@dataclass(frozen=True, eq=False)
class TiledArray(ArrayOnTiles):
    """Cells and their effect on the columns, both in S; built by :func:`tiled_array`.

    ``transfer``: what each cell passes on to its column for 1 V on its row, ``(rows, columns)``, 0 where no tile is: the transfer
    matrix of every tile in its place, the conductances themselves with ideal wires. ``reference_transfer``: the same of
    the reference columns, ``(rows, tiles)``.
    """

    transfer: FloatArray
    reference_transfer: FloatArray | None

    def effective(self, subtract: Subtract = None) -> FloatArray:
        """The conductances that an array with ideal wires would need for the same currents, in S.

        ``(rows, columns)``, or with ``subtract`` the differences, ``(rows, outputs)``, from which the scale of the mapping
        gives the weights that the network really has: noise-free currents are ``voltage * spikes @ effective``.

        Raises:
            NeurodeployError: ND450, nothing there to subtract.
        """
        return self.read(np.eye(self.tiling.shape[0], dtype=bool), 1.0, threads=1, subtract=subtract)

    def near(self, conductances: FloatArray, reference: FloatArray | None = None) -> TiledArray:
        """This array with other conductances near its own, its transfer matrices scaled, not solved: ``T G' / G``.

        Exact with ideal wires.  A cell that was open (0 S) must stay so: nothing is known of the voltage across it.
        ``reference``: of the reference columns, ``(rows,)`` or ``(rows, tiles)``; None: as they are.
        """
        cells = on_tiles(self, self.tiling, checked_conductances(self, conductances))
        others = self.reference if reference is None else references_on_tiles(self, self.tiling, reference)
        require(others is None or self.reference is not None, self, "reference", "new", "None, as it was")
        if self.transfer is self.conductances:
            return replace(self, conductances=cells, transfer=cells, reference=others, reference_transfer=others)
        passed = self._scaled(self.transfer, self.conductances, cells)
        reference_passed = self.reference_transfer
        if reference is not None and self.reference is not None and others is not None and reference_passed is not None:
            reference_passed = self._scaled(reference_passed, self.reference, others)
        return replace(self, conductances=cells, transfer=passed, reference=others, reference_transfer=reference_passed)

    def _scaled(self, transfer: FloatArray, old: FloatArray, new: FloatArray) -> FloatArray:
        require(not (new[old == 0] != 0).any(), self, "conductances", "of open cells", "0 S, as they were")
        return new * _passed(transfer, old)

    def _carried(self, band: Band, noise: ReadNoise | None, referenced: bool) -> Carried:
        references = (self.reference, self.reference_transfer) if referenced else (None, None)
        matrix = in_place(band, self.tiling, self.transfer, references[1])
        means = matrix.shape[1]
        if noise is not None:
            cells = in_place(band, self.tiling, self.conductances, references[0])
            variance = noise.variance(cells)
            if self.transfer is not self.conductances:
                variance *= _passed(matrix, cells) ** 2
            matrix = np.hstack([matrix, variance])

        every_row = len(band.rows) == self.tiling.shape[0]

        def carried(inputs: NDArray[np.uint8]) -> Sums:
            sums = np.empty((len(inputs), matrix.shape[1]))
            sum_rows(inputs if every_row else np.ascontiguousarray(inputs[:, band.rows]), matrix, sums)
            return Sums(sums[:, :means], None if noise is None else sums[:, means:])

        return carried


def tiled_array(
    conductances: FloatArray,
    tiling: Tiling,
    *,
    row_resistance: float = 0.0,
    column_resistance: float = 0.0,
    reference: FloatArray | None = None,
    threads: int | None = None,
) -> TiledArray:
    """Put ``conductances`` (S, ``(rows, columns)``) on tiles and solve each tile's lines.

    Args:
        conductances: at least 0; differential pairs are two columns. What lies on no tile does not exist.
        tiling: which tile holds which rows and outputs, each cell on one at most (:func:`dense_grid`, :func:`pack`).
        row_resistance: of one segment of a word line, in ohm.
        column_resistance: of one segment of a bit line, in ohm; both 0: ideal wires, nothing to solve.
        reference: conductances of the reference column that every tile has as its last, ``(rows,)``, or ``(rows, tiles)``
            where they differ; None: there is none.
        threads: of the solutions, all cores by default.

    Raises:
        NeurodeployError: ND450, values that no array has.
    """
    cells = on_tiles("tiled_array", tiling, checked_conductances("tiled_array", conductances))
    referenced = references_on_tiles("tiled_array", tiling, reference)
    require_not_negative("tiled_array", row_resistance=row_resistance, column_resistance=column_resistance)
    if row_resistance == column_resistance == 0:
        return TiledArray(cells, tiling, referenced, cells, referenced)
    blocks = tiling.blocks(cells)
    if referenced is not None:
        beside = [referenced[tile.rows, number] for number, tile in enumerate(tiling.tiles)]
        blocks = [np.column_stack(both) for both in zip(blocks, beside, strict=True)]
    transfer = np.zeros_like(cells)
    reference_transfer = None if referenced is None else np.zeros_like(referenced)
    solved = transfer_matrices(blocks, row_resistance, column_resistance, threads)
    for number, (tile, found) in enumerate(zip(tiling.tiles, solved, strict=True)):
        columns = tiling.columns(tile)
        transfer[np.ix_(tile.rows, columns)] = found[:, : len(columns)]
        if reference_transfer is not None:
            reference_transfer[tile.rows, number] = found[:, -1]
    return TiledArray(cells, tiling, referenced, transfer, reference_transfer)


def _passed(transfer: FloatArray, cells: FloatArray) -> FloatArray:
    """T / G: the share of a volt on a row that its cell passes on; 0 of open cells."""
    return np.divide(transfer, cells, out=np.zeros_like(cells), where=cells > 0)
