"""Running a data set through an executor in chunks: encode, run, decode, count."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from neurodeploy.costs.neurobench import NeurobenchMetrics, neurobench
from neurodeploy.datasets import AnyDataset
from neurodeploy.encoding import encode_in_chunks
from neurodeploy.errors import NeurodeployError
from neurodeploy.live_input import Lateness
from neurodeploy.network import Activity, EventCounts, Network, SpikeBatch
from neurodeploy.network.arrays import Array, FloatArray, IntArray
from neurodeploy.readout import accuracy, decide, scores

CHUNK = 250
Executor = Callable[[SpikeBatch], Activity]


@dataclass(frozen=True, eq=False)
class Inference:
    """Result of a data set on one executor.

    ``counts``: spikes of the readout's population, int64 ``(samples, neurons)``; ``scores``: what the readout measured
    (those counts, or potentials), float64 of the same shape; ``predicted``: class of each sample, -1 where nothing
    fired. ``events``: totals of spikes, synaptic events and saturations; ``first``: spikes of the first sample by
    population, for figures. ``neurobench``: NeuroBench's metrics of the network that was run. ``lateness``: of input that
    was sent to running hardware.
    """

    labels: IntArray
    predicted: IntArray
    counts: IntArray
    events: EventCounts
    scores: FloatArray
    neurobench: NeurobenchMetrics
    first: dict[str, SpikeBatch] = field(default_factory=dict)
    lateness: Lateness | None = None

    @property
    def samples(self) -> int:
        """Number of samples."""
        return len(self.labels)

    @property
    def correct(self) -> int:
        """Samples whose class was found."""
        return int(np.sum(self.predicted == self.labels))

    @property
    def accuracy(self) -> float:
        """Share of samples whose class was found."""
        return accuracy(self.predicted, self.labels)

    @property
    def silent(self) -> int:
        """Samples without a single output spike."""
        return int(np.sum(self.predicted < 0))


def infer(
    network: Network,
    dataset: AnyDataset,
    executor: Executor,
    progress: Callable[[int], None] = lambda samples: None,
    chunk: int = CHUNK,
    executed: Network | None = None,
    watch: Callable[[IntArray, IntArray], None] = lambda predicted, labels: None,
    encoded: Iterable[tuple[AnyDataset, SpikeBatch]] | None = None,
) -> Inference:
    """Run a data set, each sample from the initial state; memory is bounded by ``chunk`` samples.

    ``progress`` is called with the number of samples finished since the last call; ``executed`` is the network that the
    executor runs, where it differs (a target's lowered one); ``watch`` is called with the classes found and the labels of
    every chunk; ``encoded``: the data set in parts with their input, if that is at hand already (``progress`` and ``chunk`` are
    then not used).

    Raises:
        NeurodeployError: ND206, ND207 or ND305 when network and data set do not go together.
    """
    readout = network.readout
    if readout is None:
        raise NeurodeployError(
            "ND207",
            "The network has no readout: its output spikes cannot be decoded into classes.",
            "Give it one: replace(network, readout=Readout(population, labels, classes)).",
        )
    counts: list[IntArray] = []
    measured: list[FloatArray] = []
    events = EventCounts(0, 0, {}, {})
    first: dict[str, SpikeBatch] = {}
    for part, inputs in encode_in_chunks(network, dataset, chunk, progress) if encoded is None else encoded:
        activity = executor(inputs)
        counts.append(activity.spikes[readout.population].counts())
        measured.append(scores(activity, readout))
        watch(decide(measured[-1], readout), part.labels)
        events += activity.event_counts()
        first = first or {name: batch.sample(0) for name, batch in activity.spikes.items()}
    everything = np.concatenate(measured) if measured else np.zeros((0, len(readout.labels)))
    return Inference(
        dataset.labels, decide(everything, readout), np.concatenate(counts) if counts else everything.astype(np.int64),
        events, everything, neurobench(executed or network, events), first,
    )  # fmt: skip


def spike_distance(reference: Array, other: Array) -> float:
    """Sum of absolute differences of spike counts (or potentials) over the sum of ``reference``'s magnitudes."""
    return float(np.abs(reference - other).sum() / (np.abs(reference).sum() or 1))
