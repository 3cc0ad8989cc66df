"""Data-based balancing: what activation of a layer becomes one spike per step.

Diehl et al. 2015 ("Fast-classifying, high-accuracy spiking deep networks through weight and threshold balancing",
section III) take the largest activation seen on training data (percentile 100); Rueckauer et al. 2017 ("Conversion of
continuous-valued deep networks to efficient event-driven networks", section 2.2.3) a high percentile, as a few outliers
would make all other neurons slow. As in their toolbox, silent neurons are left out of the distribution.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neurodeploy.ann.arithmetic import layer_by_layer
from neurodeploy.ann.layers import Ann
from neurodeploy.datasets import Dataset
from neurodeploy.network.arrays import Array, Float32Array


def activation_scales(ann: Ann, images: Float32Array, behind: Sequence[int], percentile: float) -> dict[int, float]:
    """Percentile of the positive activations behind the layers with the indices ``behind``; 0 where there is none."""
    wanted = set(behind)
    scales = {}
    for index, values in enumerate(layer_by_layer(ann, images), start=-1):  # -1: the input
        if index in wanted:
            scales[index] = positive_percentile(values, percentile)
    return scales


def spread(dataset: Dataset, samples: int) -> Dataset:
    """That many samples, evenly over the data set: it may be sorted by class."""
    count = min(samples, len(dataset))
    return dataset.subset(np.linspace(0, len(dataset) - 1, count).round().astype(np.int64))


def positive_percentile(values: Array, percentile: float) -> float:
    """Percentile of the values above 0; 0 when there is none."""
    positive = values[values > 0]
    return float(np.percentile(positive, percentile)) if positive.size else 0.0
