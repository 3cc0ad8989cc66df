"""An array on tiles whose inputs are the gates of its cells (1T1R, NOR): the exact ladder of every tile, for every vector.

Currents are not linear in the inputs (:mod:`gated_lines`, which says what the circuit is): there is no transfer matrix, and columns do
not see each other, a reference column neither.  The lines of a tile have its rows in their order: those of the physical tile that
hold nothing are not in them.  Read noise behind lines is taken to first order in the noise of a cell.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurodeploy.network.arrays import FloatArray, IntArray
from neurodeploy.targets.crossbar.array_reading import ArrayOnTiles, Carried, Sums
from neurodeploy.targets.crossbar.bands import Band, on_tiles, references_on_tiles
from neurodeploy.targets.crossbar.binary_inputs import on_rows
from neurodeploy.targets.crossbar.gated_lines import add_ladder, add_leaky_ladder, add_noisy_ladder
from neurodeploy.targets.crossbar.nonidealities import ReadNoise
from neurodeploy.targets.crossbar.parameters import checked_conductances, require, require_not_negative
from neurodeploy.targets.crossbar.tiling import Tiling


@dataclass(frozen=True, eq=False)
class GatedArray(ArrayOnTiles):
    """Cells whose gates are on, and off (``idle``, S, in the same shapes; None: those do not conduct).

    ``resistance``: of one segment of source line and bit line together, in ohm. Built by :func:`gated_array`.
    """

    resistance: float
    idle: FloatArray | None
    reference_idle: FloatArray | None

    def near(self, conductances: FloatArray, reference: FloatArray | None = None) -> GatedArray:
        """This array with other conductances of cells that are on: exact, nothing was solved in advance.

        ``reference``: of the reference columns, ``(rows,)`` or ``(rows, tiles)``; None: as they are.
        """
        cells = on_tiles(self, self.tiling, checked_conductances(self, conductances))
        others = self.reference if reference is None else references_on_tiles(self, self.tiling, reference)
        require(others is None or self.reference is not None, self, "reference", "new", "None, as it was")
        return replace(self, conductances=cells, reference=others)

    def _carried(self, band: Band, noise: ReadNoise | None, referenced: bool) -> Carried:
        width = len(band.columns) + (len(band.tiles) if referenced else 0)
        ladders = [self._ladders(band, position, noise, referenced) for position in range(len(band.tiles))]

        def carried(inputs: NDArray[np.uint8]) -> Sums:
            currents = np.zeros((len(inputs), width))
            variances = None if noise is None else np.zeros_like(currents)
            for one in ladders:
                found, spread = one.read(inputs, self.resistance)
                currents[:, one.places] += found
                if variances is not None:
                    variances[:, one.places] += spread
            return Sums(currents, variances)

        return carried

    def _ladders(self, band: Band, position: int, noise: ReadNoise | None, referenced: bool) -> _Ladders:
        number = band.tiles[position]
        tile, places = self.tiling.tiles[number], band.places[position][1]
        block = np.ix_(tile.rows, self.tiling.columns(tile))
        on, idle = self.conductances[block], None if self.idle is None else self.idle[block]
        if referenced and self.reference is not None:
            column, off = self.reference[tile.rows, number], np.zeros(len(tile.rows))
            if self.reference_idle is not None:
                idle, off = np.zeros_like(on) if idle is None else idle, self.reference_idle[tile.rows, number]
            on, idle = np.column_stack([on, column]), None if idle is None else np.column_stack([idle, off])
            places = np.append(places, len(band.columns) + position)
        if noise is None:
            return _Ladders(tile.rows, places, on, idle, None)
        idle = np.zeros_like(on) if idle is None else idle
        return _Ladders(tile.rows, places, on, idle, (noise.variance(on), noise.variance(idle)))


class _Ladders(NamedTuple):
    """The columns of one tile: its rows, where the columns stand in the band, and their cells when on and when off.

    ``spreads``: the variances of both, in S^2; None: no noise.
    """

    rows: IntArray
    places: IntArray
    on: FloatArray
    idle: FloatArray | None
    spreads: tuple[FloatArray, FloatArray] | None

    def read(self, inputs: NDArray[np.uint8], resistance: float) -> tuple[FloatArray, FloatArray]:
        """Currents at 1 V, and their variance."""
        gates = on_rows(inputs, self.rows)
        currents, variances = (np.zeros((len(gates), self.on.shape[1])) for _ in range(2))
        if self.idle is None:
            add_ladder(gates, self.on, resistance, currents)
        elif self.spreads is None:
            add_leaky_ladder(gates, self.on, self.idle, resistance, currents)
        else:
            add_noisy_ladder(gates, self.on, self.idle, *self.spreads, resistance, currents, variances)
        return currents, variances


def gated_array(
    conductances: FloatArray,
    tiling: Tiling,
    *,
    resistance: float = 0.0,
    idle: FloatArray | None = None,
    reference: FloatArray | None = None,
    reference_idle: FloatArray | None = None,
) -> GatedArray:
    """Put cells that are read through their gates on tiles.

    Args:
        conductances: of cells that are on, in S, ``(rows, columns)``, at least 0. What lies on no tile does not exist.
        tiling: which tile holds which rows and outputs, each cell on one at most.
        resistance: r_s + r_b of one segment of source line and bit line, in ohm; 0 for ideal lines.
        idle: of cells that are off, in S, ``(rows, columns)``; None: they do not conduct.
        reference: of the cells of the reference column that every tile has, ``(rows,)`` or ``(rows, tiles)``; None: no such column.
        reference_idle: of those that are off; None: they do not conduct.

    Raises:
        NeurodeployError: ND450, values that no such array has.
    """
    name = "gated_array"
    require_not_negative(name, resistance=resistance)
    cells = on_tiles(name, tiling, checked_conductances(name, conductances))
    off = None if idle is None else on_tiles(name, tiling, checked_conductances(name, idle))
    referenced = references_on_tiles(name, tiling, reference)
    referenced_off = references_on_tiles(name, tiling, reference_idle, "reference_idle")
    require(referenced_off is None or referenced is not None, name, "reference", None, "given with reference_idle")
    return GatedArray(cells, tiling, referenced, resistance, off, referenced_off)
