"""An in-memory target's own files in a bundle: the device, and what to program into which tile.

``device.toml`` is the device as compiled. ``arrays.npz`` holds for tile T of the array of projection P (both numbers, in the order of
the manifest): ``pP_tT_rows`` and ``pP_tT_outputs``, the rows and outputs it holds, and ``pP_tT_siemens``, the conductances to program,
``(rows, columns)``, a reference column last: all that a programmer of real arrays needs.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.files import write_arrays
from neurodeploy.network.arrays import Array
from neurodeploy.targets.crossbar.device import Device
from neurodeploy.targets.crossbar.device_file import parse_device
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


def stored_device(folder: Path, kind: type[Device] = Device) -> Device:
    """The device of a bundle, with the keys of the class ``kind``; errors as for a device file of a user."""
    path = folder / DEVICE
    return parse_device(path.read_text("utf-8"), path.stem, f"Device file '{path}'", kind)


def with_stored_tiles(mapping: CrossbarMapping, folder: Path) -> CrossbarMapping:
    """The mapping with the tiles of a bundle in place of its own.

    Raises:
        NeurodeployError: ND420 when they are not of this network, or hold other conductances.
    """
    try:
        with np.load(folder / ARRAYS, allow_pickle=False) as stored:
            arrays = tuple(_on_stored_tiles(array, p, stored) for p, array in enumerate(mapping.arrays))
    except (OSError, EOFError, KeyError, ValueError, BadZipFile, zlib.error) as error:
        raise NeurodeployError(
            "ND420", f"'{folder / ARRAYS}' is not what compile wrote: {error}.", "Compile it again."
        ) from None
    return replace(mapping, arrays=arrays)


def _on_stored_tiles(array: ArrayMapping, number: int, stored: Mapping[str, Array]) -> ArrayMapping:
    """One array on its stored tiles; ValueError or KeyError says what is wrong with them."""
    names = [f"p{number}_t{t}" for t in range(sum(_is_rows_of(number, name) for name in stored))]
    tiles = tuple(Tile(stored[f"{name}_rows"], stored[f"{name}_outputs"]) for name in names)
    for name, tile in zip(names, tiles, strict=True):
        _check_tile(name, tile, array.tiling)
    made = replace(array, tiling=Tiling(array.tiling.shape, array.tiling.tile, tiles))
    if not made.tiling.holds(made.mapped.weights() != 0):
        raise ValueError(f"the tiles p{number} do not hold every synapse of '{array.projection}' once")
    for name, tile in zip(names, tiles, strict=True):
        cells = stored[f"{name}_siemens"]
        wanted = conductances_of(made, tile)
        if cells.shape != wanted.shape or not np.allclose(cells, wanted, rtol=1e-9, atol=0):
            raise ValueError(f"{name}_siemens are not the conductances of '{array.projection}'")
    return made


def _is_rows_of(number: int, name: str) -> bool:
    return name.startswith(f"p{number}_t") and name.endswith("_rows")


def _check_tile(name: str, tile: Tile, tiling: Tiling) -> None:
    limits = ((tile.rows, tiling.shape[0], tiling.tile.rows), (tile.outputs, tiling.shape[1], tiling.tile.outputs))
    for places, end, most in limits:
        is_list = places.ndim == 1 and places.dtype == np.int64 and 0 < len(places) <= most
        if not is_list or (np.diff(places) <= 0).any() or places[0] < 0 or places[-1] >= end:
            raise ValueError(f"{name} is no tile of an array of {tiling.shape[0]} x {tiling.shape[1]}")
