"""How late live input came, from what was sent and what was recorded."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from neurodeploy.live_input import Lateness, steps_late
from neurodeploy.network import SpikeBatch


def batch(spikes: dict[int, list[int]], steps: int = 40) -> SpikeBatch:
    """Steps by neuron."""
    dense = np.zeros((1, steps, 4), bool)
    for neuron, at in spikes.items():
        dense[0, at, neuron] = True
    return SpikeBatch.from_dense(dense)


def test_neurons_that_lost_a_spike_are_not_compared() -> None:
    sent = batch({0: [1, 5], 1: [2, 3, 4], 2: [7]})
    arrived = batch({0: [2, 9], 1: [3, 4], 2: [7]})
    assert steps_late(sent, arrived).tolist() == [1, 4, 0]
    found = Lateness(1.0)
    found.add(sent, arrived, 0.25)
    found.add(batch({3: [0]}), batch({3: [1]}), 0.125)
    assert (found.injected, found.recorded, found.compared, found.host_behind_s) == (7, 6, 4, 0.25)
    assert found.lateness == {0: 1, 1: 2, 4: 1}
    assert [found.quantile(share) for share in (0.0, 0.25, 0.5, 0.75, 0.76, 1.0)] == [0, 0, 1, 1, 4, 4]
    assert found.as_dict()["steps_late"] == {"0": 0, "0.5": 1, "0.9": 4, "0.99": 4, "1": 4}


def test_nothing_arrived() -> None:
    found = Lateness(1.0)
    found.add(batch({0: [1]}), batch({}), 0.0)
    assert found.recorded == found.compared == 0 and found.quantile(0.5) is None


@given(st.lists(st.tuples(st.integers(0, 29), st.integers(0, 3)), unique=True, max_size=30), st.integers(0, 9))
def test_a_constant_delay(spikes: list[tuple[int, int]], delay: int) -> None:
    """All are late by as much, and the quantiles say so."""
    sent, arrived = np.zeros((1, 40, 4), bool), np.zeros((1, 40, 4), bool)
    for step, neuron in spikes:
        sent[0, step, neuron] = arrived[0, step + delay, neuron] = True
    found = Lateness(2.0)
    found.add(SpikeBatch.from_dense(sent), SpikeBatch.from_dense(arrived), 0.0)
    assert found.lateness == ({delay: len(spikes)} if spikes else {})
    assert found.quantile(0.5) == (delay if spikes else None)
