"""Devices: what a public source gives, and what is assumed, constant by constant.

For oh2019's cell (TFT type, asymmetric floating gate: C.-H. Kim et al., IEEE TED 65(5), 2018) no read current, voltage, pulse count
or size could be found in public: every number of :func:`tft_response` and of :func:`neurodeploy.targets.nor_flash.cell.tft_cell`
is **assumed**.  :data:`NEIGHBOURS` are measured devices of the kind, as ranges to stay in.
"""

from __future__ import annotations

from neurodeploy.costs import Constant
from neurodeploy.targets.nor_flash.pulse_response import PulseResponse

_NEUROSIM = "MLP+NeuroSim V3.0, RealDevice (Cell.cpp): its default synaptic device"
_NO_SOURCE = "no public source"

NEIGHBOURS: tuple[Constant, ...] = (
    Constant("highest conductance, SONOS", 16e-6, "S", "Agrawal et al., IEDM 2022: 0 to 16 µS", "measured", "40 nm"),
    Constant("highest current, SONOS", 3.2e-6, "A", "Agrawal et al., IEDM 2022: up to 3.2 µA", "measured", "40 nm"),
    Constant("highest on-current, split gate", 2e-6, "A", "Yook 2023: on below 2 µA", "measured", "40 nm"),
    Constant(
        "highest programmed current, split gate", 10e-12, "A", "Yook 2023: programmed below 10 pA", "measured", "40 nm"
    ),
    Constant("highest off-current, split gate", 1e-12, "A", "Yook 2023: off below 1 pA", "measured", "40 nm"),
)
"""Measured NOR cells: SONOS and split-gate flash (bounds, as their papers state them)."""

NEUROSIM: dict[str, Constant] = {
    "g_min": Constant("lowest conductance", 3.0769e-9, "S", _NEUROSIM, "assumed"),
    "g_max": Constant("highest conductance", 3.8462e-8, "S", _NEUROSIM, "assumed"),
    "ltp_pulses": Constant("LTP pulses", 97, "pulses", _NEUROSIM, "assumed"),
    "ltd_pulses": Constant("LTD pulses", 100, "pulses", _NEUROSIM, "assumed"),
    "ltp_nonlinearity": Constant("LTP nonlinearity", 2.4, "label", _NEUROSIM, "assumed"),
    "ltd_nonlinearity": Constant("LTD nonlinearity", -4.88, "label", _NEUROSIM, "assumed"),
    "cycle_noise": Constant("cycle-to-cycle noise", 0.035, "share of the range", _NEUROSIM, "assumed"),
    "device_variation": Constant("device-to-device variation", 0.0, "label", _NEUROSIM, "assumed"),
}
"""MLP+NeuroSim's device: published numbers, of another technology; a stand-in here, hence assumed."""

TFT: dict[str, Constant] = {
    "ltp_pulses": Constant("LTP (erase) pulses", 100, "pulses", _NO_SOURCE, "assumed"),
    "ltd_pulses": Constant("LTD (program) pulses", 100, "pulses", _NO_SOURCE, "assumed"),
    "ltp_nonlinearity": Constant(
        "LTP nonlinearity", 1.0, "label", f"{_NO_SOURCE}; near-linear by FN tunnelling in Hwang, EDL 2024", "assumed"
    ),
    "ltd_nonlinearity": Constant("LTD nonlinearity", -2.0, "label", f"{_NO_SOURCE}; oh2019: not symmetric", "assumed"),
    "cycle_noise": Constant("cycle-to-cycle noise", 0.005, "share of the range", _NO_SOURCE, "assumed"),
    "device_variation": Constant("device-to-device variation", 0.0, "label", _NO_SOURCE, "assumed"),
    "g_min": Constant(
        "lowest conductance", 10e-9, "S", f"{_NO_SOURCE}; programmed cells of neighbours below", "assumed"
    ),
    "g_max": Constant("highest conductance", 10e-6, "S", f"{_NO_SOURCE}; within SONOS's 0 to 16 µS", "assumed"),
}
"""oh2019's TFT cell: all assumed."""


def neurosim_response() -> PulseResponse:
    """MLP+NeuroSim's default device."""
    return PulseResponse(**{name: constant.value for name, constant in NEUROSIM.items()})


def tft_response() -> PulseResponse:
    """oh2019's TFT cell as assumed here."""
    return PulseResponse(**{name: constant.value for name, constant in TFT.items()})
