"""Whether a network fits, and what it uses: one small function for each rule.

Adding a rule: one function from the mapping to usages, in :data:`RULES`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from neurodeploy.compiler import Usage
from neurodeploy.targets.crossbar.conductance_mapping import levels_needed
from neurodeploy.targets.crossbar.line_loss import share_lost_in_lines
from neurodeploy.targets.crossbar.mapping import CrossbarMapping

_FEWER_TILES = "prune with --rule tiles, use larger tiles, or fewer cells of a weight (--cells)"


def usages(mapping: CrossbarMapping) -> list[Usage]:
    """All rules; those with a limit first."""
    found = [usage for rule in RULES for usage in rule(mapping)]
    return sorted(found, key=lambda usage: usage.limit is None)


def tiles(mapping: CrossbarMapping) -> Iterator[Usage]:
    """Tiles of all arrays, against those there are, and of each array against what a dense grid takes."""
    total = sum(array.tiles for array in mapping.arrays)
    largest = max(mapping.arrays, key=lambda array: array.tiles, default=None)
    where = "" if largest is None else f"most: '{largest.projection}'"
    yield Usage("tiles", total, mapping.options.tiles_available, "tiles", where, _FEWER_TILES)
    yield Usage("tiles of the dense grid", sum(array.grid for array in mapping.arrays), None, "tiles")
    yield Usage(
        "fewest tiles possible",
        sum(array.bound for array in mapping.arrays),
        None,
        "tiles",
        "a cell for every synapse, no other",
    )


def cells(mapping: CrossbarMapping) -> Iterator[Usage]:
    """Cells in use, and those of synapses among all cells of the tiles."""
    rows, columns = mapping.options.tile_size
    total = max(1, sum(array.tiles for array in mapping.arrays) * rows * columns)
    used = sum(array.cells for array in mapping.arrays)
    synapses = sum(array.synapses * array.tiling.tile.columns_per_output for array in mapping.arrays)
    yield Usage("cells of rows and columns in use", used, None, "cells", f"{100 * used / total:.0f} % of all tiles'")
    yield Usage("cells of synapses", synapses, None, "cells", f"{100 * synapses / total:.0f} % of all tiles'")


def levels(mapping: CrossbarMapping) -> Iterator[Usage]:
    """Levels that the weights of each array take, 0 among them, of those that a cell tells apart."""
    limit = mapping.device.cells(mapping.options.levels).levels
    for array in mapping.arrays:
        own, scheme = array.mapped.levels, array.mapped.scheme
        if limit is not None and own is not None:
            needed = levels_needed(np.unique(own), scheme)
            where = "of one sign" if scheme == "pair" else ""
            yield Usage(f"levels of '{array.projection}'", needed, limit, "levels", where)


def partial_sums(mapping: CrossbarMapping) -> Iterator[Usage]:
    """Partial sums of the most split output."""
    for array in mapping.arrays:
        sums = mapping.partial_sums(array)
        most = int(sums.per_output.max(initial=0))
        how = (
            f"added {'as currents' if mapping.options.partial_sums == 'analogue' else 'digitally'}" if most > 1 else ""
        )
        yield Usage(f"tiles that an output of '{array.projection}' is split over", most, None, "tiles", how)


def lines(mapping: CrossbarMapping) -> Iterator[Usage]:
    """What resistance of lines takes of the currents, in the tile that conducts most of all."""
    lost = [(share_lost_in_lines(mapping, array), array.projection) for array in mapping.arrays]
    share, name = max(lost, default=(0.0, ""))
    if share > 0:
        yield Usage(
            "current lost in lines of the fullest tile", round(100 * share, 1), None, "%",
            f"'{name}', every row on; smaller tiles lose less",
        )  # fmt: skip


RULES: tuple[Callable[[CrossbarMapping], Iterator[Usage]], ...] = (tiles, cells, levels, partial_sums, lines)
