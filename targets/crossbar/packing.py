"""Fewer tiles for a sparse array: outputs are reordered into groups, and each group has only the rows that it needs.

A group of outputs that share a column of tiles takes ``ceil(rows touched / tile rows)`` tiles. The fewest rows touched over groups
of limited size is hypergraph partitioning (connectivity minus one); here: all partitions of up to ten outputs (dynamic programming
over subsets), otherwise greedy groups and clusters, and simulated annealing (Kirkpatrick et al. 1983) by moves and swaps of outputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from neurodeploy.kernels import kernel
from neurodeploy.network.arrays import BoolArray, FloatArray, IntArray
from neurodeploy.targets.crossbar.packing_starts import CLUSTERED_UP_TO, clustered, greedy
from neurodeploy.targets.crossbar.randomness import generator
from neurodeploy.targets.crossbar.tiling import TileShape, Tiling, dense_grid, grouped

EXACT_UP_TO = 10
"""Outputs for which every partition is considered."""


@dataclass(frozen=True, eq=False)
class Packing:
    """A tiling, and what it is measured by.

    ``grid``: tiles of the dense grid. ``ordered``: tiles when rows that are empty in the grid's groups are dropped and nothing
    is reordered. ``bound``: cells of synapses / cells of a tile, rounded up: no tiling can have fewer tiles.
    """

    tiling: Tiling
    grid: int
    ordered: int
    bound: int

    @property
    def tiles(self) -> int:
        """How many tiles it takes."""
        return len(self.tiling.tiles)


def pack(present: BoolArray, tile: TileShape, seed: int = 0, rounds: int = 400) -> Packing:
    """Few tiles for the synapses ``present`` ``(rows, outputs)``: never more than without reordering.

    Of the partitions with the fewest tiles that are found, that with the fewest rows touched. Outputs without a synapse are on
    no tile. ``rounds``: of annealing from greedy groups, and half as many again from clusters, each of 20 trials per output. The
    same arguments give the same tiling.
    """
    shape = (present.shape[0], present.shape[1])
    grid = dense_grid(shape, tile)
    used = np.flatnonzero(present.any(axis=0))
    capacity = tile.outputs
    owner = np.arange(shape[1]) // capacity  # as in the grid
    ordered = _tiling(present, tile, owner)
    if len(used) > 0:
        chosen = _alike if _touch_the_same(present[:, used]) else _exact if len(used) <= EXACT_UP_TO else _annealed
        found = chosen(present[:, used], tile, seed, rounds)
        candidate = np.full(shape[1], -1)
        candidate[used] = found
        if _cost(present, tile, candidate) < _cost(present, tile, owner):
            owner = candidate
    cells = int(present.sum()) * tile.columns_per_output
    usable = tile.rows * tile.outputs * tile.columns_per_output
    return Packing(_tiling(present, tile, owner), len(grid.tiles), len(ordered.tiles), -(-cells // usable))


def _groups(present: BoolArray, owner: IntArray) -> list[tuple[IntArray, IntArray]]:
    """Rows and outputs of every group, without what has no synapse."""
    used = present.any(axis=0)
    members = [np.flatnonzero((owner == group) & used) for group in np.unique(owner[used])]
    return [(np.flatnonzero(present[:, outputs].any(axis=1)), outputs) for outputs in members]


def _tiling(present: BoolArray, tile: TileShape, owner: IntArray) -> Tiling:
    return grouped((present.shape[0], present.shape[1]), tile, _groups(present, owner))


def _cost(present: BoolArray, tile: TileShape, owner: IntArray) -> tuple[int, int]:
    """Tiles, and rows touched."""
    touched = [len(rows) for rows, _ in _groups(present, owner)]
    return sum(-(-rows // tile.rows) for rows in touched), sum(touched)


def _touch_the_same(present: BoolArray) -> bool:
    """Whether all outputs touch the same rows, as those of a matrix without zeros do."""
    return bool((present == present[:, :1]).all())


def _alike(present: BoolArray, tile: TileShape, seed: int, rounds: int) -> IntArray:
    """The best partition of outputs that touch the same rows: any with as few groups as can be."""
    return np.arange(present.shape[1]) // tile.outputs


def _exact(present: BoolArray, tile: TileShape, seed: int, rounds: int) -> IntArray:
    """The best partition of few outputs: the best group that holds the first of them, and the best partition of the rest."""
    rows = [int.from_bytes(np.packbits(column).tobytes(), "big") for column in present.T]

    @cache
    def best(left: int) -> tuple[int, int, tuple[int, ...]]:
        if not left:
            return 0, 0, ()
        first = left & -left
        found: tuple[int, int, tuple[int, ...]] | None = None
        others = left ^ first
        subset = others
        while True:
            group = subset | first
            if group.bit_count() <= tile.outputs:
                touched = _touched(rows, group)
                tiles, all_touched, groups = best(left ^ group)
                candidate = (tiles + -(-touched // tile.rows), all_touched + touched, (*groups, group))
                found = candidate if found is None or candidate[:2] < found[:2] else found
            if not subset:
                break
            subset = (subset - 1) & others
        assert found is not None
        return found

    owner = np.zeros(len(rows), np.int64)
    for number, group in enumerate(best((1 << len(rows)) - 1)[2]):
        owner[[j for j in range(len(rows)) if group >> j & 1]] = number
    return owner


def _touched(rows: Sequence[int], group: int) -> int:
    union = 0
    for j, touched in enumerate(rows):
        if group >> j & 1:
            union |= touched
    return union.bit_count()


def _annealed(present: BoolArray, tile: TileShape, seed: int, rounds: int) -> IntArray:
    """Greedy groups, full ones or even ones, and clusters; annealing from each; the best partition ever seen."""
    outputs = present.shape[1]
    groups = -(-outputs // tile.outputs)
    starts = [greedy(present, tile.outputs, least) for least in sorted({tile.outputs, outputs // groups})]
    if groups == 1:
        return starts[0]
    rounds //= len(starts)
    if outputs <= CLUSTERED_UP_TO:
        starts.append(clustered(present, tile.outputs))
    found = [_from_start(present, tile, owner, seed, rounds) for owner in starts]
    return min(found, key=lambda owner: _cost(present, tile, owner))


def _from_start(present: BoolArray, tile: TileShape, start: IntArray, seed: int, rounds: int) -> IntArray:
    """Annealing, and the best partition seen on the way."""
    owner, groups = start.copy(), -(-present.shape[1] // tile.outputs)
    outputs, rows = np.nonzero(present.T)
    column_starts = np.searchsorted(outputs, np.arange(present.shape[1] + 1))
    best, best_cost = owner.copy(), _cost(present, tile, owner)
    trials = 20 * present.shape[1]
    counts = np.zeros((groups, present.shape[0]), np.int64)
    np.add.at(counts, (owner[outputs], rows), 1)
    sizes = np.bincount(owner, minlength=groups)
    for number in range(rounds):
        rng = generator(seed, "packing", number)
        # In tiles, of which a row is 1 / tile rows: from a twentieth of a tile down to a hundredth of a row.
        heat = 0.05 * (0.2 / tile.rows) ** (number / max(1, rounds - 1))
        anneal_round(rng.random((trials, 4)), heat, tile.rows, tile.outputs, column_starts, rows, owner, counts, sizes)
        cost = _cost(present, tile, owner)
        if cost < best_cost:
            best, best_cost = owner.copy(), cost
    return best


@kernel
def anneal_round(
    draws: FloatArray, heat: float, tile_rows: int, capacity: int, starts: IntArray, rows: IntArray,
    owner: IntArray, counts: IntArray, sizes: IntArray,
) -> None:  # fmt: skip
    """One trial per row of ``draws``: an output moves to another group, or changes places with one of it when that is full.

    The cost is that of each group, ``ceil(rows / tile rows) + rows / tile rows``; ``counts`` (groups, rows) says how many of
    its outputs touch each row. ``owner``, ``counts`` and ``sizes`` are changed in place.
    """
    outputs, groups = len(owner), len(sizes)
    touched = np.zeros(groups, np.int64)
    for group in range(groups):
        for row in range(counts.shape[1]):
            touched[group] += counts[group, row] > 0
    for trial in range(len(draws)):
        first = int(draws[trial, 0] * outputs)
        a = owner[first]
        second = -1
        b = int(draws[trial, 1] * groups)
        if a == b:
            continue
        if sizes[b] >= capacity:
            second = int(draws[trial, 2] * outputs)
            b = owner[second]
            if a == b:
                continue
        before_a, before_b = touched[a], touched[b]
        for way in range(2):  # there, and back if it is refused
            out, into = (a, b) if way == 0 else (b, a)
            for k in range(starts[first], starts[first + 1]):
                row = rows[k]
                counts[out, row] -= 1
                touched[out] -= counts[out, row] == 0
                touched[into] += counts[into, row] == 0
                counts[into, row] += 1
            if second >= 0:
                for k in range(starts[second], starts[second + 1]):
                    row = rows[k]
                    counts[into, row] -= 1
                    touched[into] -= counts[into, row] == 0
                    touched[out] += counts[out, row] == 0
                    counts[out, row] += 1
            if way == 1:
                break
            change = (touched[a] + touched[b] - before_a - before_b) / tile_rows
            change += (touched[a] + tile_rows - 1) // tile_rows + (touched[b] + tile_rows - 1) // tile_rows
            change -= (before_a + tile_rows - 1) // tile_rows + (before_b + tile_rows - 1) // tile_rows
            if change <= 0 or draws[trial, 3] < np.exp(-change / heat):
                owner[first] = b
                sizes[a] -= 1
                sizes[b] += 1
                if second >= 0:
                    owner[second] = a
                    sizes[a] += 1
                    sizes[b] -= 1
                break
