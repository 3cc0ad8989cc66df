"""An array split over tiles: which rows and outputs each holds, and what the partial sums of split rows cost.

A tile holds any rows and any outputs of the array; the columns of one output (a pair) stay together in it, and a reference
column is in every tile. Rows of an output that lie in several tiles give it as many partial sums, which must be added *before*
the neuron decides about a spike: digitally, after a conversion of each, or as currents on a wire that joins the tiles' columns.
A spiking periphery at each tile (``summation="none"``) cannot add them: then no output's rows may be split.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from neurodeploy.errors import NeurodeployError
from neurodeploy.network.arrays import FloatArray, IntArray

Summation: TypeAlias = Literal["digital", "analogue", "none"]


@dataclass(frozen=True)
class TileShape:
    """One physical array of ``rows x columns`` cells.

    ``columns_per_output``: columns that stay together (2: a pair). ``reserved_columns``: not for outputs (1: a reference
    column). ``multiplexing``: neighbouring columns that share one sense amplifier or converter, and are read one after another.

    Raises:
        NeurodeployError: ND431 when a size is below 1, or a tile cannot hold the columns of one output.
    """

    rows: int
    columns: int
    columns_per_output: int = 1
    reserved_columns: int = 0
    multiplexing: int = 1

    def __post_init__(self) -> None:
        if min(self.rows, self.columns, self.columns_per_output, self.multiplexing) < 1 or self.reserved_columns < 0:
            raise _refused(f"A tile cannot be {self}.", "Give sizes of 1 or more.")
        if self.outputs < 1:
            needed = self.columns_per_output + self.reserved_columns
            raise _refused(
                f"A tile of {self.columns} columns cannot hold one output, which needs {needed}"
                f"{' with the reference column' if self.reserved_columns else ''}.",
                f"Use tiles of {needed} columns or more, or another scheme of columns per weight.",
            )

    @property
    def outputs(self) -> int:
        """How many outputs a tile holds."""
        return (self.columns - self.reserved_columns) // self.columns_per_output

    @property
    def senses(self) -> int:
        """Sense amplifiers or converters of a tile."""
        return -(-self.columns // self.multiplexing)


class Tile(NamedTuple):
    """The rows and outputs of the array that a tile holds, ascending indices."""

    rows: IntArray
    outputs: IntArray


class PartialSums(NamedTuple):
    """What split rows cost per read of the whole array.

    ``per_output``: partial sums that make each output, ``(outputs,)`` (0: on no tile). ``conversions``: values that are
    converted or sensed, a pair or a column and its reference being subtracted before. ``additions``: digital ones.
    ``extra_bits``: by which the widest digital sum exceeds a partial one. ``joined_columns``: columns that share a wire with
    those of another tile. ``phases``: reads one after another of the busiest tile, by multiplexing.
    """

    per_output: IntArray
    conversions: int
    additions: int
    extra_bits: int
    joined_columns: int
    phases: int


@dataclass(frozen=True, eq=False)
class Tiling:
    """How an array ``(rows, outputs)`` lies on tiles of one shape."""

    shape: tuple[int, int]
    tile: TileShape
    tiles: tuple[Tile, ...]

    def partial_sums(self, summation: Summation) -> PartialSums:
        """What adding the partial sums takes.

        Raises:
            NeurodeployError: ND431 when rows are split and nothing adds them (``summation="none"``).
        """
        per_output = np.zeros(self.shape[1], np.int64)
        for tile in self.tiles:
            per_output[tile.outputs] += 1
        split, most = int((per_output > 1).sum()), int(per_output.max(initial=0))
        if summation == "none" and split:
            raise _refused(
                f"{split} of {self.shape[1]} outputs have their rows split over up to {most} tiles of {self.tile.rows} "
                "rows, and a spiking periphery at each tile cannot add their partial sums.",
                f"Use tiles of {self._most_rows()} rows or more, prune, or add them digitally or as currents.",
            )
        widest = max((len(tile.outputs) for tile in self.tiles), default=0) * self.tile.columns_per_output
        phases = min(self.tile.multiplexing, widest + self.tile.reserved_columns) if self.tiles else 0
        digital = summation == "digital"
        whole, parts = int((per_output > 0).sum()), int(per_output.sum())
        return PartialSums(
            per_output,
            parts if digital else whole,
            parts - whole if digital else 0,
            max(0, most - 1).bit_length() if digital else 0,
            0 if digital else int(per_output[per_output > 1].sum()) * self.tile.columns_per_output,
            phases,
        )

    def _most_rows(self) -> int:
        """Rows over which the most spread output is split."""
        rows = np.zeros(self.shape[1], np.int64)
        for tile in self.tiles:
            rows[tile.outputs] += len(tile.rows)
        return int(rows.max(initial=0))

    def blocks(self, cells: FloatArray) -> list[FloatArray]:
        """Each tile's part of the cells ``(rows, outputs * columns per output)``, in the order of its rows and outputs."""
        return [cells[np.ix_(tile.rows, self.columns(tile))] for tile in self.tiles]

    def columns(self, tile: Tile) -> IntArray:
        """The array's columns that a tile holds, ascending."""
        per = self.tile.columns_per_output
        return (tile.outputs[:, None] * per + np.arange(per)).ravel()

    def added(self, parts: Sequence[FloatArray]) -> FloatArray:
        """Partial sums of every tile ``(..., outputs of the tile)`` added up, ``(..., outputs)``: tile by tile, in order."""
        leading = parts[0].shape[:-1] if parts else ()
        result = np.zeros((*leading, self.shape[1]))
        for tile, part in zip(self.tiles, parts, strict=True):
            result[..., tile.outputs] += part
        return result

    def holds(self, present: NDArray[np.bool_]) -> bool:
        """Whether every synapse of a mask ``(rows, outputs)`` lies in one tile, and in no two."""
        times = self.times_held()
        return bool((times[present] == 1).all()) and int(times.max(initial=0)) <= 1

    def times_held(self) -> IntArray:
        """On how many tiles each synapse would lie, ``(rows, outputs)``."""
        times = np.zeros(self.shape, np.int64)
        for tile in self.tiles:
            times[np.ix_(tile.rows, tile.outputs)] += 1
        return times


def dense_grid(shape: tuple[int, int], tile: TileShape) -> Tiling:
    """Tiles side by side over the whole array ``(rows, outputs)``, in the order of its rows and outputs."""
    rows, outputs = (np.arange(n, dtype=np.int64) for n in shape)
    groups = [outputs[start : start + tile.outputs] for start in range(0, shape[1], tile.outputs)]
    return grouped(shape, tile, [(rows, group) for group in groups])


def grouped(shape: tuple[int, int], tile: TileShape, groups: Sequence[tuple[IntArray, IntArray]]) -> Tiling:
    """Tiles of groups of outputs: each group's rows, ascending, cut into tiles."""
    tiles = [
        Tile(rows[start : start + tile.rows], outputs)
        for rows, outputs in groups
        for start in range(0, len(rows), tile.rows)
    ]
    return Tiling(shape, tile, tuple(tiles))


def _refused(what: str, hint: str) -> NeurodeployError:
    return NeurodeployError("ND431", what, hint)
