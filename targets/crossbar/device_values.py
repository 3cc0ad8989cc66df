"""From a table of TOML to a device's values, each checked, with its constant: where it is from and how it was found."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any, NoReturn

from neurodeploy.targets.crossbar.device_keys import (
    ALLOWED,
    KINDS,
    LEAST,
    MOST,
    MOST_WHOLE,
    NUMBERS,
    TEXT_DEFAULTS,
    TEXTS,
    Key,
)
from neurodeploy.targets.crossbar.device_rules import check_together, derive, note, refuse, short
from neurodeploy.wording import choose

_TABLE = ("value", "source", "kind", "low", "high")
LEFT_OUT = "left out of the file"
PLAIN = "the file"
"""Sources of numbers that have none: defaults, and numbers written plainly."""


def device_values(table: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The fields of a ``Device`` but ``where``, from the entries of its file.

    Raises:
        NeurodeployError: ND432 naming ``where``, the key and its value.
    """
    for name in table:
        if name not in TEXTS and name not in NUMBERS:
            refuse(where, f"the key '{short(name)}' is not known", choose(name, [*TEXTS, *NUMBERS], "Keys"))
    values: dict[str, Any] = {name: _text(name, table, where) for name in TEXTS}
    read_numbers(table, NUMBERS, values, where)
    derive(values, where)
    check_together(values, where)
    return values


def read_numbers(table: Mapping[str, Any], keys: Mapping[str, Key], values: dict[str, Any], where: str) -> None:
    """Numbers of ``keys`` from a table into ``values``, with ``constants``; ND432 as for :func:`device_values`."""
    values["constants"] = {}
    for key in keys.values():
        if key.name in table:
            _read(key, table[key.name], values, where)
        elif key.default == "required":
            _missing(key.name, f"{key.meaning}, in {key.unit}", where)
        elif key.default != "derived":
            values[key.name] = () if key.many else key.default
            if key.default is not None:
                note(key, key.default, LEFT_OUT, "assumed", values)


def _text(name: str, table: Mapping[str, Any], where: str) -> str:
    value = table.get(name, TEXT_DEFAULTS.get(name))
    if value is None:
        _missing(name, " or ".join(TEXTS[name]) or "text", where)
    if not isinstance(value, str):
        refuse(where, f"{name} = {short(value)}", f"{name} is text, in quotation marks.")
    if TEXTS[name] and value not in TEXTS[name]:
        refuse(where, f"{name} = '{short(value)}'", choose(value, TEXTS[name]))
    if not value.strip() and name not in TEXT_DEFAULTS:
        refuse(where, f"{name} is empty", "Write some text.")
    return value


def _missing(name: str, meaning: str, where: str) -> NoReturn:
    refuse(where, f"the key '{name}' is missing", f"Add it: {name} = … ({meaning}).")


def _read(key: Key, entry: Any, values: dict[str, Any], where: str) -> None:
    """One number (or list) into ``values``, with its constants and range."""
    source, kind, ends = PLAIN, "assumed", (None, None)
    if isinstance(entry, dict):
        for part in entry:
            if part not in _TABLE:
                refuse(where, f"{key.name} has the entry '{short(part)}'", choose(part, _TABLE))
        if "value" not in entry:
            refuse(where, f"{key.name} has no value", f"Write {key.name} = {{ value = …, source = '…', kind = '…' }}.")
        source, kind = entry.get("source", source), entry.get("kind", kind)
        if kind not in KINDS:
            refuse(where, f"{key.name} is of the kind {short(kind)}", choose(kind, KINDS))
        if not isinstance(source, str) or not source.strip():
            refuse(where, f"the source of {key.name} is {short(source)}", "Write paper and figure, in quotation marks.")
        entry, ends = entry["value"], (entry.get("low"), entry.get("high"))
    if key.many:
        values[key.name] = _numbers(key, entry, where)
        if ends != (None, None):
            refuse(where, f"{key.name} has low or high", "A list has neither: leave them out.")
        for k, number in enumerate(values[key.name]):
            note(key, number, source, kind, values, f"{key.name}.{k}")
    else:
        values[key.name] = _number(key, entry, key.name, where)
        note(key, values[key.name], source, kind, values, ends=_range(key, values[key.name], ends, where))


def _numbers(key: Key, entry: Any, where: str) -> tuple[float, ...]:
    if not isinstance(entry, Sequence) or isinstance(entry, str) or not entry:
        refuse(where, f"{key.name} = {short(entry)}", f"{key.name} is a list of numbers in {key.unit}.")
    return tuple(_number(key, number, key.name, where) for number in entry)


def _number(key: Key, entry: Any, name: str, where: str) -> float:
    least = {"positive": LEAST, "finite": -MOST}.get(key.allowed, 0.0)
    most = 1 if key.allowed == "share" else MOST_WHOLE if key.whole else MOST
    number = _as_float(entry)
    if not least <= number <= most or (key.whole and number != int(number)):  # NaN is in no range
        bound = "" if key.allowed == "share" else f", whole, at most {most:,}" if key.whole else f", at most {most:g}"
        hint = f"{name} must be {ALLOWED[key.allowed]}{bound}, in {key.unit}."
        refuse(where, f"{name} = {short(entry)}", hint.replace(", in 1.", "."))
    return int(number) if key.whole else number


def _as_float(entry: Any) -> float:
    """NaN for what is no number."""
    if isinstance(entry, bool) or not isinstance(entry, Real):
        return math.nan
    try:
        return float(entry)
    except OverflowError:
        return math.inf


def _range(key: Key, value: float, ends: Sequence[Any], where: str) -> tuple[float | None, float | None]:
    low, high = (
        None if end is None else _number(key, end, f"{key.name}.{name}", where)
        for name, end in zip(("low", "high"), ends, strict=True)
    )
    least, most = value if low is None else low, value if high is None else high
    if not least <= value <= most:
        refuse(where, f"{key.name} = {value} is not from low = {least} to high = {most}", "Give low <= value <= high.")
    return low, high
