"""A network on arrays: which projection takes which cells on which tiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.network import Network, Projection
from neurodeploy.targets.crossbar.conductance_mapping import COLUMNS_PER_OUTPUT, MappedArray, Scheme, map_weights
from neurodeploy.targets.crossbar.device import Device
from neurodeploy.targets.crossbar.nonidealities import AnalogToDigital
from neurodeploy.targets.crossbar.options import CrossbarOptions
from neurodeploy.targets.crossbar.packing import pack
from neurodeploy.targets.crossbar.refusals import in_circuits
from neurodeploy.targets.crossbar.tiling import PartialSums, TileShape, Tiling, dense_grid
from neurodeploy.targets.crossbar.weight_matrix import as_matrix, scheme_of, synapses_of

PACKED_UP_TO = 1 << 22
"""Places, rows x outputs, of arrays whose outputs are reordered; larger ones only lose the rows that a group does not need."""


@dataclass(frozen=True, eq=False)
class ArrayMapping:
    """One projection on its array. ``grid``: tiles of the dense grid; ``bound``: below which no tiling can come."""

    projection: str
    mapped: MappedArray
    tiling: Tiling
    synapses: int
    grid: int
    bound: int

    @property
    def tiles(self) -> int:
        """How many tiles it takes."""
        return len(self.tiling.tiles)

    @property
    def cells(self) -> int:
        """Cells of its tiles that rows and outputs of it use, the reference columns among them."""
        tile = self.tiling.tile
        return sum(
            len(t.rows) * (len(t.outputs) * tile.columns_per_output + tile.reserved_columns) for t in self.tiling.tiles
        )


@dataclass(frozen=True, eq=False)
class CrossbarMapping:
    """A network that went through the pipeline, its arrays in the order of its projections, and the device they are made of.

    ``converters``: by projection, with digital partial sums; ranges in A.
    """

    target: str
    lowered: Network
    options: CrossbarOptions
    device: Device
    arrays: tuple[ArrayMapping, ...]
    converters: Mapping[str, AnalogToDigital] = field(default_factory=dict)

    def array(self, projection: str) -> ArrayMapping:
        """The array of a projection."""
        return next(array for array in self.arrays if array.projection == projection)

    def arrays_into(self, population: str) -> list[ArrayMapping]:
        """The arrays that end at a population, in order; with the first its neurons are counted."""
        return [a for a in self.arrays if self.lowered.projection(a.projection).target == population]

    def partial_sums(self, array: ArrayMapping) -> PartialSums:
        """What adding an array's split rows takes.

        Raises:
            NeurodeployError: ND431 when nothing adds them, with the projection.
        """
        try:
            return array.tiling.partial_sums(self.options.partial_sums)
        except NeurodeployError as error:
            raise NeurodeployError(
                error.code, f"Projection '{array.projection}': {error.message}", error.hint
            ) from None

    def weights(self) -> list[dict[str, Any]]:
        """What the cells made of each projection's weights."""
        result = []
        for array in self.arrays:
            leak, levels = array.mapped.leak(), array.mapped.levels
            result.append({
                "projection": array.projection, "cells": array.mapped.scheme,
                "levels": "analogue" if levels is None else str(levels.shape[-1]),
                "weight_per_microsiemens": array.mapped.scale * 1e-6,
                "largest_error": array.mapped.largest_error,
                "conductance_of_weight_0_in_microsiemens": array.mapped.g_zero * 1e6,
                "weight_added_by_each_spike": leak.weight_per_spike,
            })  # fmt: skip
        return result


def map_network(
    target: str, network: Network, options: CrossbarOptions, device: Device,
    converters: Mapping[str, AnalogToDigital] | None = None, *, repack: bool = True,
) -> CrossbarMapping:  # fmt: skip
    """Map every projection that is not the circuits' own; ``repack=False``: onto a dense grid, to be replaced.

    Raises:
        NeurodeployError: ND430 or ND431 naming the projection, when cells or tiles cannot hold it.
    """
    arrays = []
    for projection in network.projections:
        if not in_circuits(projection):
            try:
                arrays.append(_map_projection(network, projection, options, device, repack))
            except NeurodeployError as error:
                raise NeurodeployError(
                    error.code, f"Projection '{projection.name}': {error.message}", error.hint
                ) from None
    return CrossbarMapping(target, network, options, device, tuple(arrays), converters or {})


def chosen_scheme(options: CrossbarOptions) -> Scheme | None:
    """None: by the signs of the weights."""
    return None if options.cells == "auto" else options.cells


def _map_projection(
    network: Network, projection: Projection, options: CrossbarOptions, device: Device, repack: bool
) -> ArrayMapping:
    matrix = as_matrix(network, projection)
    scheme = scheme_of(matrix, chosen_scheme(options))
    mapped = map_weights(matrix, device.cells(options.levels), scheme)
    rows, columns = options.tile_size
    tile = TileShape(rows, columns, COLUMNS_PER_OUTPUT[scheme], int(scheme == "reference"), options.multiplexing)
    present = synapses_of(matrix)
    shape = (present.shape[0], present.shape[1])
    usable = tile.rows * tile.outputs
    grid = dense_grid(shape, tile)
    if options.layout == "grid" or not repack:
        tiling = grid
    else:
        tiling = pack(present, tile, rounds=400 if present.size <= PACKED_UP_TO else 0).tiling
    synapses = int(np.count_nonzero(present))
    return ArrayMapping(projection.name, mapped, tiling, synapses, len(grid.tiles), -(-synapses // usable))
