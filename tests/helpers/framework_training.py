"""Training a small network of a PyTorch framework on scikit-learn's digits, and recording what the framework computes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import nir
import numpy as np
import torch

CLASSES = 10
TRAIN_SAMPLES = 500
TEST_SAMPLES = 100
STEPS = 16
BATCH = 50

Recording = dict[str, list[torch.Tensor]]
Forward = Callable[[torch.Tensor, "Recording | None", "Recording | None"], torch.Tensor]


@dataclass(frozen=True)
class FrameworkRecord:
    """An exported graph and what the framework that exported it computes.

    ``spikes`` and ``potentials`` are keyed by the name of the neuron's node in the graph and have shape
    (samples, steps, neurons), neurons in C order of the layer's shape. Potentials are what the framework
    keeps as state at the end of the step (see ``potentials_before_reset``). Spikes may exceed 1
    (Sinabs and Rockpool emit several per step).
    """

    name: str
    framework: str
    graph: nir.NIRGraph
    inputs: np.ndarray  # (samples, steps, *input shape)
    spikes: dict[str, np.ndarray]
    potentials: dict[str, np.ndarray]
    labels: np.ndarray
    predictions: np.ndarray
    time_step: float  # seconds per step, in the time unit of the graph's time constants
    reset: str  # what the framework does at a spike and the graph does not say
    potentials_before_reset: bool
    readout: str  # "spike_count" or "potential_mean"
    notes: str = ""
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def accuracy(self) -> float:
        """Fraction of the samples that the framework classifies correctly."""
        return float((self.predictions == self.labels).mean())


def digit_samples(coding: str, steps: int = STEPS, image: bool = False) -> tuple[np.ndarray, ...]:
    """Train and test inputs (samples, steps, 64 or 1 x 8 x 8) and labels; coding "rate" (Bernoulli) or "direct"."""
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(7).permutation(len(labels))[: TRAIN_SAMPLES + TEST_SAMPLES]
    pixels, labels = (pixels[order] / 16).astype(np.float32), labels[order].astype(np.int64)
    frames = np.repeat(pixels[:, None, :], steps, axis=1)
    if coding == "rate":
        frames = (np.random.default_rng(11).random(frames.shape) < frames).astype(np.float32)
    if image:
        frames = frames.reshape(*frames.shape[:2], 1, 8, 8)
    train = slice(0, TRAIN_SAMPLES)
    test = slice(TRAIN_SAMPLES, None)
    return frames[train], labels[train], frames[test], labels[test]


def seed() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)


def train(
    forward: Forward,
    parameters: Sequence[torch.Tensor],
    frames: np.ndarray,
    labels: np.ndarray,
    epochs: int,
    rate: float,
) -> None:
    optimizer = torch.optim.Adam(parameters, lr=rate)
    for epoch in range(epochs):
        order = np.random.default_rng(epoch).permutation(len(labels))
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            scores = forward(torch.from_numpy(frames[batch]), None, None)
            loss = torch.nn.functional.cross_entropy(scores, torch.from_numpy(labels[batch]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


def _stacked(recording: Recording, samples: int) -> dict[str, np.ndarray]:
    """Per-step (samples, ...) tensors as float32 (samples, steps, neurons)."""
    arrays = {}
    for name, tensors in recording.items():
        joined = torch.stack(tensors, dim=1) if len(tensors) > 1 else tensors[0]
        arrays[name] = joined.detach().numpy().reshape(samples, joined.shape[1], -1).astype(np.float32).copy()
    return arrays


def build(
    name: str,
    framework: str,
    forward: Forward,
    parameters: Sequence[torch.Tensor],
    export: Callable[[], nir.NIRGraph],
    data: tuple[np.ndarray, ...],
    epochs: int,
    rate: float,
    **facts: Any,
) -> FrameworkRecord:
    frames, labels, test_frames, test_labels = data
    train(forward, parameters, frames, labels, epochs, rate)
    spikes: Recording = {}
    potentials: Recording = {}
    with torch.no_grad():
        scores = forward(torch.from_numpy(test_frames), spikes, potentials)
    return FrameworkRecord(
        name=name,
        framework=framework,
        graph=export(),
        inputs=test_frames,
        spikes=_stacked(spikes, len(test_labels)),
        potentials=_stacked(potentials, len(test_labels)),
        labels=test_labels,
        predictions=scores.argmax(1).numpy(),
        versions={package: version(package) for package in (framework, "nir", "nirtorch", "torch")},
        **facts,
    )


def weights_of(module: torch.nn.Module) -> list[torch.Tensor]:
    return [p for n, p in module.named_parameters() if n.rsplit(".", 1)[-1] in ("weight", "bias")]
