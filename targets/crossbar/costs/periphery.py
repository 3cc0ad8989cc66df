"""What surrounds an array: how its columns are sensed, in which process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from neurodeploy.costs import Technology
from neurodeploy.targets.crossbar.parameters import require, require_not_negative, require_positive

Sensing: TypeAlias = Literal["integrate_and_fire", "adc"]
Converter: TypeAlias = Literal["survey", "isaac", "neurram"]
BITS: dict[Converter, tuple[int, int]] = {"survey": (4, 20), "isaac": (8, 8), "neurram": (1, 10)}
"""Least and most that a converter's energy and area are known for."""


@dataclass(frozen=True)
class Periphery:
    """How an array's columns are sensed and its lines driven.

    Args:
        technology: process and supply; constants of other ones are scaled to it.
        sensing: ``integrate_and_fire``: an analogue neuron at each output; ``adc``: converters, and digital neurons behind.
        converter: ``survey``: the regression over published converters (4 bits and more); ``isaac``: ISAAC's (8 bits);
            ``neurram``: NeuRRAM's neuron, which converts in steps of one bit.
        bits: of a conversion.
        samples_per_second: of a ``survey`` converter; ISAAC's and NeuRRAM's have their own.
        row_swing_volts: by which an input drives its line; None: the supply.
        select_swing_volts: by which a select line of each row goes up and down in every read; 0: there are none.
        membrane_bits: of a digital neuron's potential.

    Raises:
        NeurodeployError: ND450 for what does not exist.
    """

    technology: Technology
    sensing: Sensing = "integrate_and_fire"
    converter: Converter = "survey"
    bits: int = 8
    samples_per_second: float = 1e8
    row_swing_volts: float | None = None
    select_swing_volts: float = 0.0
    membrane_bits: int = 16

    def __post_init__(self) -> None:
        for name, kinds in (("sensing", Sensing), ("converter", Converter)):
            allowed = get_args(kinds)
            require(getattr(self, name) in allowed, self, name, repr(getattr(self, name)), f"one of {allowed}")
        least, most = BITS[self.converter]
        if self.sensing == "adc":
            allowed_bits = f"{least} to {most} with the {self.converter} converter"
            require(least <= self.bits <= most, self, "bits", self.bits, allowed_bits)
        require_positive(self, samples_per_second=self.samples_per_second, membrane_bits=self.membrane_bits)
        require_not_negative(self, row_volts=self.row_volts, select_swing_volts=self.select_swing_volts)

    @property
    def row_volts(self) -> float:
        """The swing of a row with an input."""
        return self.technology.volts if self.row_swing_volts is None else self.row_swing_volts
