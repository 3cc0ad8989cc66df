"""The resource verdict, in the same form on every target: used / limit, what binds first, where, and what helps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Usage:
    """``used`` of ``limit`` (None: no limit, only a figure) ``unit``; ``where`` names layer or core; ``remedy`` a fix."""

    name: str
    used: float
    limit: float | None
    unit: str
    where: str = ""
    remedy: str = ""

    @property
    def fits(self) -> bool:
        """Whether the limit holds."""
        return self.limit is None or self.used <= self.limit

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**asdict(self), "fits": self.fits}

    def __str__(self) -> str:
        limit = "" if self.limit is None else f" of {self.limit:g}"
        return f"{self.name}: {self.used:g}{limit} {self.unit}" + (f" ({self.where})" if self.where else "")


@dataclass(frozen=True)
class Verdict:
    """Whether all limits hold, and the one that is exceeded most."""

    fits: bool
    binding: Usage | None

    @property
    def tightest(self) -> str:
        """The binding limit as the end of a sentence about whether it fits."""
        return "nothing has a limit here" if self.binding is None else f"the tightest limit: {self.binding}"


def verdict(usages: Sequence[Usage]) -> Verdict:
    """The verdict over usages: ``binding`` is the limit with the largest used/limit, exceeded or not."""
    limited = [usage for usage in usages if usage.limit is not None]
    binding = max(limited, key=lambda u: u.used / u.limit if u.limit else float("inf"), default=None)
    return Verdict(all(usage.fits for usage in usages), binding)
