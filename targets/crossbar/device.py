"""One memory device: its conductances, its cell, how it is read and written, and what it does that it should not.

Values come from a TOML file (docs/add_a_device.md), each with its source and kind in ``constants``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Literal, Self

import numpy as np

from neurodeploy.costs import Constant
from neurodeploy.errors import NeurodeployError
from neurodeploy.network.arrays import FloatArray
from neurodeploy.targets.crossbar.cells import CellStates
from neurodeploy.targets.crossbar.device_keys import NUMBERS, TEXTS, Key
from neurodeploy.targets.crossbar.device_rules import DERIVED, entry_of, programming_error
from neurodeploy.targets.crossbar.device_text import toml_of
from neurodeploy.targets.crossbar.device_values import device_values
from neurodeploy.targets.crossbar.nonidealities import (
    CycleVariation,
    LognormalVariation,
    Nonideality,
    ReadNoise,
    RetentionDrift,
    StuckAt,
    WriteVerify,
)


@dataclass(frozen=True, kw_only=True)
class Device:
    """A memory device; made by :func:`load_device` or :meth:`from_table`, which check every value.

    ``inputs``: where active rows put their voltage: on the cells ("rows", linear: transfer matrices are exact) or on their
    gates ("gates": Norton ladder).  ``most_levels``: how many conductances a cell tells apart (None: analogue), at equal
    distances unless ``states`` are given.  ``constants``: source and kind of every number, of a list's as ``states.0``;
    with low and high where the file gives them.  ``where``: the device and its file, for messages.
    ``keys``: meanings and units of all.
    """

    keys: ClassVar[Mapping[str, Key]] = NUMBERS
    name: str
    title: str
    source: str
    notes: str
    access: Literal["1T1R", "passive", "NOR"]
    inputs: Literal["rows", "gates"]
    node_nm: float
    feature_nm: float
    g_min: float
    g_max: float
    most_levels: int | None
    states: tuple[float, ...]
    read_voltage: float
    read_seconds: float
    read_noise_relative: float
    read_noise_absolute: float
    write_voltage: float
    write_seconds: float
    write_energy: float
    write_increment: float | None
    write_tolerance: float | None
    write_noise: float
    most_pulses: int
    cell_width: float
    cell_height: float
    wire_ohm_per_um: float
    programming_error: Literal["none", "constant", "relative", "polynomial"]
    programming_error_sigma: float | None
    programming_error_coefficients: tuple[float, ...]
    programming_error_highest: float
    device_variation: float
    cycle_variation: float
    stuck_on: float
    stuck_off: float
    retention_exponent: float
    retention_exponent_sigma: float
    retention_activation_energy: float
    retention_temperature: float
    retention_first: float
    endurance_cycles: float | None
    constants: Mapping[str, Constant] = field(hash=False)
    where: str = field(default="the device", compare=False)

    @classmethod
    def from_table(cls, table: Mapping[str, Any], where: str = "the device") -> Self:
        """From the entries of a device file, checked.

        Raises:
            NeurodeployError: ND432 naming ``where``, the key, its value and what is allowed.
        """
        return cls(**device_values(table, where), where=where)

    @property
    def on_off_ratio(self) -> float:
        """g_max / g_min."""
        return self.g_max / self.g_min

    @property
    def row_segment_ohm(self) -> float:
        """Wire of a row from one column to the next: the cell's width, F being ``feature_nm``."""
        return self.cell_width * self.feature_nm * 1e-3 * self.wire_ohm_per_um

    @property
    def column_segment_ohm(self) -> float:
        """Wire of a column from one row to the next: the cell's height, F being ``feature_nm``."""
        return self.cell_height * self.feature_nm * 1e-3 * self.wire_ohm_per_um

    @property
    def cell_area_m2(self) -> float:
        """Width times height of a cell, in m²."""
        return self.cell_width * self.cell_height * (self.feature_nm * 1e-9) ** 2

    def cells(self, levels: int | None = None) -> CellStates:
        """The conductances to map weights to; ``levels`` None: all that the device has (analogue where it has no number).

        A device with given states takes no other number of levels than theirs.

        Raises:
            NeurodeployError: ND431 for fewer than 2 levels or more than the device tells apart.
        """
        most = len(self.states) or self.most_levels
        least = len(self.states) or 2
        if levels is not None and (levels < least or (most is not None and levels > most)):
            allowed = f"from {least} to {most}" if most else f"{least} or more"
            hint = f"Use {allowed if least != most else least}" + (", or another device." if most else ".")
            raise NeurodeployError("ND431", f"{self.where}: {levels} levels that its cells do not tell apart.", hint)
        return CellStates(self.g_min, self.g_max, levels or most, self.states)

    def with_values(self, **values: Any) -> Self:
        """The same device with other values, checked as a file's are (None: left out).

        A value is plain (its constant then says "given" and "assumed") or a table as in a file, with source and kind.

        Raises:
            NeurodeployError: ND432 for a key or value that is not allowed.
        """
        given = {
            key: value if key in TEXTS or isinstance(value, Mapping) else {"value": value, "source": "given"}
            for key, value in values.items()
        }
        table = {key: entry for key, entry in self.as_table().items() if not _follows(key, entry)} | given
        return type(self).from_table(
            {key: entry for key, entry in table.items() if values.get(key, 0) is not None}, self.where
        )

    @property
    def without_writing_errors(self) -> dict[str, Any]:
        """Values (for :meth:`with_values`) with which cells hold what they were programmed to."""
        return {"programming_error": "none", "cycle_variation": 0.0, "device_variation": 0.0}

    @property
    def ohmic(self) -> bool:
        """Whether a cell's current is proportional to the voltage across it: then resistance of lines matters."""
        return True

    def idle_conductances(self, conductances: FloatArray) -> FloatArray | None:
        """Of cells read through their gates, while the gate is off, in S; None: they do not conduct."""
        return None

    @property
    def writing_note(self) -> str:
        """How :meth:`writing_pulses` counts."""
        return (
            "one pulse for each cell (assumed)"
            if self.write_increment is None
            else "pulses until a read is near enough"
        )

    def writing_pulses(self, cells: FloatArray, random: np.random.Generator) -> float:
        """How many pulses it takes from g_min to ``cells`` (S, ``(cells,)``): of write-verify; one each if the file has none."""
        write_verify = self.write_verify()
        if write_verify is None:
            return float(len(cells))
        return float(write_verify.program(cells[None], np.full((1, len(cells)), self.g_min), random).pulses)

    def nonidealities(
        self, seconds: float = 0.0, temperature: float = 300.0, **overrides: Any
    ) -> tuple[Nonideality, ...]:
        """What its conductances suffer, in the order for ``perturb``; without those that the device does not have.

        One pulse of cycle-to-cycle variation, programming error, variation from device to device, drift after ``seconds`` at
        ``temperature`` (K) if any pass, stuck devices.  ``overrides``: other values, as for :meth:`with_values`.
        """
        if overrides:
            return self.with_values(**overrides).nonidealities(seconds, temperature)
        models: list[Nonideality] = []
        if self.cycle_variation:
            models.append(CycleVariation(self.cycle_variation, self.g_min, self.g_max))
        models += programming_error(self.__dict__, self.where)
        if self.device_variation:
            models.append(LognormalVariation(self.device_variation))
        drift = self.retention(seconds, temperature)
        models += [drift] if drift else []
        if self.stuck_on or self.stuck_off:
            models.append(StuckAt(self.stuck_on, self.stuck_off, self.g_min, self.g_max))
        return tuple(models)

    def retention(self, seconds: float, temperature: float = 300.0) -> RetentionDrift | None:
        """Drift after ``seconds`` at ``temperature`` (K); None where none passes or the device has no exponent."""
        drift = RetentionDrift(
            seconds, temperature, self.retention_exponent, self.retention_exponent_sigma,
            self.retention_activation_energy, self.retention_temperature, self.retention_first,
        )  # fmt: skip
        return drift if seconds and (drift.exponent or drift.exponent_sigma) else None

    def read_noise_model(self) -> ReadNoise | None:
        """Noise of every read; None where the device has none."""
        noise = ReadNoise(self.read_noise_relative, self.read_noise_absolute)
        return noise if noise.relative or noise.absolute else None

    def write_verify(self) -> WriteVerify | None:
        """Programming pulse by pulse; None where the file gives neither increment nor tolerance."""
        if self.write_increment is None or self.write_tolerance is None:
            return None
        return WriteVerify(
            self.write_tolerance, self.write_increment, self.write_noise, self.g_min, self.g_max, self.most_pulses
        )

    def as_table(self) -> dict[str, Any]:
        """The entries of its file, all sources and kinds included: :meth:`from_table` makes the same device of them."""
        table: dict[str, Any] = {name: getattr(self, name) for name in TEXTS}
        for name, key in NUMBERS.items():
            value = getattr(self, name)
            if value is None or value == ():
                continue
            constant = self.constants[f"{name}.0" if key.many else name]
            table[name] = entry_of(list(value) if key.many else value, constant)
        return table

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a manifest, without sources."""
        skipped = ("constants", "where")
        values = {item.name: getattr(self, item.name) for item in fields(self) if item.name not in skipped}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}

    def to_toml(self) -> str:
        """The text of a device file that makes the same device."""
        return toml_of(self.as_table(), self.g_min, self.g_max)


def _follows(key: str, entry: Any) -> bool:
    return key in DERIVED and entry["source"] == DERIVED[key]
