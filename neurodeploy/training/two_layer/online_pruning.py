"""Online pruning with a constant threshold (guo2020, baseline "online constant")."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurodeploy.training.two_layer.synapse_states import REMOVED
from neurodeploy.training.two_layer.trainer_state import TrainerState


def next_batch_end(images_seen: int, start_image: int, batch_images: int) -> int:
    """Return the first image count > ``images_seen`` among start, start + batch, ..."""
    if images_seen < start_image:
        return start_image
    return images_seen + batch_images - (images_seen - start_image) % batch_images


def remove_below(state: TrainerState, threshold: float) -> int:
    """Remove synapses with a weight < ``threshold`` for good; return how many went."""
    weak = state.layer_weights < np.float32(threshold)
    removed = int(np.count_nonzero(weak.T & (state.synapses != REMOVED)))
    state.synapses[weak.T] = REMOVED
    state.layer_weights[weak] = 0.0
    state.touched[: state.neurons] = 1
    return removed


@dataclass(frozen=True)
class ConstantPruning:
    """From ``start_image`` on, after every batch, remove weights below ``threshold`` for good."""

    threshold: float  # on the scale of weight_maximum = 1
    start_image: int = 30_000  # guo2020: t_m
    batch_images: int = 5_000

    def next_boundary(self, images_seen: int) -> int:
        """Return the next image count at which to prune."""
        return next_batch_end(images_seen, self.start_image, self.batch_images)

    def apply(self, state: TrainerState) -> None:
        """Prune."""
        remove_below(state, self.threshold)
