"""What a paper reports for a recipe's network: a recipe's table ``[paper]``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Paper:
    """``source`` is the paper's key, ``where`` its table or figure.

    The numbers are the paper's, in its units: percent, percentage points, operations per image; None where it gives none.
    Reductions are against the paper's network without pruning.
    """

    source: str
    where: str
    accuracy: float | None = None
    accuracy_loss: float | None = None
    connectivity: float | None = None
    training_sops_per_image: float | None = None
    training_sops_reduction: float | None = None
    inference_sops_reduction: float | None = None
    spikes_ratio: float | None = None

    def rows(self, ours: Mapping[str, float]) -> Iterator[tuple[str, float | None, float]]:
        """Quantity, our value (by the field's name; None where it takes another training), the paper's."""
        for name, what in QUANTITIES.items():
            value = getattr(self, name)
            if value is not None:
                yield what, ours.get(name), value


QUANTITIES = {
    "accuracy": "test accuracy, %",
    "accuracy_loss": "accuracy lost to pruning, points",
    "connectivity": "connectivity, %",
    "training_sops_per_image": "training SOPs per image",
    "training_sops_reduction": "fewer training SOPs than unpruned, %",
    "inference_sops_reduction": "fewer inference SOPs than unpruned, %",
    "spikes_ratio": "spikes of the unpruned network over these",
}
"""What each number is."""

PAPER_TYPES: dict[str, type[Any]] = {
    entry.name: str if entry.name in ("source", "where") else float for entry in fields(Paper)
}
