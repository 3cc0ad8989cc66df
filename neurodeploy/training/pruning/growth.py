"""How thresholds grow (guo2020, section "APT"; the equations were lost in conversion and are reconstructed).

With the threshold w0 at index 0 and w_max the largest weight:

* f1(k) = w0 a^k, slow at first, fast at the end;
* f2(k) = w_max - (w_max - w0) b^-k, fast at first;
* f3(k) = w0 + c k.

All are kept in [w0, w_max]; a = b = 1 and c = 0 are the constant threshold.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from neurodeploy.errors import NeurodeployError

Growth: TypeAlias = Literal["f1", "f2", "f3"]
OWN_FACTOR = -1.0
"""A factor not given: the growth's own."""
TIME_FACTORS: Mapping[str, float] = MappingProxyType({"f1": 1.3, "f2": 1.1, "f3": 0.01})
"""guo2020's best for APT: a, b and c."""
NEURON_FACTORS: Mapping[str, float] = MappingProxyType({"f1": 1.15, "f2": 1.05, "f3": 0.03})
"""guo2020's best for APN."""
GROWTH_HELP = "f1: times the factor per step; f2: towards the largest weight; f3: plus the factor per step."


def grown(growth: Growth, initial: float, factor: float, index: int, maximum: float) -> float:
    """The threshold at ``index`` (0, 1, ...), between ``initial`` and ``maximum``.

    Past the floats' range the exponentials are at their limits.
    """
    try:
        if growth == "f1":
            value = initial * factor**index
        elif growth == "f2":
            value = maximum - (maximum - initial) / factor**index
        else:
            value = initial + factor * index
    except OverflowError:
        value = maximum if initial > 0 or growth == "f2" else initial
    return min(max(value, initial), maximum)


def factor_help(what: str, own: Mapping[str, float]) -> str:
    """Help of a factor's option."""
    return f"Growth from {what}; -1: {', '.join(f'{name} {value:g}' for name, value in own.items())}."


def settle_factor(rule: Any, name: str, own: Mapping[str, float]) -> None:
    """Give a rule the factor ``name`` of its growth where it has none, in ``__post_init__``; refuse a wrong one (ND306)."""
    if getattr(rule, name) == OWN_FACTOR:
        object.__setattr__(rule, name, own[rule.growth])
    check_factor(rule.growth, getattr(rule, name), name, own[rule.growth])


def check_factor(growth: str, factor: float, name: str = "factor", own: float | None = None) -> None:
    """Refuse a factor that its function has no use for (ND306), naming the growth's ``own``."""
    advice = "" if own is None else f"; {name} {own:g} is the default of {growth}"
    if growth == "f3" and not 0 <= factor < 1:
        raise NeurodeployError(
            "ND306", f"{name} is {factor:g}, which f3 adds at every step.", f"Use 0 to below 1{advice}."
        )
    if growth != "f3" and not 1 <= factor <= 1e6:
        raise NeurodeployError("ND306", f"{name} is {factor:g}, the base of {growth}.", f"Use 1 or more{advice}.")
