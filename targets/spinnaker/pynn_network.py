"""Populations and projections as PyNN and the chip hold them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from neurodeploy.network.arrays import Array, BoolArray, FloatArray, Int32Array, IntArray


@dataclass(frozen=True)
class Plane:
    """Neurons on a grid (``Grid2D``), neuron (x, y) being number y * width + x, on cores of ``core`` neurons (width, height)."""

    width: int
    height: int
    core: tuple[int, int]

    def blocks(self) -> list[tuple[int, int]]:
        """First column and row of each core, in the order of sPyNNaker's slices (columns first)."""
        wide, high = self.core
        return [(x, y) for y in range(0, self.height, high) for x in range(0, self.width, wide)]

    def positions(self) -> IntArray:
        """Place of each neuron when the cores' neurons are lined up one core after the other, int64 ``(neurons,)``."""
        y, x = np.divmod(np.arange(self.width * self.height), self.width)
        (wide, high), across = self.core, self.width // self.core[0]
        place: IntArray = ((y // high * across + x // wide) * high + y % high) * wide + x % wide
        return place


@dataclass(frozen=True, eq=False)
class PynnPopulation:
    """A population under PyNN's names. ``summed_weight_bounds`` (µS, nA or mV) and ``shifts``: excitatory, inhibitory.

    ``part_of``: the lowered network's population; this one is its neurons from ``first`` on, all of it unless it is one
    channel's ``plane``.
    """

    label: str
    model: str
    size: int
    parameters: Mapping[str, float | FloatArray] = field(default_factory=dict)
    initial_v: float | FloatArray = 0.0
    summed_weight_bounds: tuple[float, float] = (0.0, 0.0)
    shifts: tuple[int, int] = (0, 0)
    part_of: str = ""
    first: int = 0
    plane: Plane | None = None


@dataclass(frozen=True, eq=False)
class PynnProjection:
    """Synapses that exist, by source: ``weights`` in PyNN's units (signed), ``stored`` as the 16 bits of a synaptic row.

    ``all_but_self``: every neuron to every other with ``weights[0]``; the sparse arrays are then empty. ``delay_steps``:
    one for all, or int32 per synapse.
    """

    label: str
    source: int
    target: int
    receptor: int
    delay_steps: int | Int32Array
    all_but_self: bool
    indptr: IntArray
    indices: Int32Array
    weights: FloatArray
    stored: Array

    @property
    def longest_delay(self) -> int:
        """The longest delay of any synapse, in steps."""
        return int(np.max(self.delay_steps, initial=0))


@dataclass(frozen=True, eq=False)
class PynnConvolution:
    """Kernels from planes to planes, kept in the cores' own memory instead of synaptic rows.

    ``sources`` and ``targets``: indices of the populations of the input and output channels. ``kernels`` (nA, signed) and
    ``codes`` (int16), ``(channels out, channels in, rows, columns)``, as the network has them (a cross-correlation);
    ``joined``, bool ``(channels out, channels in)``: the pairs that have a kernel. ``padding``: (x, y).
    """

    label: str
    sources: tuple[int, ...]
    targets: tuple[int, ...]
    kernels: FloatArray
    codes: Array
    joined: BoolArray
    padding: tuple[int, int]
    delay_steps: int

    def pairs(self) -> list[tuple[int, int, int, int]]:
        """Channels out and in, and the populations target and source, of every kernel there is."""
        return [(o, i, self.targets[o], self.sources[i]) for o, i in np.argwhere(self.joined).tolist()]

    def chip_kernel(self, channel_out: int, channel_in: int) -> Array:
        """Codes as the chip applies them: turned by half a turn, since it spreads the kernel around each spike."""
        return np.ascontiguousarray(self.codes[channel_out, channel_in, ::-1, ::-1])
