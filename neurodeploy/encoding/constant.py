"""Direct code: every step presents the sample's values themselves, as graded events (a constant input current).

Source: Rueckauer et al. 2017, section 2.2.1 (analog input); snnTorch and Norse networks that are fed images directly.
"""

from __future__ import annotations

import numpy as np

from neurodeploy.datasets import Dataset
from neurodeploy.network import Encoder, SpikeBatch


def encode_samples(encoder: Encoder, dataset: Dataset, dt: float) -> SpikeBatch:
    """Events of value / maximum x ``amplitude`` (default 1) in every step; zeros send nothing."""
    amplitude = np.float32(encoder.parameters.get("amplitude", 1.0) / dataset.maximum)
    samples, steps = len(dataset), encoder.steps
    rows, neurons = np.nonzero(dataset.images)
    counts = np.bincount(rows, minlength=samples)
    starts = np.concatenate([[0], np.cumsum(counts)])
    indptr = np.concatenate([[0], np.cumsum(np.repeat(counts, steps))]).astype(np.int64)
    # Position of every event of every step within its sample's list of non-zero values.
    at = np.arange(indptr[-1]) - np.repeat(indptr[:-1], np.repeat(counts, steps))
    at += np.repeat(np.repeat(starts[:-1], steps), np.repeat(counts, steps))
    values = dataset.images[rows, neurons].astype(np.float32) * amplitude
    return SpikeBatch(samples, steps, dataset.size, indptr, neurons[at].astype(np.int32), values[at])
