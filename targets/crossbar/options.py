"""What a user can choose when compiling for an array of memory cells; both in-memory targets have these options."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.targets.crossbar.costs.periphery import BITS

_TILE = re.compile(r"(\d{1,5})[xX×](\d{1,5})")
MOST_LEVELS = 65_536
"""As 16 bits: no cell tells so many conductances apart."""


@dataclass(frozen=True)
class CrossbarOptions:
    """Options of an in-memory target; each is a CLI option of ``neurodeploy compile``.

    None stands for "as the device file says".

    Raises:
        NeurodeployError: ND401 for a value that is not allowed.
    """

    name: ClassVar[str] = "crossbar"

    device: str = field(default="", metadata={"help": "memory cell: the name of a built-in device, or a TOML file"})
    tile: str = field(default="128x128", metadata={"help": "rows x columns of cells of one physical array"})
    levels: int | None = field(
        default=None, metadata={"help": "conductance levels of a cell; the device's own without it"}
    )
    cells: Literal["auto", "pair", "reference", "single"] = field(
        default="auto",
        metadata={
            "help": "cells of a weight: two whose currents are subtracted, one beside a reference column, or one alone; auto: a "
            "pair for signed weights, a reference column for others"
        },
    )
    layout: Literal["packed", "grid"] = field(
        default="packed", metadata={"help": "leave out empty rows and reorder outputs to save tiles, or not"}
    )
    partial_sums: Literal["analogue", "digital", "none"] = field(
        default="analogue",
        metadata={
            "help": "sums of rows split over tiles: currents on a joined wire, codes behind a converter of each tile, or refuse "
            "such splits"
        },
    )
    converter_bits: int = field(
        default=8, metadata={"help": "bits of the converters, 4 to 20 (only --partial-sums digital has converters)"}
    )
    multiplexing: int = field(default=1, metadata={"help": "neighbouring columns that share a converter or a neuron"})
    tiles_available: int | None = field(default=None, metadata={"help": "refuse networks that need more tiles"})
    lost_weights: float = field(
        default=0.05,
        metadata={"help": "refuse when levels round away more than this share of a projection's summed |weight|"},
    )
    programming: Literal["device", "ideal"] = field(
        default="device", metadata={"help": "errors of programming as in the device file, or none"}
    )
    variation: float | None = field(
        default=None, metadata={"help": "variation between devices: standard deviation of ln G"}
    )
    stuck_at: float | None = field(
        default=None, metadata={"help": "share of stuck devices, half of them on and half off"}
    )
    read_noise: float | None = field(
        default=None, metadata={"help": "noise of a cell in every read, as a share of its conductance"}
    )
    segment_ohms: float | None = field(
        default=None, metadata={"help": "resistance of a line from cell to cell, in ohm; 0: ideal wires"}
    )
    age_seconds: float = field(default=0.0, metadata={"help": "time since programming, in s (retention)"})
    temperature: float = field(default=300.0, metadata={"help": "during that time, in K"})
    supply_volts: float | None = field(
        default=None, metadata={"help": "supply of the periphery, in V; nominal for the device's process without it"}
    )
    threshold_variation: float = field(
        default=0.0, metadata={"help": "of the neuron circuits: standard deviation, as a share of the firing threshold"}
    )
    offset_variation: float = field(
        default=0.0,
        metadata={
            "help": "of the neuron circuits: standard deviation of what drifts in per step, as a share of the firing threshold"
        },
    )
    circuit_leak_ms: float = field(
        default=0.0,
        metadata={"help": "time constant with which integrate-and-fire circuits leak, in ms (0: they do not)"},
    )
    device_seed: int = field(default=0, metadata={"help": "which one of all the chips that could be made"})

    def __post_init__(self) -> None:
        shares = ("lost_weights", "stuck_at")
        for name in ("variation", "read_noise", "segment_ohms", "age_seconds", "threshold_variation", *shares,
                     "offset_variation", "circuit_leak_ms"):  # fmt: skip
            value = getattr(self, name)
            self._require(value is None or 0 <= value < np.inf, name, "Give a finite number of at least 0.")
        for name in shares:
            value = getattr(self, name)
            self._require(value is None or value <= 1, name, "Give a share from 0 to 1.")
        supply = self.supply_volts
        self._require(supply is None or 0 < supply < np.inf, "supply_volts", "Give volts above 0.")
        self._require(0 < self.temperature < np.inf, "temperature", "Give kelvins above 0.")
        least, most = BITS["survey"]
        self._require(
            least <= self.converter_bits <= most,
            "converter_bits",
            f"Use {least} to {most}: energy and area of other converters are not known.",
        )
        for name in ("multiplexing", "tiles_available"):
            self._require(getattr(self, name) is None or getattr(self, name) >= 1, name, "Use 1 or more.")
        self._require(self.levels is None or 2 <= self.levels <= MOST_LEVELS, "levels", f"Use 2 to {MOST_LEVELS:,}.")
        self._require(self.device_seed >= 0, "device_seed", "Use 0 or more.")
        self._require(
            _TILE.fullmatch(self.tile) is not None and min(self.tile_size) >= 1,
            "tile",
            "Give rows x columns, each from 1 to 99999, such as 128x128.",
        )

    def _require(self, holds: bool, name: str, allowed: str) -> None:
        if not holds:
            value: Any = getattr(self, name)
            raise NeurodeployError(
                "ND401", f"The target {self.name}: --{name.replace('_', '-')} is {value!r}.", allowed
            )

    @property
    def tile_size(self) -> tuple[int, int]:
        """Rows and columns of a tile."""
        match = _TILE.fullmatch(self.tile)
        assert match is not None
        return int(match[1]), int(match[2])
