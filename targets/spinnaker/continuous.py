"""Samples one after the other in one run, as a board presents them: with the encoder's rest between, and no reset."""

from __future__ import annotations

import numpy as np

from neurodeploy.network import SpikeBatch


def joined(inputs: SpikeBatch, rest_steps: int) -> SpikeBatch:
    """All samples as one of ``samples * (steps + rest_steps)`` steps."""
    samples, steps = inputs.samples, inputs.steps
    starts = inputs.indptr[:-1].reshape(samples, steps)
    ends = np.repeat(inputs.indptr[steps::steps, None], rest_steps, axis=1)
    indptr = np.concatenate([np.concatenate([starts, ends], axis=1).ravel(), inputs.indptr[-1:]])
    return SpikeBatch(1, samples * (steps + rest_steps), inputs.size, indptr, inputs.neurons, inputs.values)


def parted(run: SpikeBatch, samples: int, steps: int) -> SpikeBatch:
    """The samples of a joined run again, without what happened while they rested."""
    every = SpikeBatch(samples, run.steps // samples, run.size, run.indptr, run.neurons, run.values)
    return every.window(0, steps)
