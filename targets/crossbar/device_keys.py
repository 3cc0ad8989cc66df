"""The keys of a device file: which there are, their units, what they may be and what they are when left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Range: TypeAlias = Literal["positive", "not negative", "share", "finite"]
ACCESS = ("1T1R", "passive", "NOR")
INPUTS = ("rows", "gates")
PROGRAMMING_ERRORS = ("none", "constant", "relative", "polynomial")
KINDS = ("measured", "simulated", "assumed")
ALLOWED: dict[Range, str] = {
    "positive": "a number above 0",
    "not negative": "a number of at least 0",
    "share": "a number from 0 to 1",
    "finite": "a number",
}
LEAST, MOST = 1e-40, 1e40
"""Bounds of positive numbers and of the size of all: products of a device's values stay finite."""
MOST_WHOLE = 1_000_000


@dataclass(frozen=True)
class Key:
    """One number of a device (``many``: a list of them; ``whole``: without a fraction), in ``unit``.

    ``default``: what it is when the file leaves it out; None when it then has no value; "required" when the file must give it;
    "derived" when it follows from others.
    """

    name: str
    unit: str
    meaning: str
    allowed: Range = "positive"
    default: float | Literal["required", "derived"] | None = "required"
    whole: bool = False
    many: bool = False


TEXTS: dict[str, tuple[str, ...]] = {
    "title": (), "source": (), "name": (), "notes": (), "access": ACCESS, "inputs": INPUTS, "programming_error": PROGRAMMING_ERRORS,
}  # fmt: skip
"""Keys whose values are text, with what is allowed where that is a choice."""
TEXT_DEFAULTS = {"notes": "", "inputs": "rows", "programming_error": "none"}
"""The other texts must be given; ``name`` is the file's when it is left out."""

_KEYS = (
    Key("node_nm", "nm", "process node"),
    Key("feature_nm", "nm", "F, the unit of the cell's width and height; left out: node_nm", default="derived"),
    Key("g_min", "S", "lowest conductance of a programmed cell"),
    Key("g_max", "S", "highest conductance"),
    Key("most_levels", "levels", "how many conductances a cell tells apart; left out: analogue", default=None, whole=True),
    Key("states", "S", "the conductances themselves, ascending from g_min to g_max", default=None, many=True),
    Key("read_voltage", "V", "on an active row"),
    Key("read_seconds", "s", "how long an active row is driven in one read"),
    Key("read_noise_relative", "1", "standard deviation of one read, share of the conductance", "not negative", 0.0),
    Key("read_noise_absolute", "S", "standard deviation of one read at every conductance", "not negative", 0.0),
    Key("write_voltage", "V", "of a programming pulse"),
    Key("write_seconds", "s", "length of a programming pulse"),
    Key("write_energy", "J", "of one programming pulse in one cell; left out: write_voltage² (g_min + g_max) / 2 write_seconds", default="derived"),
    Key("write_increment", "S", "mean change of a pulse, for write-verify", default=None),
    Key("write_tolerance", "S", "how near write-verify comes", default=None),
    Key("write_noise", "1", "standard deviation of a pulse's change, share of its mean", "not negative", 0.0),
    Key("most_pulses", "pulses", "after which write-verify gives a cell up", default=1000, whole=True),
    Key("cell_width", "F", "pitch of the cells along a row"),
    Key("cell_height", "F", "pitch of the cells along a column"),
    Key("wire_ohm_per_um", "ohm/um", "of rows and columns; left out: that of the node", default="derived"),
    Key("programming_error_sigma", "S or 1", "of a constant error (S) or of a relative one (share)", "not negative", None),
    Key("programming_error_coefficients", "µS", "c0, c1, … of sigma = c0 + c1 G + c2 G² …, sigma and G in µS", "finite", None, many=True),
    Key("programming_error_highest", "S", "up to where the polynomial holds, at least g_max; left out: g_max", default="derived"),
    Key("device_variation", "1", "standard deviation of ln G from device to device", "not negative", 0.0),
    Key("cycle_variation", "1", "standard deviation of one pulse, share of g_max - g_min", "not negative", 0.0),
    Key("stuck_on", "1", "share of devices stuck at g_max", "share", 0.0),
    Key("stuck_off", "1", "share of devices stuck at g_min", "share", 0.0),
    Key("retention_exponent", "1", "nu of G (t / t0)^-nu", "finite", 0.0),
    Key("retention_exponent_sigma", "1", "standard deviation of nu from device to device", "not negative", 0.0),
    Key("retention_activation_energy", "eV", "Ea of the drift's Arrhenius law", "not negative", 1.1),
    Key("retention_temperature", "K", "at which nu holds", default=300.0),
    Key("retention_first", "s", "t0, after which G was read", default=1.0),
    Key("endurance_cycles", "cycles", "of programming that a cell endures", default=None),
)  # fmt: skip
NUMBERS = {key.name: key for key in _KEYS}
"""Keys whose values are numbers, by name, in the order in which files are written."""

OHM_PER_UM = {130: 0.449, 90: 1.302, 65: 1.430, 45: 3.042, 32: 6.555, 22: 13.26, 14: 40.64, 10: 97.99, 7: 97.99}
"""Resistance of a wire by node (nm): rho / (width² × aspect ratio) of DNN+NeuroSim V1.3, Param.cpp, at 300 K; widths 175, 110,
105, 80, 56, 40, 25, 18 and 18 nm."""
