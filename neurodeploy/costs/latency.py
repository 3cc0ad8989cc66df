"""Latency of one step: phases that follow one another, itemised."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from neurodeploy.costs.cost import Constant, total_range


@dataclass(frozen=True)
class LatencyItem:
    """A part that takes ``phases`` times the seconds of ``constant``."""

    part: str
    phases: float
    constant: Constant

    @property
    def seconds(self) -> float:
        """The product."""
        return self.phases * self.constant.value


@dataclass(frozen=True)
class LatencyReport:
    """What happens one after another in one step of ``step``; ``note`` says what is not among the parts."""

    step: str
    note: str
    items: tuple[LatencyItem, ...]

    @property
    def seconds(self) -> float:
        """Sum of the parts: nothing overlaps."""
        return sum(item.seconds for item in self.items)

    @property
    def seconds_range(self) -> tuple[float, float]:
        """Lowest and highest sum; twice the sum where every constant is known as one value."""
        return total_range((item.phases, item.constant) for item in self.items)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON: the sum, its range and the parts with their constants."""
        return {
            "step": self.step,
            "note": self.note,
            "seconds": self.seconds,
            "seconds_range": list(self.seconds_range),
            "items": [{**asdict(item), "seconds": item.seconds} for item in self.items],
        }
