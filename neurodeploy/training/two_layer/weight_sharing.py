"""Weight sharing: survivors of pruning take one or two common values (rathi2019)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurodeploy.training.two_layer.online_pruning import next_batch_end
from neurodeploy.training.two_layer.synapse_states import PLASTIC
from neurodeploy.training.two_layer.trainer_state import TrainerState


def share_two_levels(weights: NDArray[np.float32], critical: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return {0, w}: w is the mean of the ``critical`` weights, all others are 0 (any shape)."""
    shared = np.zeros_like(weights)
    if critical.any():
        shared[critical] = weights[critical].mean(dtype=np.float64)
    return shared


def share_three_levels(weights: NDArray[np.float32], critical: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return {0, w1, w2}: critical weights split at their median, each half at its mean."""
    shared = np.zeros_like(weights)
    if not critical.any():
        return shared
    median = np.median(weights[critical])
    lower, upper = critical & (weights <= median), critical & (weights > median)
    for half in (lower, upper):
        if half.any():
            shared[half] = weights[half].mean(dtype=np.float64)
    return shared


SHARING = {2: share_two_levels, 3: share_three_levels}


@dataclass(frozen=True)
class PruneAndShare:
    """After each batch after the first ``learning_batches``: weights < threshold -> 0, share.

    Pruned weights stay plastic and may come back (rathi2019); ``levels`` is 2 or 3, or 0 for
    pruning alone.
    """

    threshold: float
    levels: int = 3
    learning_batches: int = 3  # M
    batch_images: int = 5_000

    def __post_init__(self) -> None:
        """Refuse unknown numbers of levels."""
        if self.levels not in (0, *SHARING):
            raise ValueError(f"levels must be 0, 2 or 3, not {self.levels}")

    def next_boundary(self, images_seen: int) -> int:
        """Return the next image count at which to prune and share."""
        first = (self.learning_batches + 1) * self.batch_images
        return next_batch_end(images_seen, first, self.batch_images)

    def apply(self, state: TrainerState) -> None:
        """Prune to zero (still plastic) and share the survivors' values."""
        weights = state.layer_weights
        plastic = state.synapses.T == PLASTIC
        critical = (weights >= np.float32(self.threshold)) & plastic
        shared = weights * critical if self.levels == 0 else SHARING[self.levels](weights, critical)
        np.copyto(weights, shared, where=plastic)
        state.touched[: state.neurons] = 1


def normalised_columns(
    weights: NDArray[np.float32], column_sum: float, frozen: NDArray[np.bool_] | None = None
) -> NDArray[np.float32]:
    """Return weights [inputs, neurons] with every non-empty column scaled to ``column_sum``.

    Weights that are ``frozen`` [inputs, neurons] count in the sum and stay; a column in which they
    alone reach ``column_sum`` stays as it is.

    After pruning or sharing at the end of a training this restores the balance between neurons
    that the next presentation would have; without it three-level networks lose some ten points.
    Levels then differ from neuron to neuron by a factor: one scale per column.
    """
    fixed = np.zeros(weights.shape[1]) if frozen is None else (weights * frozen).sum(axis=0, dtype=np.float64)
    sums, room = weights.sum(axis=0, dtype=np.float64) - fixed, column_sum - fixed
    scalable = (sums > 0.0) & (room > 0.0)
    scale = np.where(scalable, room / np.where(scalable, sums, 1.0), 1.0).astype(np.float32)
    factors = scale if frozen is None else np.where(frozen, np.float32(1.0), scale)
    scaled: NDArray[np.float32] = weights * factors
    return scaled
