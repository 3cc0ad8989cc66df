"""Groups of neurons that fire about as often (guo2020, section "APN", figure 5).

The spike count of a neuron is "the average spike count during one batch training". Read here as its number of spikes in
the last batch of images: figure 5 divides one batch's counts into six groups at an interval of 50 and table 4 assumes
fewer than 20 groups, so counts differ by hundreds; spikes per image differ by a few at most, and 30 would put all neurons
into one group. ``per = "image"`` divides by the number of images, for intervals that hold for any batch size.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from neurodeploy.errors import NeurodeployError
from neurodeploy.network.arrays import FloatArray, IntArray
from neurodeploy.training.plastic_layer import PlasticLayer

CountPer: TypeAlias = Literal["batch", "image"]
COUNT_HELP = "What a neuron's spike count is: its spikes in the last batch, or their mean per image."
INTERVAL_HELP = "Neurons whose spike counts differ by no more than this may share a group (guo2020: SI = 30)."


def spike_groups(counts: FloatArray | NDArray[np.int64], interval: float) -> IntArray:
    """Group of each neuron, int64 ``(neurons,)``, 0 for the smallest counts.

    From the smallest count S that has no group on, all within [S, S + interval] form the next one.
    """
    order = np.argsort(counts, kind="stable")
    groups = np.zeros(len(counts), np.int64)
    group, start = -1, -np.inf
    for neuron in order:
        if group < 0 or counts[neuron] > start + interval:
            group, start = group + 1, float(counts[neuron])
        groups[neuron] = group
    return groups


def layer_groups(layer: PlasticLayer, interval: float, per: CountPer) -> IntArray:
    """Groups of a layer's neurons by their counts since the last step."""
    counts: FloatArray = layer.spike_counts / (max(layer.images, 1) if per == "image" else 1)
    return spike_groups(counts, interval)


def check_interval(value: float) -> None:
    """Refuse a negative interval (ND306)."""
    if not value >= 0:
        raise NeurodeployError("ND306", f"spike_interval is {value}.", "Use 0 or more.")
