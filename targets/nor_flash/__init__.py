"""NOR flash as a synapse: oh2019's TFT-type cell, whose threshold voltage is the weight and whose gate is the input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from neurodeploy.compiler import Pass
from neurodeploy.targets.crossbar.device import Device
from neurodeploy.targets.crossbar.options import CrossbarOptions
from neurodeploy.targets.crossbar.target import CrossbarTarget
from neurodeploy.targets.nor_flash.device import FlashDevice
from neurodeploy.targets.nor_flash.measured_device import ReportFit, with_measured_pulses


@dataclass(frozen=True)
class NorFlashOptions(CrossbarOptions):
    """Options of the NOR-flash target."""

    name: ClassVar[str] = "nor-flash"

    device: str = field(
        default="oh2019_tft", metadata={"help": "memory cell: the name of a built-in device, or a TOML file"}
    )
    pulse_response: str | None = field(
        default=None, metadata={"help": "CSV of measured LTP and LTD that the device's pulses are fitted to"}
    )


class NorFlashTarget(CrossbarTarget):
    """Compiles for NOR-flash arrays."""

    name: ClassVar[str] = "nor-flash"
    description: ClassVar[str] = (
        "NOR-flash arrays (simulated): gate-driven reads, transfer by LTP/LTD pulses, energy and area"
    )
    options: ClassVar[type[Any]] = NorFlashOptions
    package: ClassVar[str] = "neurodeploy.targets.nor_flash"
    kind_of_device: ClassVar[type[Device]] = FlashDevice
    accesses: ClassVar[tuple[str, ...]] = ("NOR",)

    def device(self, options: CrossbarOptions) -> Device:
        """The device named, its pulses and its range as measured where a CSV file is given."""
        device = super().device(options)
        path = getattr(options, "pulse_response", None)
        return device if path is None else with_measured_pulses(device, path)

    def pipeline(self, options: CrossbarOptions) -> Sequence[Pass]:
        """That of every in-memory target; a fit to measurements is reported first."""
        path = getattr(options, "pulse_response", None)
        passes = super().pipeline(options)
        return passes if path is None else [ReportFit(path, self.device(options).read_voltage), *passes]
