"""Spike counts of a network on an executor, sample by sample, with what chance makes of their differences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from neurodeploy.datasets import AnyDataset
from neurodeploy.encoding import encode_in_chunks
from neurodeploy.inference import CHUNK, Executor
from neurodeploy.network import Network
from neurodeploy.network.arrays import FloatArray, IntArray
from neurodeploy.readout import decide, scores


@dataclass(frozen=True, eq=False)
class Measured:
    """``counts``: spikes of each neuron over all samples, by population; ``totals``: of each population in each sample, int64
    ``(samples,)``; ``right``: whether each sample's class was found, bool ``(samples,)``.
    """

    counts: Mapping[str, IntArray]
    totals: Mapping[str, IntArray]
    right: FloatArray

    @property
    def accuracy(self) -> float:
        """Share of samples whose class was found."""
        return float(self.right.mean()) if len(self.right) else 0.0

    @property
    def accuracy_error(self) -> float:
        """Standard error of the accuracy (binomial)."""
        return float(np.sqrt(self.accuracy * (1 - self.accuracy) / max(len(self.right), 1)))


@dataclass(frozen=True)
class Difference:
    """A mean over samples and its standard error."""

    mean: float
    error: float

    def beyond(self, errors: float) -> bool:
        """Whether it is above 0 by more than so many standard errors."""
        return self.mean > errors * self.error


def measure(
    network: Network, data: AnyDataset, executor: Executor, chunk: int = CHUNK,
    progress: Callable[[int], None] = lambda samples: None,
) -> Measured:  # fmt: skip
    """Run the samples and count; ``network`` encodes and decodes them (it needs a readout)."""
    counts: dict[str, IntArray] = {}
    totals: dict[str, list[IntArray]] = {}
    right = []
    assert network.readout is not None
    for part, inputs in encode_in_chunks(network, data, chunk, progress):
        activity = executor(inputs)
        for name, batch in activity.spikes.items():
            found = batch.counts()
            counts[name] = counts.get(name, np.zeros(batch.size, np.int64)) + found.sum(axis=0)
            totals.setdefault(name, []).append(found.sum(axis=1))
        right.append(decide(scores(activity, network.readout), network.readout) == part.labels)
    return Measured(counts, {name: np.concatenate(of) for name, of in totals.items()}, np.concatenate(right))


def paired(values: FloatArray) -> Difference:
    """Mean of differences of the same samples."""
    error = float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("inf")
    return Difference(float(values.mean()), error)


def count_error(found: Measured, reference: Measured, populations: list[str]) -> FloatArray:
    """For each sample, how far the spikes of the populations are from the reference's, relative to the latter's mean."""
    result = np.zeros(len(found.right))
    for name in populations:
        aim = reference.totals[name]
        result += np.abs(found.totals[name] - aim) / max(aim.mean(), 1.0)
    return result
