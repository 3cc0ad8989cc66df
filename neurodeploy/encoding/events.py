"""Recorded events of a neuromorphic sensor: an event camera's events are binned into time steps.

Source of the layout: N-MNIST (Orchard et al. 2015), polarity first: neuron = (polarity x height + y) x width + x.
"""

from __future__ import annotations

import numpy as np

from neurodeploy.datasets import EventDataset
from neurodeploy.network import Encoder, SpikeBatch

TAKES_EVENTS = True
"""Its data sets are recordings of an event camera."""


def encode_samples(encoder: Encoder, dataset: EventDataset, dt: float) -> SpikeBatch:
    """One spike where a pixel sent one or more events within a step; events after the last step are left out.

    ``time_scale`` (default 1): how many milliseconds of the recording one millisecond of the network sees.
    """
    microseconds_per_step = dt * 1000.0 * encoder.parameters.get("time_scale", 1.0)
    samples, steps, size = len(dataset), encoder.steps, dataset.size
    sample = np.repeat(np.arange(samples), np.diff(dataset.offsets))
    step = np.floor(dataset.microseconds / microseconds_per_step).astype(np.int64)
    seen = step < steps
    place = np.unique((sample[seen] * steps + step[seen]) * size + dataset.neurons[seen])
    indptr = np.concatenate([[0], np.cumsum(np.bincount(place // size, minlength=samples * steps))]).astype(np.int64)
    return SpikeBatch(samples, steps, size, indptr, (place % size).astype(np.int32))
