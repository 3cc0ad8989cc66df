"""Tiles that are read together: in a band no output has two, so that what stands behind a tile's columns sees one partial sum of each.

Of a dense grid the bands are its rows of tiles; of any other tiling, band k holds the k-th tile of its outputs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from neurodeploy.network.arrays import FloatArray, IntArray
from neurodeploy.targets.crossbar.parameters import require
from neurodeploy.targets.crossbar.tiling import Tiling


class Band(NamedTuple):
    """Numbers of tiles, and the rows and columns of the array that lie on any of them, ascending.

    ``places``: where each tile's rows and columns stand among those of the band.
    """

    tiles: IntArray
    rows: IntArray
    columns: IntArray
    places: tuple[tuple[IntArray, IntArray], ...]


def bands(tiling: Tiling) -> list[Band]:
    """Every tile in one band, the first in which its outputs have none yet."""
    used = np.zeros(tiling.shape[1], np.int64)
    number = np.zeros(len(tiling.tiles), np.int64)
    for index, tile in enumerate(tiling.tiles):
        number[index] = used[tile.outputs].max(initial=0)
        used[tile.outputs] = number[index] + 1
    return [_band(tiling, np.flatnonzero(number == k)) for k in range(int(used.max(initial=0)))]


def whole(tiling: Tiling) -> Band:
    """All tiles, those of an output's split rows too: as if wires joined their columns."""
    return _band(tiling, np.arange(len(tiling.tiles), dtype=np.int64))


def _band(tiling: Tiling, numbers: IntArray) -> Band:
    tiles = [tiling.tiles[number] for number in numbers]
    columns_of = [tiling.columns(tile) for tile in tiles]
    nothing = np.zeros(0, np.int64)
    rows = np.unique(np.concatenate([nothing, *(tile.rows for tile in tiles)]))
    columns = np.unique(np.concatenate([nothing, *columns_of]))
    places = tuple(
        (np.searchsorted(rows, tile.rows), np.searchsorted(columns, held))
        for tile, held in zip(tiles, columns_of, strict=True)
    )
    return Band(numbers, rows, columns, places)


def in_place(band: Band, tiling: Tiling, cells: FloatArray, reference: FloatArray | None) -> FloatArray:
    """The band's cells as one matrix ``(rows, columns and then a reference for each tile)``, 0 where none of its tiles is."""
    references = 0 if reference is None else len(band.tiles)
    matrix = np.zeros((len(band.rows), len(band.columns) + references))
    for position, number in enumerate(band.tiles):
        tile, (rows, columns) = tiling.tiles[number], band.places[position]
        matrix[np.ix_(rows, columns)] = cells[np.ix_(tile.rows, tiling.columns(tile))]
        if reference is not None:
            matrix[rows, len(band.columns) + position] = reference[tile.rows, number]
    return matrix


def on_tiles(owner: object, tiling: Tiling, cells: FloatArray) -> FloatArray:
    """``cells`` ``(rows, columns)`` of the array, 0 S where no tile is; ND450 for another shape, or a cell on two tiles."""
    shape = (tiling.shape[0], tiling.shape[1] * tiling.tile.columns_per_output)
    require(cells.shape == shape, owner, "shape of the conductances", cells.shape, f"{shape}, as the tiling has it")
    held = tiling.times_held()
    require(int(held.max(initial=0)) <= 1, owner, "tiles that hold one cell", held.max(initial=0), "1 at most")
    if held.all():
        return cells
    return np.where(np.repeat(held > 0, tiling.tile.columns_per_output, axis=1), cells, 0.0)


def references_on_tiles(
    owner: object, tiling: Tiling, reference: FloatArray | None, what: str = "reference"
) -> FloatArray | None:
    """Each tile's reference column, ``(rows, tiles)``, 0 S in rows that the tile does not hold; from one for all, ``(rows,)``."""
    if reference is None:
        return None
    allowed = [(tiling.shape[0],), (tiling.shape[0], len(tiling.tiles))]
    require(reference.shape in allowed, owner, f"shape of {what}", reference.shape, f"{allowed[0]} or {allowed[1]}")
    require(
        bool((np.isfinite(reference) & (reference >= 0)).all()), owner, what, "other values", "at least 0 S, finite"
    )
    room = tiling.tile.reserved_columns >= 1 and tiling.tile.columns_per_output == 1
    require(room, owner, "tile", tiling.tile, "one with a reserved column and one column per output for a reference")
    found = np.zeros(allowed[1])
    for number, tile in enumerate(tiling.tiles):
        found[tile.rows, number] = reference[tile.rows] if reference.ndim == 1 else reference[tile.rows, number]
    return found
