"""Area: so many of a part times the area of one, itemised."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from neurodeploy.costs.cost import Constant, total_range


@dataclass(frozen=True)
class AreaItem:
    """``count`` of what ``counted`` names, times the area of one (``constant``, in m^2)."""

    part: str
    counted: str
    count: float
    constant: Constant

    @property
    def square_metres(self) -> float:
        """The product."""
        return self.count * self.constant.value


@dataclass(frozen=True)
class AreaReport:
    """The parts that an area adds up from; ``note`` says what is not among them."""

    note: str
    items: tuple[AreaItem, ...]

    @property
    def square_metres(self) -> float:
        """Sum of the parts."""
        return sum(item.square_metres for item in self.items)

    @property
    def square_metres_range(self) -> tuple[float, float]:
        """Lowest and highest sum; twice the sum where every constant is known as one value."""
        return total_range((item.count, item.constant) for item in self.items)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON: the sum, its range and the parts with their constants."""
        return {
            "note": self.note,
            "square_metres": self.square_metres,
            "square_metres_range": list(self.square_metres_range),
            "items": [
                {
                    **asdict(item),
                    "square_metres": item.square_metres,
                    "square_metres_range": list(total_range([(item.count, item.constant)])),
                }
                for item in self.items
            ],
        }
