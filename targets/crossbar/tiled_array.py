"""An array too large for one tile, read with binary vectors: ideal or with line resistance, with read noise and converters.

Inputs are voltages on rows (0 or the read voltage).  Rows that no tile is tall enough for are split: every *band* of rows is an array
of its own, whose column currents are added, as currents where nothing stands between (`read`), or as codes after each tile's own
converter (`read_converted`).  Columns are split too: their tiles share nothing but inputs.

With line resistance every tile is its transfer matrix (:mod:`line_resistance`), exact for the conductances it was solved for.
Other conductances near them scale it, ``T(G') = T G' / G``, as if the voltages across the cells stayed: 0.06 % of the currents at 5 %
variation, 128x128 cells of 1 to 40 µS and 1 ohm (docs/results/crossbar.md).  Read noise behind lines is scaled in the same way (its width
errs by 2 % there).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from os import cpu_count
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurodeploy.network.arrays import FloatArray
from neurodeploy.targets.crossbar.binary_inputs import CHUNK, checked_spikes, in_chunks, sum_rows
from neurodeploy.targets.crossbar.line_resistance import transfer_matrices
from neurodeploy.targets.crossbar.nonidealities import AnalogToDigital, ReadNoise
from neurodeploy.targets.crossbar.parameters import (
    checked_conductances,
    require,
    require_not_negative,
    require_positive,
)
from neurodeploy.targets.crossbar.randomness import generator


class Reading(NamedTuple):
    """Codes of the bands added, ``(vectors, columns)``, and how many conversions were clipped below and above."""

    codes: NDArray[np.int64]
    below: int
    above: int


@dataclass(frozen=True)
class TiledArray:
    """Cells and their effect on the columns, both ``(rows, columns)`` in S; built by :func:`tiled_array`.

    ``transfer`` is the transfer matrix of every tile in its place: the conductances themselves with ideal wires.
    """

    conductances: FloatArray
    transfer: FloatArray
    tile_rows: int
    tile_columns: int

    @property
    def bands(self) -> list[slice]:
        """Rows of each band of tiles."""
        rows = len(self.conductances)
        return [slice(top, min(top + self.tile_rows, rows)) for top in range(0, rows, self.tile_rows)]

    @property
    def tiles(self) -> int:
        """Of the dense grid."""
        return len(list(_places(self.conductances.shape, self.tile_rows, self.tile_columns)))

    def near(self, conductances: FloatArray) -> TiledArray:
        """This array with other conductances near its own, its transfer matrices scaled, not solved: ``T G' / G``.

        Exact with ideal wires.  A cell that was open (0 S) must stay so: nothing is known of the voltage across it.
        """
        cells = checked_conductances(self, conductances)
        require(cells.shape == self.conductances.shape, self, "shape", cells.shape, f"{self.conductances.shape}")
        if self.transfer is self.conductances:
            return replace(self, conductances=cells, transfer=cells)
        require(
            not (cells[self.conductances == 0] != 0).any(), self, "conductances", "of open cells", "0 S, as they were"
        )
        return replace(self, conductances=cells, transfer=cells * self._passed())

    def read(
        self,
        spikes: NDArray[np.bool_],
        voltage: float,
        noise: ReadNoise | None = None,
        seed: int = 0,
        threads: int | None = None,
    ) -> FloatArray:
        """Currents of the columns (A), bands added as currents, ``(vectors, columns)``.

        Args:
            spikes: which rows are at ``voltage`` (V), ``(vectors, rows)``; the others are at 0 V.
            noise: of every cell in every vector, or None.
            seed: of the noise.
            threads: all cores by default; the result is the same on any number.
        """
        require_positive(self, voltage=voltage)
        inputs = checked_spikes(self, spikes, len(self.conductances))
        currents = np.empty((len(inputs), self.conductances.shape[1]))
        matrix = self._matrix(noise)

        def run(chunk: slice) -> None:
            random = generator(seed, "read noise", chunk.start // CHUNK)
            currents[chunk] = _noisy(inputs[chunk], matrix, voltage, random, noise is not None)

        _on_threads(run, len(inputs), threads)
        return currents

    def read_converted(
        self,
        spikes: NDArray[np.bool_],
        voltage: float,
        converter: AnalogToDigital,
        noise: ReadNoise | None = None,
        seed: int = 0,
        threads: int | None = None,
    ) -> Reading:
        """The same with a converter behind the columns of every tile, its codes added digitally."""
        require_positive(self, voltage=voltage)
        inputs = checked_spikes(self, spikes, len(self.conductances))
        codes = np.zeros((len(inputs), self.conductances.shape[1]), np.int64)
        clipped = np.zeros((len(in_chunks(len(inputs))), 2), np.int64)
        matrix = self._matrix(noise)

        def run(chunk: slice) -> None:
            random = generator(seed, "read noise", chunk.start // CHUNK)
            for band in self.bands:
                currents = _noisy(inputs[chunk, band], matrix[band], voltage, random, noise is not None)
                found = converter.convert(currents)
                codes[chunk] += found.codes
                clipped[chunk.start // CHUNK] += (found.below, found.above)

        _on_threads(run, len(inputs), threads)
        return Reading(codes, int(clipped[:, 0].sum()), int(clipped[:, 1].sum()))

    def _passed(self) -> FloatArray:
        """T / G: the share of a volt on a row that its cell passes on; 0 of open cells."""
        return np.divide(
            self.transfer, self.conductances, out=np.zeros_like(self.transfer), where=self.conductances > 0
        )

    def _matrix(self, noise: ReadNoise | None) -> FloatArray:
        """What rows add up: currents per volt, and beside them with noise their variance per volt squared."""
        if noise is None:
            return self.transfer
        variance = noise.variance(self.conductances)
        if self.transfer is not self.conductances:
            variance *= self._passed() ** 2
        return np.hstack([self.transfer, variance])


def tiled_array(
    conductances: FloatArray,
    tile_rows: int,
    tile_columns: int,
    row_resistance: float = 0.0,
    column_resistance: float = 0.0,
    threads: int | None = None,
) -> TiledArray:
    """Split ``conductances`` (S, ``(rows, columns)``) into tiles and solve each tile's lines.

    Args:
        conductances: at least 0; differential pairs are two columns.
        tile_rows: most rows of a tile.
        tile_columns: most columns of a tile.
        row_resistance: of one segment of a word line, in ohm.
        column_resistance: of one segment of a bit line, in ohm; both 0: ideal wires, nothing to solve.
        threads: of the solutions, all cores by default.

    Raises:
        NeurodeployError: ND450, values that no array has.
    """
    cells = checked_conductances("tiled_array", conductances)
    for name, size in (("tile_rows", tile_rows), ("tile_columns", tile_columns)):
        require(size >= 1, "tiled_array", name, size, "at least 1")
    require_not_negative("tiled_array", row_resistance=row_resistance, column_resistance=column_resistance)
    if row_resistance == column_resistance == 0:
        return TiledArray(cells, cells, tile_rows, tile_columns)
    places = list(_places(cells.shape, tile_rows, tile_columns))
    transfer = np.empty_like(cells)
    solved = transfer_matrices([cells[place] for place in places], row_resistance, column_resistance, threads)
    for place, tile in zip(places, solved, strict=True):
        transfer[place] = tile
    return TiledArray(cells, transfer, tile_rows, tile_columns)


def _places(shape: tuple[int, ...], tile_rows: int, tile_columns: int) -> Iterator[tuple[slice, slice]]:
    for top in range(0, shape[0], tile_rows):
        for left in range(0, shape[1], tile_columns):
            yield slice(top, top + tile_rows), slice(left, left + tile_columns)


def _noisy(
    inputs: NDArray[np.uint8], matrix: FloatArray, voltage: float, random: np.random.Generator, noise: bool
) -> FloatArray:
    """Currents of one chunk; ``matrix`` as :meth:`TiledArray._matrix` gives it."""
    sums = np.empty((len(inputs), matrix.shape[1]))
    sum_rows(inputs, matrix, sums)
    if not noise:
        return sums * voltage
    columns = matrix.shape[1] // 2
    sigma = np.sqrt(sums[:, columns:])
    return voltage * (sums[:, :columns] + sigma * random.standard_normal(sigma.shape))


def _on_threads(run: Callable[[slice], None], vectors: int, threads: int | None) -> None:
    with ThreadPoolExecutor(threads or cpu_count()) as pool:
        list(pool.map(run, in_chunks(vectors)))
