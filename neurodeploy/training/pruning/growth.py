"""How thresholds grow (guo2020, section "APT"; the equations were lost in conversion and are reconstructed).

With the threshold w0 at index 0 and w_max the largest weight:

* f1(k) = w0 a^k, slow at first, fast at the end;
* f2(k) = w_max - (w_max - w0) b^-k, fast at first;
* f3(k) = w0 + c k.

All are kept in [w0, w_max]; a = b = 1 and c = 0 are the constant threshold.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from neurodeploy.errors import NeurodeployError

Growth: TypeAlias = Literal["f1", "f2", "f3"]
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


def check_factor(growth: str, factor: float, name: str = "factor") -> None:
    """Refuse a factor that its function has no use for (ND306)."""
    if growth == "f3" and not 0 <= factor < 1:
        raise NeurodeployError(
            "ND306", f"{name} is {factor:g}, which f3 adds at every step.", "Use 0 to below 1 (guo2020: 0.01 to 0.03)."
        )
    if growth != "f3" and not 1 <= factor <= 1e6:
        raise NeurodeployError(
            "ND306", f"{name} is {factor:g}, the base of {growth}.", "Use 1 or more (guo2020: 1.05 to 1.5)."
        )
