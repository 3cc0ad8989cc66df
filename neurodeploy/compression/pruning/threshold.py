"""Synapses whose weight is below a threshold are removed (rathi2019, section III-A; guo2020's post-training baseline)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from neurodeploy.errors import NeurodeployError
from neurodeploy.network.arrays import BoolArray, FloatArray


@dataclass(frozen=True)
class Threshold:
    """Keep ``|w| >= threshold``; the threshold has the unit of the weights (two-layer networks: 0 to 1 µS)."""

    name: ClassVar[str] = "threshold"
    threshold: float = field(default=0.15, metadata={"help": "Synapses with a smaller |weight| go."})

    def __post_init__(self) -> None:
        if not self.threshold >= 0:
            raise NeurodeployError("ND204", f"The pruning threshold is {self.threshold}.", "Use a number >= 0.")

    def keep(self, weights: FloatArray, present: BoolArray) -> BoolArray:
        """Which stored weights stay."""
        return abs(weights) >= self.threshold
