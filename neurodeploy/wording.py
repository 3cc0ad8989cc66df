"""Words of messages: counts with their nouns, and the name that was probably meant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from math import isfinite

_SMALL, _LARGE = "mµnpfazy", "kMGTPE"
QUANTITY = re.compile(rf" [{_SMALL}{_LARGE}]?(J|s|S|V|Hz|ohm|mm²|µm²)$")
"""The unit behind a number in a table's cell."""


def counted(count: int | float, noun: str, many: str = "") -> str:
    """``1 image``, ``1,200 images``; ``many``: a plural that does not end in s."""
    shown = f"{count:,}" if isinstance(count, int) or count != int(count) else f"{int(count):,}"
    return f"{shown} {noun if count == 1 else many or noun + 's'}"


def quantity(value: float, unit: str, digits: int = 3) -> str:
    """``72.5 nJ``: three digits and the prefix that leaves one to three of them before the point; 0 without a prefix."""
    if not value or not isfinite(value):
        return f"{value:g} {unit}"
    power = max(min(_thousands(value), len(_LARGE)), -len(_SMALL))
    prefix = "" if not power else _LARGE[power - 1] if power > 0 else _SMALL[-power - 1]
    return f"{value / 1000.0**power:.{digits}g} {prefix}{unit}"


def quantities(low: float, high: float, unit: str) -> str:
    """A range, ``3.1 nJ to 1.2 µJ``; empty where both ends are the same."""
    return "" if low == high else f"{quantity(low, unit)} to {quantity(high, unit)}"


def _thousands(value: float) -> int:
    """The power of 1000 of a number as it reads with three digits."""
    return int(f"{abs(value):.2e}".split("e")[1]) // 3


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The one of ``known`` that is most like ``name``, whatever the case; None where none is."""
    by_case = {entry.casefold(): entry for entry in known}
    found = get_close_matches(str(name).casefold(), by_case, 1)
    return by_case[found[0]] if found else None


def choose(name: object, known: Iterable[str], lead: str = "Use one of") -> str:
    """A hint: ``Did you mean 'epochs'? Use one of: data, epochs.``; without the question where nothing is near."""
    names = [str(entry) for entry in known]
    near = nearest(name, names) if isinstance(name, str) else None
    return (f"Did you mean '{near}'? " if near else "") + f"{lead}: {', '.join(names)}."
