"""RRAM crossbars: differential pairs, reference columns or single cells of resistive memory, simulated and costed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from neurodeploy.targets.crossbar.options import CrossbarOptions
from neurodeploy.targets.crossbar.target import CrossbarTarget


@dataclass(frozen=True)
class RramOptions(CrossbarOptions):
    """Options of the RRAM target."""

    name: ClassVar[str] = "rram"

    device: str = field(
        default="neurram", metadata={"help": "memory cell: the name of a built-in device, or a TOML file"}
    )


class RramTarget(CrossbarTarget):
    """Compiles for RRAM crossbars."""

    name: ClassVar[str] = "rram"
    description: ClassVar[str] = (
        "RRAM crossbars (simulated): tiles, conductance levels, non-idealities, energy and area"
    )
    options: ClassVar[type[Any]] = RramOptions
    package: ClassVar[str] = "neurodeploy.targets.rram"
