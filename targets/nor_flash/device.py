"""A NOR-flash device: what every memory device has, with the conductances that follow from its cell, its pulses and its losses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.network.arrays import FloatArray
from neurodeploy.targets.crossbar.device import Device
from neurodeploy.targets.crossbar.device_keys import NUMBERS, Key
from neurodeploy.targets.crossbar.device_rules import entry_of, refuse
from neurodeploy.targets.crossbar.device_values import device_values, read_numbers
from neurodeploy.targets.crossbar.nonidealities import LognormalVariation, Nonideality, StuckAt
from neurodeploy.targets.nor_flash.cell import NorFlashCell, Region
from neurodeploy.targets.nor_flash.device_keys import FLASH_NUMBERS
from neurodeploy.targets.nor_flash.disturb import HalfSelect
from neurodeploy.targets.nor_flash.programming import PulseProgrammer
from neurodeploy.targets.nor_flash.pulse_response import PulseResponse
from neurodeploy.targets.nor_flash.retention import ChargeLoss
from neurodeploy.targets.nor_flash.threshold_pulses import ThresholdPulses
from neurodeploy.targets.nor_flash.transfer import PulseTransfer

_FROM_CELL = "the cell's current at its read bias, over the drain voltage"
IDEAL_TOLERANCE = 1e-12
"""A transfer that comes as near as this is not simulated."""
NEGLIGIBLE = 1e-6
"""Cells that conduct less than this share of g_max while their gate is off count as open."""


@dataclass(frozen=True, kw_only=True)
class FlashDevice(Device):
    """A device file of the nor-flash target; keys and units in :data:`device_keys.FLASH_NUMBERS`.

    ``read_voltage`` is the drain's; ``g_min`` and ``g_max`` are not in the file but follow from the cell.
    """

    keys: ClassVar[Mapping[str, Key]] = NUMBERS | FLASH_NUMBERS
    threshold_low: float
    threshold_high: float
    read_gate: float
    idle_gate: float
    transconductance: float
    slope: float
    off_current: float
    ltp_pulses: float
    ltd_pulses: float
    ltp_nonlinearity: float
    ltd_nonlinearity: float
    pulse_noise: float
    transfer_tolerance: float
    charge_loss: float
    charge_loss_sigma: float
    disturb_row: float
    disturb_column: float
    where: str = field(default="the device", compare=False)

    @classmethod
    def from_table(cls, table: Mapping[str, Any], where: str = "the device") -> Self:
        """From the entries of a device file, checked.

        Raises:
            NeurodeployError: ND432 naming ``where``, the key, its value and what is allowed.
        """
        for name in ("g_min", "g_max"):
            if name in table:
                refuse(
                    where,
                    f"the key '{name}' is given",
                    "Leave it out: it follows from the thresholds and the read voltages.",
                )
        own: dict[str, Any] = {}
        read_numbers(table, FLASH_NUMBERS, own, where)
        constants = own.pop("constants")
        rest = {key: entry for key, entry in table.items() if key not in FLASH_NUMBERS}
        drain = rest.get("read_voltage")
        volts = drain["value"] if isinstance(drain, Mapping) and "value" in drain else drain
        low, high = 1e-12, 1e-6  # until the read voltage is known to be a number
        if isinstance(volts, int | float) and volts > 0:
            try:
                cell = _cell(own, float(volts))
                _response(own, cell)
            except NeurodeployError as error:
                refuse(where, error.message.rstrip("."), error.hint)
            low, high = cell.g_min, cell.g_max
        ends = {
            name: {"value": g, "source": _FROM_CELL, "kind": "simulated"}
            for name, g in (("g_min", low), ("g_max", high))
        }
        values = device_values({**rest, **ends}, where)
        values["constants"] |= constants
        return cls(**values, **own, where=where)

    def as_table(self) -> dict[str, Any]:
        """The entries of its file, all sources and kinds included."""
        table = {name: entry for name, entry in super().as_table().items() if name not in ("g_min", "g_max")}
        for name in FLASH_NUMBERS:
            table[name] = entry_of(getattr(self, name), self.constants[name])
        return table

    @cached_property
    def cell(self) -> NorFlashCell:
        """The transistor."""
        return _cell(self.__dict__, self.read_voltage)

    @cached_property
    def response(self) -> PulseResponse:
        """Its LTP and LTD."""
        return _response(self.__dict__, self.cell)

    @property
    def region(self) -> Region:
        """Where an erased cell is read."""
        return self.cell.region(self.read_gate, self.read_voltage, self.threshold_low)

    @property
    def ohmic(self) -> bool:
        """Read in saturation or in subthreshold beyond some kT/q of drain voltage, a cell is a current source."""
        saturated = self.region == "saturation"
        return not (saturated or (self.region == "subthreshold" and self.read_voltage > 4 * self.cell.thermal_voltage))

    @property
    def without_writing_errors(self) -> dict[str, Any]:
        """Pulses that all do the same and come as near as one likes."""
        return super().without_writing_errors | {
            "pulse_noise": 0.0,
            "transfer_tolerance": IDEAL_TOLERANCE,
            "disturb_row": 0.0,
            "disturb_column": 0.0,
        }

    def idle_conductances(self, conductances: FloatArray) -> FloatArray | None:
        """What cells conduct with their gates idle, from their thresholds; None where all of it is negligible."""
        most = float(self.cell.current(self.idle_gate, self.read_voltage, self.threshold_low)) / self.read_voltage
        if most < NEGLIGIBLE * self.g_max:
            return None
        thresholds = self.cell.threshold(np.clip(conductances, self.g_min, self.g_max))
        idle: FloatArray = self.cell.current(self.idle_gate, self.read_voltage, thresholds) / self.read_voltage
        return idle

    def nonidealities(
        self, seconds: float = 0.0, temperature: float = 300.0, **overrides: Any
    ) -> tuple[Nonideality, ...]:
        """The transfer by pulses with disturb, loss of charge, variation from device to device, stuck devices."""
        if overrides:
            return self.with_values(**overrides).nonidealities(seconds, temperature)
        models: list[Nonideality] = []
        if self.transfer_tolerance > IDEAL_TOLERANCE:
            models.append(self.transfer)
        if seconds and (self.charge_loss or self.charge_loss_sigma):
            loss = ChargeLoss(self.cell, seconds, temperature, self.charge_loss, self.charge_loss_sigma)
            models.append(loss)
        if self.device_variation:
            models.append(LognormalVariation(self.device_variation))
        if self.stuck_on or self.stuck_off:
            models.append(StuckAt(self.stuck_on, self.stuck_off, self.g_min, self.g_max))
        return tuple(models)

    @cached_property
    def transfer(self) -> PulseTransfer:
        """How weights are written."""
        response = self.response
        programmer = PulseProgrammer(response, self.transfer_tolerance * response.span, self.most_pulses)
        moved = ThresholdPulses(self.cell, response.ltp, response.ltd)
        return PulseTransfer(self.cell, programmer, HalfSelect(moved, self.disturb_row, self.disturb_column))

    @property
    def writing_note(self) -> str:
        """How :meth:`writing_pulses` counts."""
        return "the array is erased as a whole (not counted), then pulses until a read is near enough"

    def writing_pulses(self, cells: FloatArray, random: np.random.Generator) -> float:
        """Pulses of a transfer to ``cells`` (S) after the erase."""
        return float(self.transfer.programmed(cells[None], random).pulses)


def _cell(values: Mapping[str, Any], read_drain: float) -> NorFlashCell:
    names = ("threshold_low", "threshold_high", "read_gate", "transconductance", "slope", "off_current", "idle_gate")
    return NorFlashCell(read_drain=read_drain, **{name: values[name] for name in names})


def _response(values: Mapping[str, Any], cell: NorFlashCell) -> PulseResponse:
    names = ("ltp_pulses", "ltd_pulses", "ltp_nonlinearity", "ltd_nonlinearity")
    branches = {name: float(values[name]) for name in names}
    return PulseResponse(cell.g_min, cell.g_max, cycle_noise=values["pulse_noise"], **branches)
