"""An in-memory target's own files in a bundle: the device, and what to program into which tile.

``device.toml`` is the device as compiled. ``arrays.npz`` holds for tile T of the array of projection P (both numbers, in the order of
the manifest): ``pP_tT_rows`` and ``pP_tT_outputs``, the rows and outputs it holds, and ``pP_tT_siemens``, the conductances to program,
``(rows, columns)``, a reference column last: all that a programmer of real arrays needs.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.files import write_arrays
from neurodeploy.network.arrays import Array
from neurodeploy.targets.crossbar.mapping import ArrayMapping, CrossbarMapping
from neurodeploy.targets.crossbar.tiling import Tile, Tiling

DEVICE, ARRAYS = "device.toml", "arrays.npz"


def write_bundle_files(mapping: CrossbarMapping, folder: Path) -> None:
    """Write both; the same mapping gives the same bytes."""
    (folder / DEVICE).write_text(mapping.device.to_toml(), "utf-8")
    arrays: dict[str, Array] = {}
    for p, array in enumerate(mapping.arrays):
        for t, tile in enumerate(array.tiling.tiles):
            arrays |= {f"p{p}_t{t}_rows": tile.rows, f"p{p}_t{t}_outputs": tile.outputs}
            arrays[f"p{p}_t{t}_siemens"] = conductances_of(array, tile)
    write_arrays(folder / ARRAYS, arrays)


def conductances_of(array: ArrayMapping, tile: Tile) -> Array:
    """What to program into one tile, in S, ``(rows, columns)``: its outputs' columns, then a reference column if it has one."""
    cells = array.mapped.conductances[np.ix_(tile.rows, array.tiling.columns(tile))]
    reference = array.mapped.reference
    return cells if reference is None else np.column_stack([cells, reference[tile.rows]])


def with_stored_tiles(mapping: CrossbarMapping, folder: Path) -> CrossbarMapping:
    """The mapping with the tiles of a bundle in place of its own.

    Raises:
        NeurodeployError: ND420 when they are not of this network.
    """
    arrays = []
    try:
        with np.load(folder / ARRAYS, allow_pickle=False) as stored:
            for p, array in enumerate(mapping.arrays):
                count = sum(name.startswith(f"p{p}_t") and name.endswith("_rows") for name in stored.files)
                tiles = tuple(Tile(stored[f"p{p}_t{t}_rows"], stored[f"p{p}_t{t}_outputs"]) for t in range(count))
                arrays.append(replace(array, tiling=Tiling(array.tiling.shape, array.tiling.tile, tiles)))
    except (KeyError, ValueError) as error:
        raise NeurodeployError(
            "ND420", f"'{folder / ARRAYS}' is not what compile wrote: {error}.", "Compile it again."
        ) from None
    return replace(mapping, arrays=tuple(arrays))
