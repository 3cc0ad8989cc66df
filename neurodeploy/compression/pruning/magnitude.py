"""The smallest weights of each layer go, to a target sparsity (Han et al. 2015, "Learning both Weights and Connections for
Efficient Neural Networks", section 3, the threshold found from the sparsity)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from neurodeploy.compression.pruning.ranking import check_sparsity, kept_count, largest, ranked
from neurodeploy.network.arrays import BoolArray, FloatArray

SPARSITY_HELP = "Share of the synapses that shall be absent afterwards."


@dataclass(frozen=True)
class Magnitude:
    """Keep the ``round((1 - s) N)`` largest ``|w|`` of each projection, N being the weights its connectivity stores.

    Weights that are absent already count as absent: pruning to 0.5 and then to 0.9 is pruning to 0.9, and a projection
    that is sparser already stays as it is. Of equal magnitudes those that stand first stay.
    """

    name: ClassVar[str] = "magnitude"
    to_sparsity: float = field(default=0.5, metadata={"help": SPARSITY_HELP})

    def __post_init__(self) -> None:
        check_sparsity(self.to_sparsity)

    def keep(self, weights: FloatArray, present: BoolArray) -> BoolArray:
        """Which stored weights stay."""
        return largest(ranked(weights, present), kept_count(self.to_sparsity, weights.size)) & present
