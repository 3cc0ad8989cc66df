"""Mini-batches, rules at their moments, checkpoints: the same bits however often a training is killed and resumed."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from neurodeploy.datasets import Dataset
from neurodeploy.errors import NeurodeployError
from neurodeploy.files import dump_json
from neurodeploy.network.arrays import IntArray, frozen
from neurodeploy.training.backpropagation.dense_layers import gradients
from neurodeploy.training.backpropagation.layers import MatrixShape, WeightedLayer, layer_views
from neurodeploy.training.backpropagation.optimizers import adam, sgd
from neurodeploy.training.backpropagation.parameters import LISTS, BackpropagationParameters
from neurodeploy.training.backpropagation.signed_pruning import SignedPruning, signed_rules
from neurodeploy.training.backpropagation.state import (
    ORDER,
    BackpropagationState,
    initial_state,
    synapse_layers,
)
from neurodeploy.training.backpropagation.trained import TrainedNetwork, unit_pixels
from neurodeploy.training.checkpoint import load_checkpoint, remove_leftovers, save_checkpoint
from neurodeploy.training.pruning import TrainingPruningRule
from neurodeploy.training.rule_tables import as_table
from neurodeploy.training.two_layer.synapse_states import FROZEN, REMOVED

PROGRESS_IMAGES = 5_000
CHECKPOINT_IMAGES = 60_000


class BackpropagationProgress(NamedTuple):
    """Where a training is; ``loss`` and ``accuracy`` are means over the images since the last report, as they were met.

    ``connectivity``: share of weights other than 0; ``held_out_accuracy``: None without held-out images;
    ``resumed_at``: images of earlier calls, which ``images_per_second`` does not count.
    """

    images: int
    total: int
    connectivity: float
    loss: float
    accuracy: float
    images_per_second: float
    held_out_accuracy: float | None = None
    resumed_at: int = 0

    @property
    def seconds_left(self) -> float | None:
        """Estimate from the rate so far; None while there is none."""
        return (self.total - self.images) / self.images_per_second if self.images_per_second > 0 else None


def train_network(
    data: Dataset,
    parameters: BackpropagationParameters | None = None,
    *,
    pruning: TrainingPruningRule | None = None,
    inhibitory_pruning: TrainingPruningRule | None = None,
    held_out: Dataset | None = None,
    progress: Callable[[BackpropagationProgress], None] = lambda state: None,
    checkpoint: Path | None = None,
    checkpoint_every: int = CHECKPOINT_IMAGES,
    resume: bool = False,
) -> TrainedNetwork:
    """Train a dense or convolutional network on labelled images by back-propagation; prune it meanwhile.

    ``pruning`` acts on all synapses; with ``inhibitory_pruning`` on the excitatory ones alone, and that on the inhibitory
    ones. Both act after the mini-batch that reaches their moment. The same seed gives the same bits on the same machine,
    on any number of threads: matrix products run on one.

    With ``checkpoint`` the state is saved there after every ``checkpoint_every`` images and at the end, for the caller to
    remove; ``resume`` goes on from it, bit for bit as if it had never stopped. ``progress`` is called after every
    5,000 images or so and at the end; ``held_out`` is classified then, which changes nothing.

    Raises:
        NeurodeployError: ND203 when pruning removes every synapse of a layer, ND306 for rules that cannot be used and
            convolutions that do not fit the images and a training that diverges, ND307 when the checkpoint is another's.
    """
    parameters = parameters or BackpropagationParameters()
    shapes, total = parameters.matrices(data.image_shape, data.classes), len(data) * parameters.epochs
    if not total:
        raise NeurodeployError("ND306", f"'{data.name}' has no images to train on.", "Use 1 or more.")
    rules = signed_rules(pruning, inhibitory_pruning, total, parameters.seed)
    options = {**asdict(parameters), "pruning": as_table(pruning), "inhibitory_pruning": as_table(inhibitory_pruning)}
    options |= {name: list(getattr(parameters, name)) for name in LISTS}
    key = hashlib.sha256(("backpropagation" + dump_json(options) + data.digest()).encode()).hexdigest()
    state = initial_state(parameters, shapes)
    if resume and checkpoint is not None:
        remove_leftovers(checkpoint)
        state = load_checkpoint(checkpoint, key, state) if checkpoint.exists() else state
    training = _Training(data, parameters, shapes, total, state, rules, held_out, progress, state.images_seen)
    with threadpool_limits(1):
        if state.images_seen == 0:
            training.prune(-1)
        while state.images_seen < total:
            before = state.images_seen
            training.batch()
            training.prune(before)
            now = state.images_seen
            if before // PROGRESS_IMAGES < now // PROGRESS_IMAGES or now == total:
                training.report()
            if checkpoint is not None and (before // checkpoint_every < now // checkpoint_every or now == total):
                save_checkpoint(checkpoint, key, state)
    return training.result(options)


@dataclass
class _Training:
    """What mini-batches share: the data, the state, buffers for gradients and the sums of the next report."""

    data: Dataset
    parameters: BackpropagationParameters
    shapes: tuple[MatrixShape, ...]
    total: int
    state: BackpropagationState
    rules: Sequence[SignedPruning]
    held_out: Dataset | None
    progress: Callable[[BackpropagationProgress], None]
    resumed_at: int

    def __post_init__(self) -> None:
        biases = self.parameters.biases
        self.gradient = np.zeros_like(self.state.values)
        self.layers = layer_views(self.state.values, self.shapes, biases)
        self.into = layer_views(self.gradient, self.shapes, biases)
        self.convolutions = self.parameters.convolutions(self.data.image_shape)
        self.clipped = self.parameters.activation == "clipped_relu"
        self.loss, self.right, self.images, self.epoch = 0.0, 0, 0, -1
        self.order: IntArray = np.zeros(0, np.int64)
        self.started = time.perf_counter()

    def batch(self) -> None:
        """Learn the next mini-batch; the last of an epoch may be smaller."""
        state, size = self.state, self.parameters.batch_images
        epoch, start = divmod(state.images_seen, len(self.data))
        if epoch != self.epoch:
            self.epoch = epoch
            self.order = np.random.default_rng([self.parameters.seed, ORDER, epoch]).permutation(len(self.data))
        chosen = self.order[start : start + size]
        labels = self.data.labels[chosen]
        pixels, rectified = unit_pixels(self.data, chosen), self.parameters.output == "relu"
        loss, right = gradients(self.layers, self.into, pixels, labels, self.clipped, rectified, self.convolutions)
        if not np.isfinite(loss):
            raise NeurodeployError(
                "ND306", f"After {state.images_seen:,} images the loss is {loss}.", "Use a smaller learning_rate."
            )
        self._step(self.parameters.rate_at(state.images_seen, self.total))
        state.images_seen += len(chosen)
        self.loss += loss * len(chosen)
        self.right += right
        self.images += len(chosen)

    def _step(self, rate: float) -> None:
        state, keep = self.state, self.parameters.momentum
        state.steps += 1
        if self.parameters.optimizer == "adam":
            adam(state.values, self.gradient, state.states, state.first, state.second, int(state.steps[0]), rate, keep)
        else:
            sgd(state.values, self.gradient, state.states, state.first, rate, keep)

    def prune(self, before: int) -> None:
        """Let every rule act whose moment has come since ``before`` images."""
        for rule in self.rules:
            for step in rule.due(before, self.state.images_seen):
                rule.apply(self.state, self.shapes, self.parameters.biases, step)

    def report(self) -> None:
        """Tell the caller, and begin new means."""
        seconds = time.perf_counter() - self.started
        weights = [layer.weights for layer in self.layers]
        held_out = None
        if self.held_out is not None:
            held_out = self.result({}).accuracy(self.held_out)
        self.progress(
            BackpropagationProgress(
                self.state.images_seen, self.total,
                float(sum(map(np.count_nonzero, weights)) / sum(w.size for w in weights)),
                self.loss / self.images, self.right / self.images,
                (self.state.images_seen - self.resumed_at) / seconds, held_out, self.resumed_at,
            )
        )  # fmt: skip
        self.loss, self.right, self.images = 0.0, 0, 0

    def result(self, options: dict[str, Any]) -> TrainedNetwork:
        """The network as it is now; what is removed has weight 0."""
        pairs = synapse_layers(self.state, self.shapes, self.parameters.biases)
        layers = tuple(
            WeightedLayer(frozen(layer.weights), None if layer.bias is None else frozen(layer.bias))
            for layer, _ in pairs
        )
        record = {
            "trainer": "backpropagation", "data": self.data.name, "training_images": len(self.data), **options,
            "pruned": {
                "synapses": sum(states.size for _, states in pairs),
                "removed": sum(int(np.count_nonzero(states == REMOVED)) for _, states in pairs),
                "frozen": sum(int(np.count_nonzero(states == FROZEN)) for _, states in pairs),
                "zero": sum(int(np.count_nonzero(layer.weights == 0)) for layer, _ in pairs),
            },
        }  # fmt: skip
        masks = tuple(frozen(states != REMOVED) for _, states in pairs)
        return TrainedNetwork(layers, masks, self.data.image_shape, self.clipped, record, self.convolutions)
