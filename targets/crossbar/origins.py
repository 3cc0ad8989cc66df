"""Who says a device's numbers: a source, its file as an assumption, its file without a word, the defaults, an option."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Literal, TypeAlias

from neurodeploy.costs import Constant
from neurodeploy.targets.crossbar.device import Device
from neurodeploy.targets.crossbar.device_rules import DERIVED
from neurodeploy.targets.crossbar.device_values import LEFT_OUT, PLAIN
from neurodeploy.wording import counted

Origin: TypeAlias = Literal["measured", "simulated", "assumed", "the file's own", "default", "given"]
SUPPLY = "supply_volts"
"""The periphery's supply, which no device file has: assumed where no option gives it."""

_BESIDES: dict[Origin, str] = {
    "the file's own": "of the device file's own without a source",
    "default": "defaults (left out of the device file)",
    "given": "given by options",
}


def origin(constant: Constant) -> Origin:
    """How a constant is known; of those of the kind 'assumed', only what somebody assumed on purpose is so called."""
    if constant.kind != "assumed":
        return constant.kind
    if constant.source == LEFT_OUT or constant.source == DERIVED.get(constant.name):
        return "default"
    return {PLAIN: "the file's own", "given": "given"}.get(constant.source, "assumed")  # type: ignore[return-value]


def origins(device: Device, supply_given: bool) -> dict[str, Origin]:
    """Of every constant of the device, and of the supply."""
    found: dict[str, Origin] = {name: origin(constant) for name, constant in device.constants.items()}
    return {**found, SUPPLY: "given" if supply_given else "assumed"}


def named(found: Mapping[str, Origin], wanted: Origin) -> list[str]:
    """The names of one origin, sorted."""
    return sorted(name for name, own in found.items() if own == wanted)


def origins_text(found: Mapping[str, Origin]) -> str:
    """``Assumed, because no public source gives them: 8 of 31 numbers …`` and how many stand there otherwise without a source."""
    numbers = Counter(found.values())
    supply = ", the supply voltage among them" if found[SUPPLY] == "assumed" else ""
    text = f"Assumed, because no public source gives them: {numbers['assumed']} of {counted(len(found), 'number')}{supply}."
    others = [f"{numbers[own]} {words}" for own, words in _BESIDES.items() if numbers[own]]
    return f"{text} Besides: {', '.join(others)}." if others else text
