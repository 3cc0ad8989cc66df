"""What became of spikes that a host sent to running hardware: how many arrived, and how many steps late."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from neurodeploy.network import SpikeBatch
from neurodeploy.network.arrays import IntArray

SHARES = (0.0, 0.5, 0.9, 0.99, 1.0)


@dataclass
class Lateness:
    """Sums over runs: ``injected`` and ``recorded`` spikes, ``lateness``: how many of those ``compared`` came so many steps late.

    Spikes of a neuron are compared in their order where it lost none; a neuron that spikes twice in a step is recorded once.
    Fewer than 0 steps: the hardware was behind the clock, as one in software can be.
    ``step_ms``: of the hardware's clock on the wall. ``host_behind_s``: the most that the host itself was late.
    """

    step_ms: float
    injected: int = 0
    recorded: int = 0
    host_behind_s: float = 0.0
    lateness: dict[int, int] = field(default_factory=dict)

    def add(self, sent: SpikeBatch, arrived: SpikeBatch, behind_s: float) -> None:
        """Take note of one run (a batch of one sample each)."""
        self.injected += sent.total
        self.recorded += arrived.total
        self.host_behind_s = max(self.host_behind_s, behind_s)
        late = steps_late(sent, arrived)
        for steps, number in zip(*np.unique(late, return_counts=True), strict=True):
            self.lateness[int(steps)] = self.lateness.get(int(steps), 0) + int(number)

    @property
    def compared(self) -> int:
        """Spikes whose lateness is known."""
        return sum(self.lateness.values())

    def quantile(self, share: float) -> int | None:
        """So many steps late at most was this share of the spikes compared; None without any."""
        reached = 0
        for steps, number in sorted(self.lateness.items()):
            reached += number
            if reached >= share * self.compared:
                return steps
        return None

    def as_dict(self) -> Mapping[str, Any]:
        """Plain values for JSON."""
        return {
            "injected": self.injected, "recorded": self.recorded, "compared": self.compared, "step_ms": self.step_ms,
            "host_behind_s": self.host_behind_s,
            "steps_late": {f"{share:g}": self.quantile(share) for share in SHARES},
        }  # fmt: skip


def steps_late(sent: SpikeBatch, arrived: SpikeBatch) -> IntArray:
    """Steps from sending to arrival of every spike of the neurons that lost none, by neuron and time."""
    one, other = _by_neuron(sent), _by_neuron(arrived)
    whole = np.bincount(one[0], minlength=sent.size) == np.bincount(other[0], minlength=sent.size)
    late: IntArray = other[1][whole[other[0]]] - one[1][whole[one[0]]]
    return late


def _by_neuron(batch: SpikeBatch) -> tuple[IntArray, IntArray]:
    """Neuron and step of every spike, ordered by neuron, then by step."""
    steps = np.repeat(np.arange(batch.samples * batch.steps), np.diff(batch.indptr))
    order = np.lexsort((steps, batch.neurons))
    return batch.neurons[order].astype(np.int64), steps[order]
