"""A rule written outside the package works: one file with two kernels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from two_layer_reference import SMALL, images

from neurodeploy.training.two_layer.stdp.interface import (
    implements,
    on_input_spikes,
    on_output_spike,
)
from neurodeploy.training.two_layer.trainer import train_chunk
from neurodeploy.training.two_layer.trainer_state import initial_state


class CountingConstants(NamedTuple):
    """What the counting rule's kernels read."""

    output_memory: int
    increment: int


@dataclass(frozen=True)
class Counting:
    """Changes no weight; counts ``increment`` updates per output spike."""

    increment: int = 3

    def constants(self, dt: float) -> CountingConstants:
        """Return the kernel constants."""
        return CountingConstants(output_memory=-1, increment=self.increment)


@implements(on_input_spikes, CountingConstants)
def _none(
    rule: Any, weights: Any, traces: Any, step: int, inputs: Any, begin: int, end: int, recent: int, frozen: Any
) -> int:
    return 0


@implements(on_output_spike, CountingConstants)
def _count(
    rule: Any, weights: Any, synapses: Any, weight_maximum: Any, traces: Any, step: int,
    neuron: int, active: int, existing: Any,
) -> int:  # fmt: skip
    return rule.increment


def test_rule_from_another_file() -> None:
    state = initial_state(SMALL)
    train_chunk(state, SMALL, Counting(7), images(5), np.arange(5))
    assert state.metrics["stdp_updates"] >= 7 * state.metrics["output_spikes"] > 0
    assert state.metrics["stdp_updates"] % 7 == 0
