"""Where a training is, and how good on images it does not learn from; looking on changes no bit of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurodeploy.datasets import Dataset
from neurodeploy.network import Readout
from neurodeploy.readout import accuracy, assign_labels, classify
from neurodeploy.training.two_layer.parameters import TrainingParameters
from neurodeploy.training.two_layer.trained_weights import restored_weights
from neurodeploy.training.two_layer.trainer import Intervention, respond
from neurodeploy.training.two_layer.trainer_state import TrainerState


class Progress(NamedTuple):
    """Where a training is.

    ``connectivity``: share of synapses with a weight other than 0; ``spikes_per_image``: output spikes in the last chunk,
    None where nothing spikes (back-propagation); ``images_per_second`` of this call, images of an earlier one (``resume``) not counted; ``held_out_accuracy``: at the
    last measurement, None before it; ``rule_seconds``: CPU time of this call in pruning and quantization; ``resumed_at``:
    images of earlier calls; ``loss``: of back-propagation, a mean since the last report.
    """

    images: int
    total: int
    connectivity: float
    spikes_per_image: float | None
    images_per_second: float = 0.0
    held_out_accuracy: float | None = None
    rule_seconds: float = 0.0
    resumed_at: int = 0
    loss: float | None = None

    @property
    def seconds_left(self) -> float | None:
        """Estimate from the rate so far; None while there is none."""
        return (self.total - self.images) / self.images_per_second if self.images_per_second > 0 else None


@dataclass
class Timed:
    """An intervention and the CPU time it has taken."""

    change: Intervention
    seconds: float = 0.0

    def next_boundary(self, images_seen: int) -> int:
        """The intervention's own."""
        return self.change.next_boundary(images_seen)

    def apply(self, state: TrainerState) -> None:
        """Let it act."""
        started = time.process_time()
        self.change.apply(state)
        self.seconds += time.process_time() - started


@dataclass
class Watch:
    """Follows a training: rate, and accuracy on ``held_out`` with labels from the training's own responses.

    The labels come from the output spikes of the images learned since the last measurement; the held-out images are
    presented once to a frozen copy, columns normalised.
    """

    parameters: TrainingParameters
    total: int
    held_out: Dataset | None = None
    rules: Sequence[Timed] = ()
    clock: Callable[[], float] = time.perf_counter
    accuracy: float | None = None
    resumed_at: int = 0
    _counts: list[NDArray[np.uint16]] = field(default_factory=list)
    _labels: list[NDArray[np.int64]] = field(default_factory=list)
    _seen: int = 0
    _started: float = 0.0

    def __post_init__(self) -> None:
        self._started = self.clock()

    def start_clock(self) -> None:
        """Measure the rate from here on: what came before also compiled kernels."""
        self._seen, self._started = 0, self.clock()

    def saw(self, counts: NDArray[np.uint16], labels: NDArray[np.int64]) -> None:
        """Take note of a chunk's responses [n, neurons] and labels [n]."""
        self._seen += len(labels)
        if self.held_out is not None:
            self._counts.append(counts)
            self._labels.append(labels)

    def measure(self, state: TrainerState) -> None:
        """Measure the held-out accuracy; nothing without held-out images."""
        if self.held_out is None or not self._labels:
            return
        own = assign_labels(np.concatenate(self._counts), np.concatenate(self._labels), self.held_out.classes)
        self._counts.clear()
        self._labels.clear()
        weights = restored_weights(state, self.parameters)
        counts, _ = respond(weights, state.theta, self.parameters, self.held_out.images, self.held_out.indices)
        readout = Readout("excitatory", own, self.held_out.classes)
        self.accuracy = accuracy(classify(counts, readout), self.held_out.labels)

    def progress(self, state: TrainerState, spikes_per_image: float) -> Progress:
        """What to tell the caller."""
        seconds = self.clock() - self._started
        return Progress(
            state.images_seen, self.total, float(np.count_nonzero(state.layer_weights)) / state.layer_weights.size,
            spikes_per_image, self._seen / seconds if seconds > 0 else 0.0, self.accuracy,
            sum(rule.seconds for rule in self.rules), self.resumed_at,
        )  # fmt: skip
