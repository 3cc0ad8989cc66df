"""A cost is events times a constant, itemised."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias

from neurodeploy.errors import NeurodeployError

Kind: TypeAlias = Literal["measured", "simulated", "assumed"]


@dataclass(frozen=True)
class Constant:
    """A cost constant: ``value`` in ``unit``; ``source`` names paper and table or the vendor file; ``node`` the process.

    ``low`` and ``high``: the range where sources disagree or only a range is known; then every total is a range, too.

    Raises:
        NeurodeployError: ND450 unless ``low <= value <= high``.
    """

    name: str
    value: float
    unit: str
    source: str
    kind: Kind
    node: str = ""
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        low, high = self.range
        if not low <= self.value <= high:
            raise NeurodeployError(
                "ND450",
                f"Constant {self.name!r}: {self.value} {self.unit} is not between {low} and {high}.",
                "Give low <= value <= high.",
            )

    @property
    def range(self) -> tuple[float, float]:
        """Lowest and highest value; twice the value where no range is known."""
        low = self.value if self.low is None else self.low
        return low, self.value if self.high is None else self.high


def total_range(items: Iterable[tuple[float, Constant]]) -> tuple[float, float]:
    """Lowest and highest sum of counts times constants: all low, and all high."""
    pairs = [(count, constant.range) for count, constant in items]
    return sum(count * low for count, (low, _) in pairs), sum(count * high for count, (_, high) in pairs)


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

    @property
    def joules_range(self) -> tuple[float, float]:
        """The product with the lowest and with the highest constant."""
        return total_range([(self.count, self.constant)])


@dataclass(frozen=True)
class CostReport:
    """Energy of ``samples`` inferences by one ``method``, of which ``correct`` were right (None: not decoded).

    ``synaptic_events``: spikes times the synapses they reach, of all samples (None: not counted).
    """

    method: str
    note: str
    items: tuple[CostItem, ...]
    samples: int
    correct: int | None = None
    seconds: float = field(default=0.0)
    synaptic_events: float | None = None

    @property
    def joules(self) -> float:
        """Sum of the parts."""
        return sum(item.joules for item in self.items)

    @property
    def joules_range(self) -> tuple[float, float]:
        """Lowest and highest sum; twice the sum where every constant is known as one value."""
        return total_range((item.count, item.constant) for item in self.items)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON: the parts with their constants, per inference and per correct inference."""
        return {
            "method": self.method,
            "note": self.note,
            "samples": self.samples,
            "correct": self.correct,
            "hardware_seconds": self.seconds,
            "joules": self.joules,
            "joules_range": list(self.joules_range),
            "joules_per_inference": self.joules / self.samples if self.samples else None,
            "joules_per_correct_inference": self.joules / self.correct if self.correct else None,
            "joules_per_synaptic_event": self.joules / self.synaptic_events if self.synaptic_events else None,
            "items": [
                {**asdict(item), "joules": item.joules, "joules_range": list(item.joules_range)} for item in self.items
            ],
        }
