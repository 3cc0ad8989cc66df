"""What a conversion cost: accuracy before, after every step, and how far rates are from activations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from neurodeploy.ann.arithmetic import forward, pixels, predict
from neurodeploy.ann.layers import Ann, MaxPool
from neurodeploy.ann.stages import kind_of
from neurodeploy.datasets import Dataset
from neurodeploy.encoding import encode_in_chunks
from neurodeploy.network import Activity, Network
from neurodeploy.network.arrays import Array, FloatArray, IntArray
from neurodeploy.simulation import build_plan, simulate

if TYPE_CHECKING:
    from neurodeploy.ann.conversion import Balanced

_CHUNK_BYTES = 256 << 20
_LARGEST_CHUNK = 250


@dataclass(frozen=True)
class LayerReport:
    """One population: ``unit`` is the activation that one spike per step stands for; ``threshold`` in its potential.

    ``error``: mean absolute difference of rate times unit (output: potential per step) and activation over the test
    set; ``rate``: mean spikes per neuron and step. None for relays, which compute exactly, or do not spike.
    """

    name: str
    kind: str
    neurons: int
    unit: float
    threshold: float | None
    error: float | None
    rate: float | None


@dataclass(frozen=True)
class ConversionReport:
    """Accuracy on ``samples`` test samples: of the network as it was read, and converted after its last step.

    ``replaced_accuracy``: of the network after its max pooling was replaced; None where nothing was.
    ``accuracy_by_step``: of the converted network after 1, 2, … steps. ``notes``: what was left out or approximated.
    """

    samples: int
    ann_accuracy: float
    replaced_accuracy: float | None
    accuracy: float
    accuracy_by_step: tuple[float, ...]
    layers: tuple[LayerReport, ...]
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        record = asdict(self)
        record["accuracy_by_step"] = list(self.accuracy_by_step)
        record["layers"] = [asdict(layer) for layer in self.layers]
        record["notes"] = list(self.notes)
        return record


def measure(
    network: Network,
    balanced: Sequence[Balanced],
    ann: Ann,
    folded: Ann,
    test: Dataset,
    progress: Callable[[int], None] = lambda samples: None,
) -> ConversionReport:
    """Run the test set through both; ``folded`` is what the converted network stands for."""
    assert network.encoder is not None
    plan = build_plan(network)
    steps = network.encoder.steps
    tally = _Tally(network, balanced)
    right: IntArray = np.zeros(steps, np.int64)
    ann_right = folded_right = 0
    for part, inputs in encode_in_chunks(network, test, _samples_at_once(network, steps), progress):
        assert isinstance(part, Dataset)
        images = pixels(ann, part)
        ann_right += int(np.sum(predict(ann, images) == part.labels))
        activations = forward(folded, images)
        folded_right += int(np.sum(activations[-1].reshape(len(part), -1).argmax(axis=1) == part.labels))
        activity = simulate(network, inputs, plan=plan)
        right += np.sum(predictions_by_step(network, activity) == part.labels[:, np.newaxis], axis=0)
        tally.add(activity, activations)
    samples = max(len(test), 1)
    replaced = any(isinstance(layer, MaxPool) for layer in ann.layers) and not any(
        isinstance(layer, MaxPool) for layer in folded.layers
    )
    by_step = tuple(float(share) for share in right / samples)
    return ConversionReport(
        len(test), ann_right / samples, folded_right / samples if replaced else None, by_step[-1], by_step,
        tally.layers(samples), folded.notes,
    )  # fmt: skip


def predictions_by_step(network: Network, activity: Activity) -> IntArray:
    """Class of each sample if it ended after each step, int64 ``(samples, steps)``; -1 before the first output spike."""
    readout = network.readout
    assert readout is not None
    if readout.name == "potential":
        return np.asarray(activity.voltages[readout.population].argmax(axis=2), np.int64)
    counts = activity.spikes[readout.population].dense().cumsum(axis=1, dtype=np.int32)
    return np.where(counts.max(axis=2) > 0, counts.argmax(axis=2), -1).astype(np.int64)


class _Tally:
    """Sums over samples of rates and of their distance from the activations."""

    def __init__(self, network: Network, balanced: Sequence[Balanced]) -> None:
        self._network, self._balanced = network, balanced
        self._errors: FloatArray = np.zeros(len(balanced))
        self._spikes: IntArray = np.zeros(len(balanced), np.int64)

    def add(self, activity: Activity, activations: Sequence[Array]) -> None:
        for index, part in enumerate(self._balanced):
            found = self._estimate(part, activity)
            if found is not None:
                expected = activations[part.stage.behind + 1].reshape(len(found), -1)
                if part.stage.role == "output" and part.threshold is not None:
                    expected = np.maximum(expected, 0)  # rates cannot say what is negative
                self._errors[index] += np.abs(found - expected).sum(dtype=np.float64)
            if part.threshold is not None:
                self._spikes[index] += activity.spikes[part.stage.name].total

    def _estimate(self, part: Balanced, activity: Activity) -> Array | None:
        """Activations as the spikes (or the output's potential) tell them, ``(samples, neurons)``."""
        assert self._network.encoder is not None
        per_step = part.unit / self._network.encoder.steps
        if part.threshold is not None:
            return np.asarray(activity.spikes[part.stage.name].counts() * per_step)
        if part.stage.role == "output":
            return np.asarray(activity.voltages[part.stage.name][:, -1] * per_step)
        return None

    def layers(self, samples: int) -> tuple[LayerReport, ...]:
        assert self._network.encoder is not None
        return tuple(
            LayerReport(
                part.stage.name,
                kind_of(part.stage),
                neurons := prod(part.stage.shape),
                part.unit,
                part.threshold,
                float(error) / (samples * neurons) if part.stage.role != "relay" else None,
                int(spikes) / (samples * neurons * self._network.encoder.steps) if part.threshold is not None else None,
            )
            for part, error, spikes in zip(self._balanced, self._errors, self._spikes, strict=True)
        )


def _samples_at_once(network: Network, steps: int) -> int:
    """So that the events of all populations stay within a bound, even if every neuron sends in every step."""
    values = steps * sum(population.size for population in network.populations)
    return int(np.clip(_CHUNK_BYTES // (8 * values), 1, _LARGEST_CHUNK))
