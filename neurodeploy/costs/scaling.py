"""Constants carried from the process they were found in to another: how, and marked as assumed.

Energy goes as C V^2 with C proportional to the feature size F: ``E' = E (F'/F) (V'/V)^2``; capacitance as F; area as F^2; the delay
of logic as F.  That is constant-field scaling of lengths with the voltage given.  Analogue circuits shrink less than that (their
capacitors are set by noise and matching), so that figures scaled to much smaller nodes are too low for them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from neurodeploy.costs.cost import Constant
from neurodeploy.errors import NeurodeployError


@dataclass(frozen=True)
class Technology:
    """A process of feature size ``nanometres`` at a supply of ``volts``.

    Raises:
        NeurodeployError: ND450 unless both are above 0 and finite.
    """

    nanometres: float
    volts: float

    def __post_init__(self) -> None:
        for name, value in (("nanometres", self.nanometres), ("volts", self.volts)):
            if not 0 < value < float("inf"):
                raise NeurodeployError(
                    "ND450", f"Technology: {name} = {value}.", f"{name} must be a finite number above 0."
                )

    def __str__(self) -> str:
        return f"{self.nanometres:g} nm, {self.volts:g} V"


def scaled_energy(constant: Constant, at: Technology, to: Technology) -> Constant:
    """An energy found ``at`` one technology in another: ``E (F'/F) (V'/V)^2``."""
    factor = to.nanometres / at.nanometres * (to.volts / at.volts) ** 2
    return _scaled(constant, factor, at, to, "E ~ F V^2", at == to)


def scaled_capacitance(constant: Constant, at: Technology, to: Technology) -> Constant:
    """A capacitance (of wires and gates of the layout's own proportions) in another technology: ``C F'/F``."""
    return _scaled(constant, to.nanometres / at.nanometres, at, to, "C ~ F", at.nanometres == to.nanometres)


def scaled_area(constant: Constant, at: Technology, to: Technology) -> Constant:
    """An area in another technology: ``A (F'/F)^2``."""
    return _scaled(constant, (to.nanometres / at.nanometres) ** 2, at, to, "A ~ F^2", at.nanometres == to.nanometres)


def scaled_delay(constant: Constant, at: Technology, to: Technology) -> Constant:
    """A delay of logic in another technology: ``t F'/F``."""
    return _scaled(constant, to.nanometres / at.nanometres, at, to, "t ~ F", at.nanometres == to.nanometres)


def _scaled(constant: Constant, factor: float, at: Technology, to: Technology, rule: str, same: bool) -> Constant:
    """The constant times ``factor``, marked as assumed; the same when nothing changes."""
    if same:
        return constant
    return replace(
        constant,
        value=constant.value * factor,
        low=None if constant.low is None else constant.low * factor,
        high=None if constant.high is None else constant.high * factor,
        kind="assumed",
        node=f"{to} (scaled from {at} by {rule})",
    )
