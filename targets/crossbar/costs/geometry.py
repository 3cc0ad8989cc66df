"""What an estimate needs to know of an array and its run: how it lies on tiles, its cells, and what happened."""

from __future__ import annotations

from dataclasses import dataclass

from neurodeploy.costs import Constant
from neurodeploy.targets.crossbar.parameters import require, require_not_negative, require_positive
from neurodeploy.targets.crossbar.tiling import Summation, Tiling


@dataclass(frozen=True)
class ArrayGeometry:
    """One array of a network on its tiles.

    ``name``: before every part's name. ``outputs``: of the array, one neuron each. ``conversions``: values sensed per read,
    a pair or a column and its reference being subtracted before. ``additions``: of partial sums per read, digital.
    ``extra_bits``: by which the widest sum exceeds a partial one. ``senses``: sense circuits. ``phases``: reads one after
    another because columns share sense circuits. ``neurons``: counted with this array (None: one for each output; 0: another
    array ends at the same ones, and has them). ``integrating``: those that take a current from it or from arrays beside it
    (None: as many as conversions).

    Raises:
        NeurodeployError: ND450 for sizes below 1 or counts below 0.
    """

    name: str
    tiles: int
    tile_rows: int
    tile_columns: int
    outputs: int
    conversions: int
    senses: int
    additions: int = 0
    extra_bits: int = 0
    phases: int = 1
    neurons: int | None = None
    integrating: int | None = None

    def __post_init__(self) -> None:
        require_not_negative(
            self, tiles=self.tiles, conversions=self.conversions, senses=self.senses, additions=self.additions,
            extra_bits=self.extra_bits, phases=self.phases, neurons=self.own_neurons, integrating=self.own_integrating,
        )  # fmt: skip
        require_positive(self, tile_rows=self.tile_rows, tile_columns=self.tile_columns, outputs=self.outputs)

    @classmethod
    def of(cls, name: str, tiling: Tiling, summation: Summation) -> ArrayGeometry:
        """From a tiling: digital summation senses at every tile, the others once per output.

        Raises:
            NeurodeployError: ND431 when rows are split and nothing adds them (``summation="none"``).
        """
        tile, sums = tiling.tile, tiling.partial_sums(summation)
        sensed = len(tiling.tiles) * tile.outputs if summation == "digital" else sums.conversions
        return cls(
            name, len(tiling.tiles), tile.rows, tile.columns, tiling.shape[1], sums.conversions,
            -(-sensed // tile.multiplexing), sums.additions, sums.extra_bits, sums.phases,
        )  # fmt: skip

    @property
    def own_neurons(self) -> int:
        """Neurons that are counted with this array."""
        return self.outputs if self.neurons is None else self.neurons

    @property
    def own_integrating(self) -> int:
        """Circuits of a read whose integration is counted with this array."""
        return self.conversions if self.integrating is None else self.integrating

    @property
    def cells(self) -> int:
        """Physical cells of all tiles, used or not."""
        return self.tiles * self.tile_rows * self.tile_columns

    def part(self, name: str) -> str:
        """A part's name with the array's."""
        return f"{self.name}: {name}" if self.name else name


@dataclass(frozen=True)
class CellFigures:
    """``area``: of one cell in m^2. Reads put ``read_volts`` across it for ``read_seconds`` (``seconds_range``: where the
    device knows only a range)."""

    area: Constant
    read_volts: float
    read_seconds: float
    seconds_range: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        require_positive(self, read_volts=self.read_volts, read_seconds=self.read_seconds)


@dataclass(frozen=True)
class ArrayEvents:
    """What happened in one array in a run (all samples together).

    Args:
        reads: time steps with at least one input spike.
        row_activations: input spikes times the tiles that hold their row.
        spikes: sent by the neurons of the outputs.
        cell_joules: dissipated in cells (`cells.ohmic_read_joules`, `cells.current_read_joules`, or a simulation).
        cell_joules_low: with the lowest currents that sources allow, where only a range is known.
        cell_joules_high: with the highest.
        updates: time steps in which the neurons take something in, of all arrays that end at them (None: ``reads``).

    Raises:
        NeurodeployError: ND450 for counts below 0, or a range without the value.
    """

    reads: float
    row_activations: float
    spikes: float
    cell_joules: float
    cell_joules_low: float | None = None
    cell_joules_high: float | None = None
    updates: float | None = None

    def __post_init__(self) -> None:
        require_not_negative(
            self, reads=self.reads, row_activations=self.row_activations, spikes=self.spikes, cell_joules=self.cell_joules,
            updates=self.neuron_updates,
        )  # fmt: skip
        low = self.cell_joules if self.cell_joules_low is None else self.cell_joules_low
        high = self.cell_joules if self.cell_joules_high is None else self.cell_joules_high
        require(0 <= low <= self.cell_joules <= high, self, "cell_joules", self.cell_joules, f"from {low} to {high}")

    @property
    def neuron_updates(self) -> float:
        """Time steps in which the neurons take something in."""
        return self.reads if self.updates is None else self.updates
