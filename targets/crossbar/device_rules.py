"""What the numbers of a device must be together, and those that follow from others."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, NoReturn, cast

from neurodeploy.costs import Constant
from neurodeploy.costs.cost import Kind
from neurodeploy.errors import NeurodeployError
from neurodeploy.targets.crossbar.device_keys import NUMBERS, OHM_PER_UM, Key
from neurodeploy.targets.crossbar.nonidealities import ConstantError, Nonideality, PolynomialError, RelativeError

DERIVED = {
    "feature_nm": "node_nm",
    "wire_ohm_per_um": "DNN+NeuroSim V1.3, Param.cpp: width, aspect ratio and resistivity of the node's wire at 300 K",
    "write_energy": "write_voltage² × (g_min + g_max) / 2 × write_seconds",
    "programming_error_highest": "g_max",
}
"""Keys that follow from others when they are left out, with the source that then stands in their constants."""
_SHOWN = 60
_NEAR = 1e-12


def refuse(where: str, what: str, hint: str) -> NoReturn:
    """Raise ND432: ``where`` is the device and its file."""
    raise NeurodeployError("ND432", f"{where}: {what}.", hint)


def short(value: object) -> str:
    """A value as it stands in a message: on one line and not longer than one."""
    shown = value if isinstance(value, str) and value.isprintable() else repr(value)
    return shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "…"


def note(
    key: Key, value: float, source: str, kind: str, values: dict[str, Any], name: str = "",
    ends: tuple[float | None, float | None] = (None, None),
) -> None:  # fmt: skip
    """Keep the constant of a number; ``name``: of one number of a list; ``ends``: low and high, where they are known."""
    name = name or key.name
    node = f"{values['node_nm']:g} nm" if "node_nm" in values else ""
    values["constants"][name] = Constant(name, value, key.unit, source, cast(Kind, kind), node, *ends)


def entry_of(value: Any, constant: Constant) -> dict[str, Any]:
    """What a file says of a number, or of a list by the constant of its first: :func:`note` keeps it."""
    ends = {name: end for name, end in (("low", constant.low), ("high", constant.high)) if end is not None}
    return {"value": value, "source": constant.source, "kind": constant.kind, **ends}


def derive(values: dict[str, Any], where: str) -> None:
    """Fill in what was left out because it follows from the rest: the keys of :data:`DERIVED`."""
    if "feature_nm" not in values:
        _fill("feature_nm", values["node_nm"], "assumed", values)
    if "wire_ohm_per_um" not in values:
        _fill("wire_ohm_per_um", _of_node(values["node_nm"], where), "simulated", values)
    if "write_energy" not in values:
        energy = values["write_voltage"] ** 2 * (values["g_min"] + values["g_max"]) / 2 * values["write_seconds"]
        _fill("write_energy", energy, "assumed", values)
    if "programming_error_highest" not in values:
        _fill("programming_error_highest", values["g_max"], "assumed", values)


def _fill(name: str, value: float, kind: Kind, values: dict[str, Any]) -> None:
    values[name] = value
    note(NUMBERS[name], value, DERIVED[name], kind, values)


def _of_node(node_nm: float, where: str) -> float:
    if node_nm not in OHM_PER_UM:
        known = ", ".join(map(str, OHM_PER_UM))
        refuse(where, f"no wire is known for node_nm = {node_nm:g}", f"Give wire_ohm_per_um, or a node of {known} nm.")
    return OHM_PER_UM[int(node_nm)]


def check_together(values: Mapping[str, Any], where: str) -> None:
    """Refuse (ND432) numbers that are possible alone and not together."""
    low, high, states, levels = (values[name] for name in ("g_min", "g_max", "states", "most_levels"))
    if not low < high:
        refuse(where, f"g_min = {low} S and g_max = {high} S", "Give g_min < g_max.")
    if states and not all(a < b for a, b in pairwise(states)):
        refuse(where, f"states = {short(list(states))}", "Give them in ascending order, each once.")
    if states and (len(states) < 2 or abs(states[0] - low) > _NEAR * low or abs(states[-1] - high) > _NEAR * high):
        refuse(where, f"states = {short(list(states))}", f"Begin with g_min = {low} and end with g_max = {high}.")
    if levels is not None and levels < 2:
        refuse(where, f"most_levels = {levels}", "Give 2 or more, or leave it out for an analogue device.")
    if states and levels not in (None, len(states)):
        refuse(where, f"most_levels = {levels} and {len(states)} states", "Give one of the two.")
    if values["stuck_on"] + values["stuck_off"] > 1:
        shares = f"stuck_on = {values['stuck_on']} and stuck_off = {values['stuck_off']}"
        refuse(where, shares, "Together they are at most 1.")
    if (values["write_increment"] is None) != (values["write_tolerance"] is None):
        refuse(where, "one of write_increment and write_tolerance is missing", "Give both, or neither.")
    programming_error(values, where)


def programming_error(values: Mapping[str, Any], where: str) -> tuple[Nonideality, ...]:
    """The model that ``programming_error`` names, none or one; ND432 when what it needs is missing or impossible."""
    kind = values["programming_error"]
    needed = {"none": "", "polynomial": "coefficients"}.get(kind, "sigma")
    if needed and values[f"programming_error_{needed}"] in (None, ()):
        hint = f"Add programming_error_{needed}, or write programming_error = 'none'."
        refuse(where, f"programming_error = '{kind}' without programming_error_{needed}", hint)
    if kind == "constant":
        return (ConstantError(values["programming_error_sigma"]),)
    if kind == "relative":
        return (RelativeError(values["programming_error_sigma"]),)
    if kind == "none":
        return ()
    highest = values["programming_error_highest"]
    if highest < values["g_max"] * (1 - _NEAR):
        hint = f"Give at least g_max = {values['g_max']} S, or a lower g_max."
        refuse(where, f"programming_error_highest = {highest} S", hint)
    try:
        return (PolynomialError(values["programming_error_coefficients"], highest),)
    except NeurodeployError as error:
        refuse(where, f"programming_error_coefficients: {error.message.removesuffix('.')}", error.hint)
