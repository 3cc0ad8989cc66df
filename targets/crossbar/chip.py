"""One chip of all that could be made: what its cells conduct after programming, and the network that it therefore computes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from neurodeploy.network import Dense, Network, Weights
from neurodeploy.network.arrays import FloatArray
from neurodeploy.simulation.plan import Plan, build_plan
from neurodeploy.targets.crossbar.array_reading import ArrayOnTiles, Subtract
from neurodeploy.targets.crossbar.bundle_files import conductances_of
from neurodeploy.targets.crossbar.gated_array import gated_array
from neurodeploy.targets.crossbar.line_loss import segments
from neurodeploy.targets.crossbar.mapping import ArrayMapping, CrossbarMapping
from neurodeploy.targets.crossbar.neuron_circuits import NeuronCircuits
from neurodeploy.targets.crossbar.nonidealities import AnalogToDigital, Nonideality, ReadNoise, perturb
from neurodeploy.targets.crossbar.options import CrossbarOptions
from neurodeploy.targets.crossbar.tiled_array import TiledArray, tiled_array

MOST_TILES = 1 << 20
"""Tiles of an array, for numbering those of several."""
SUBTRACTED: dict[str, Subtract] = {"pair": "pair", "reference": "reference", "single": None}


@dataclass(frozen=True, eq=False)
class ProgrammedArray:
    """The array of one projection on a chip."""

    mapping: ArrayMapping
    array: ArrayOnTiles
    noise: ReadNoise | None
    converter: AnalogToDigital | None
    read_voltage: float

    @property
    def linear(self) -> bool:
        """Whether every read is the same linear function of its input."""
        return isinstance(self.array, TiledArray) and self.noise is None and self.converter is None

    @cached_property
    def weights(self) -> FloatArray:
        """What the network's weights are on this chip, lines included, ``(rows, outputs)``; of a linear array."""
        assert isinstance(self.array, TiledArray)
        return self.mapping.mapped.scale * self.array.effective(self._subtract)

    def drive(self, spikes: NDArray[np.bool_], seed: int) -> tuple[FloatArray, int]:
        """Weighted sums that the neurons get for binary vectors ``(vectors, rows)``, in the weights' unit, ``(vectors, outputs)``;
        and how many conversions were clipped."""
        scale = self.mapping.mapped.scale / self.read_voltage
        voltage, subtract = self.read_voltage, self._subtract
        if self.converter is None:
            return scale * self.array.read(spikes, voltage, self.noise, seed, 1, subtract), 0
        reading = self.array.read_converted(spikes, voltage, self.converter, self.noise, seed, 1, subtract)
        return scale * reading.currents(self.converter), reading.below + reading.above

    @property
    def _subtract(self) -> Subtract:
        return SUBTRACTED[self.mapping.mapped.scheme]


@dataclass(frozen=True, eq=False)
class Chip:
    """``network``: with the circuits of this chip; ``arrays`` by projection; ``seed``: of what varies from read to read."""

    network: Network
    arrays: dict[str, ProgrammedArray]
    seed: int

    @cached_property
    def linear(self) -> bool:
        """Whether the chip computes a network of other weights, and nothing else."""
        return all(array.linear for array in self.arrays.values())

    @cached_property
    def effective(self) -> Network:
        """That network: every array a dense projection, its absent synapses with what their cells let through."""
        return self.network.with_projections(
            *(
                replace(
                    self.network.projection(name),
                    connectivity=Dense(),
                    weights=Weights(values=array.weights),
                    delay=self.network.projection(name).shortest_delay,  # all of them: refusals.one_delay
                )
                for name, array in self.arrays.items()
            )
        )

    @cached_property
    def plan(self) -> Plan:
        """How the float simulator runs it."""
        return build_plan(self.effective)


def make_chip(mapping: CrossbarMapping, number: int = 0) -> Chip:
    """Chip ``number`` of a batch: 0 is the one with the seed ``--device-seed``, the others have those that follow."""
    options = mapping.options
    seed = options.device_seed + number
    arrays = {array.projection: _programmed(mapping, array, seed, k) for k, array in enumerate(mapping.arrays)}
    return Chip(circuits_of(options).apply(mapping.lowered, seed), arrays, seed)


def circuits_of(options: CrossbarOptions) -> NeuronCircuits:
    """The circuits behind the arrays."""
    return NeuronCircuits(options.threshold_variation, options.offset_variation, options.circuit_leak_ms)


def _programmed(mapping: CrossbarMapping, array: ArrayMapping, seed: int, index: int) -> ProgrammedArray:
    device, options = mapping.device, mapping.options
    models = device.nonidealities(options.age_seconds, options.temperature)
    cells, reference = written_cells(array, models, seed, index)
    rows, columns = segments(mapping)
    idle = device.idle_conductances(cells) if device.inputs == "gates" else None
    made: ArrayOnTiles
    if device.inputs == "rows":
        made = tiled_array(cells, array.tiling, row_resistance=rows, column_resistance=columns, reference=reference)
    elif columns == 0 and idle is None:  # then cells add up whether their gates are their inputs or not
        made = tiled_array(cells, array.tiling, reference=reference)
    else:
        idle_references = None if reference is None else device.idle_conductances(reference)
        made = gated_array(
            cells, array.tiling, resistance=columns, idle=idle, reference=reference, reference_idle=idle_references
        )
    return ProgrammedArray(
        array, made, device.read_noise_model(), mapping.converters.get(array.projection), device.read_voltage
    )


def written_cells(
    array: ArrayMapping, models: Sequence[Nonideality], seed: int, index: int
) -> tuple[FloatArray, FloatArray | None]:
    """What the cells hold after programming, and the reference columns ``(rows, tiles)``: tile by tile, each with draws of its own."""
    mapped, tiling = array.mapped, array.tiling
    cells = np.zeros_like(mapped.conductances)
    reference = None if mapped.reference is None else np.zeros((len(cells), array.tiles))
    for number, tile in enumerate(tiling.tiles):
        columns = tiling.columns(tile)
        held = perturb(conductances_of(array, tile), models, seed, index * MOST_TILES + number)
        cells[np.ix_(tile.rows, columns)] = held[:, : len(columns)]
        if reference is not None:
            reference[tile.rows, number] = held[:, -1]
    return cells, reference
