"""How an array on tiles is read with binary vectors, however its inputs come: noise, subtraction, converters, partial sums.

Rows that no tile is tall enough for are split: an output then has partial sums in several tiles.  They are added as currents where
nothing stands between (:meth:`ArrayOnTiles.read`: the wires that join the tiles' columns are ideal), or as codes after each
tile's own converter (:meth:`ArrayOnTiles.read_converted`), tiles of one band at a time (:mod:`bands`).  Tiles share nothing else.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from functools import cached_property
from os import cpu_count
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from neurodeploy.network.arrays import FloatArray, IntArray
from neurodeploy.targets.crossbar.bands import Band, bands, whole
from neurodeploy.targets.crossbar.binary_inputs import CHUNK, checked_spikes, in_chunks
from neurodeploy.targets.crossbar.nonidealities import AnalogToDigital, ReadNoise
from neurodeploy.targets.crossbar.parameters import require, require_positive
from neurodeploy.targets.crossbar.randomness import generator
from neurodeploy.targets.crossbar.tiling import Tiling

Subtract: TypeAlias = Literal["pair", "reference"] | None
"""What is subtracted before a converter or a neuron sees the current: nothing, the second column of a pair from the first,
or the reference column of the tile."""


class Sums(NamedTuple):
    """Of one volt: currents of a band's columns and then its reference columns, and their variance (None: no noise)."""

    currents: FloatArray
    variances: FloatArray | None


Carried: TypeAlias = Callable[[NDArray[np.uint8]], Sums]
"""From inputs ``(vectors, all rows)`` to what the columns of a band carry."""


class Reading(NamedTuple):
    """Codes of the tiles added, ``(vectors, columns or outputs)``, and how many conversions were clipped below and above.

    ``parts``: how many conversions each sum adds, ``(columns or outputs,)``.
    """

    codes: NDArray[np.int64]
    below: int
    above: int
    parts: IntArray

    def currents(self, converter: AnalogToDigital) -> FloatArray:
        """What the sums of codes stand for, in A."""
        return converter.lowest * self.parts + converter.step * self.codes


@dataclass(frozen=True, eq=False)
class ArrayOnTiles(ABC):
    """Cells on tiles.

    ``conductances``: of every cell, in S, ``(rows, columns)``, 0 where no tile is. ``reference``: of each tile's own reference
    column, ``(rows, tiles)``, 0 in rows that it does not hold; None: there is none.
    """

    conductances: FloatArray
    tiling: Tiling
    reference: FloatArray | None

    @abstractmethod
    def _carried(self, band: Band, noise: ReadNoise | None, referenced: bool) -> Carried:
        """How the columns of a band answer inputs, its reference columns among them if ``referenced``."""

    @property
    def tiles(self) -> int:
        """How many there are."""
        return len(self.tiling.tiles)

    def read(
        self,
        spikes: NDArray[np.bool_],
        voltage: float,
        noise: ReadNoise | None = None,
        seed: int = 0,
        threads: int | None = None,
        subtract: Subtract = None,
    ) -> FloatArray:
        """Currents of the columns (A), partial sums added as currents, ``(vectors, columns)``; 0 where no tile is.

        Args:
            spikes: which rows are on, ``(vectors, rows)``.
            voltage: of rows that are on, the others at 0 V; of the source lines with inputs on the gates. In V.
            noise: of every cell in every vector, or None.
            seed: of the noise.
            threads: all cores by default; the result is the same on any number.
            subtract: give differences, ``(vectors, outputs)``, of pairs or from the reference columns.

        Raises:
            NeurodeployError: ND450, inputs or values that no such array has.
        """
        inputs = self._checked(spikes, voltage, subtract)
        results = np.zeros((len(inputs), self._width(subtract)))
        band, carried = self._answering(True, noise, subtract == "reference")[0]
        places = self._places(band, subtract)

        def run(chunk: slice) -> None:
            random = generator(seed, "read noise", chunk.start // CHUNK)
            results[chunk, places] = self._drawn(band, carried(inputs[chunk]), voltage, random, subtract)

        _on_threads(run, len(inputs), threads)
        return results

    def read_converted(
        self,
        spikes: NDArray[np.bool_],
        voltage: float,
        converter: AnalogToDigital,
        noise: ReadNoise | None = None,
        seed: int = 0,
        threads: int | None = None,
        subtract: Subtract = None,
    ) -> Reading:
        """The same with a converter behind the columns of every tile, after the subtraction; codes are added digitally."""
        inputs = self._checked(spikes, voltage, subtract)
        codes = np.zeros((len(inputs), self._width(subtract)), np.int64)
        clipped = np.zeros((len(in_chunks(len(inputs))), 2), np.int64)
        parts = np.zeros(codes.shape[1], np.int64)
        answering = self._answering(False, noise, subtract == "reference")
        all_bands = [(band, carried, self._places(band, subtract)) for band, carried in answering]
        for _, _, places in all_bands:
            parts[places] += 1

        def run(chunk: slice) -> None:
            random = generator(seed, "read noise", chunk.start // CHUNK)
            for band, carried, places in all_bands:
                found = converter.convert(self._drawn(band, carried(inputs[chunk]), voltage, random, subtract))
                codes[chunk, places] += found.codes
                clipped[chunk.start // CHUNK] += (found.below, found.above)

        _on_threads(run, len(inputs), threads)
        return Reading(codes, int(clipped[:, 0].sum()), int(clipped[:, 1].sum()), parts)

    @cached_property
    def _prepared(self) -> dict[tuple[bool, ReadNoise | None, bool], list[tuple[Band, Carried]]]:
        """What earlier reads made ready: a network reads the same array in every time step."""
        return {}

    def __getstate__(self) -> dict[str, object]:
        """The fields: another process prepares its own reads."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def _answering(self, together: bool, noise: ReadNoise | None, referenced: bool) -> list[tuple[Band, Carried]]:
        """All tiles as one band, or every band, and what its columns answer."""
        key = (together, noise, referenced)
        if key not in self._prepared:
            chosen = [whole(self.tiling)] if together else bands(self.tiling)
            self._prepared[key] = [(band, self._carried(band, noise, referenced)) for band in chosen]
        return self._prepared[key]

    def _checked(self, spikes: NDArray[np.bool_], voltage: float, subtract: Subtract) -> NDArray[np.uint8]:
        """The inputs of a read that is possible."""
        require_positive(self, voltage=voltage)
        require(subtract in (None, "pair", "reference"), self, "subtract", subtract, "'pair', 'reference' or None")
        per = self.tiling.tile.columns_per_output
        require(subtract != "pair" or per == 2, self, "columns per output", per, "2 to subtract pairs")
        referenced = subtract != "reference" or self.reference is not None
        require(referenced, self, "reference", self.reference, "given to be subtracted")
        return checked_spikes(self, spikes, self.tiling.shape[0])

    def _width(self, subtract: Subtract) -> int:
        """How many columns or outputs are read."""
        return self.tiling.shape[1] * (1 if subtract else self.tiling.tile.columns_per_output)

    def _places(self, band: Band, subtract: Subtract) -> IntArray | slice:
        """Where the results of a band belong: columns, or outputs of pairs."""
        places = band.columns[::2] // 2 if subtract == "pair" else band.columns
        return _run_of(places)

    def _drawn(
        self, band: Band, sums: Sums, voltage: float, random: np.random.Generator, subtract: Subtract
    ) -> FloatArray:
        """Currents of one chunk, noise drawn, and what is to be subtracted subtracted."""
        columns = len(band.columns)
        currents = _noisy(sums, slice(columns), voltage, random)
        if subtract == "pair":
            return currents[:, 0::2] - currents[:, 1::2]
        if subtract == "reference":
            references = _noisy(sums, slice(columns, None), voltage, random)
            for position, (_, held) in enumerate(band.places):
                currents[:, _run_of(held)] -= references[:, position : position + 1]
        return currents


def _run_of(places: IntArray) -> IntArray | slice:
    """Ascending places, as a slice where they stand side by side: far faster to index with."""
    beside = len(places) > 0 and places[-1] - places[0] + 1 == len(places)
    return slice(int(places[0]), int(places[-1]) + 1) if beside else places


def _noisy(sums: Sums, columns: slice, voltage: float, random: np.random.Generator) -> FloatArray:
    if sums.variances is None:
        return sums.currents[:, columns] * voltage
    sigma = np.sqrt(sums.variances[:, columns])
    noise = random.standard_normal(sigma.shape)
    noise *= sigma
    noise += sums.currents[:, columns]
    noise *= voltage
    return noise


def _on_threads(run: Callable[[slice], None], vectors: int, threads: int | None) -> None:
    chunks = in_chunks(vectors)
    if threads == 1 or len(chunks) == 1:  # without the cost of starting one: a time step of a network is a small read
        for chunk in chunks:
            run(chunk)
        return
    with ThreadPoolExecutor(threads or cpu_count()) as pool:
        list(pool.map(run, chunks))
