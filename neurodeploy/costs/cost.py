"""A cost is events times a constant, itemised."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias

Kind: TypeAlias = Literal["measured", "simulated", "assumed"]


@dataclass(frozen=True)
class Constant:
    """A cost constant: ``value`` in ``unit``; ``source`` names paper and table or the vendor file; ``node`` the process."""

    name: str
    value: float
    unit: str
    source: str
    kind: Kind
    node: str = ""


@dataclass(frozen=True)
class CostItem:
    """``count`` events (named by ``events``) times a constant, in joules."""

    part: str
    events: str
    count: float
    constant: Constant

    @property
    def joules(self) -> float:
        """The product."""
        return self.count * self.constant.value


@dataclass(frozen=True)
class CostReport:
    """Energy of ``samples`` inferences by one ``method``, of which ``correct`` were right (None: not decoded)."""

    method: str
    note: str
    items: tuple[CostItem, ...]
    samples: int
    correct: int | None = None
    seconds: float = field(default=0.0)

    @property
    def joules(self) -> float:
        """Sum of the parts."""
        return sum(item.joules for item in self.items)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON: the parts with their constants, per inference and per correct inference."""
        return {
            "method": self.method,
            "note": self.note,
            "samples": self.samples,
            "correct": self.correct,
            "hardware_seconds": self.seconds,
            "joules": self.joules,
            "joules_per_inference": self.joules / self.samples if self.samples else None,
            "joules_per_correct_inference": self.joules / self.correct if self.correct else None,
            "items": [{**asdict(item), "joules": item.joules} for item in self.items],
        }
