"""Recorded events become spikes of the right neuron in the right step; real N-MNIST recordings where they are."""

import numpy as np
import pytest

from neurodeploy.datasets import EventDataset, load_dataset, locate
from neurodeploy.encoding import encode
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import LIF, Encoder, Network, Population, SpikeSource


def network(shape: tuple[int, ...], steps: int, dt: float = 1.0, **parameters: float) -> Network:
    populations = (Population("input", shape, SpikeSource()), Population("n", (1,), LIF()))
    return Network(populations, (), dt, Encoder("events", steps, parameters))


def recording() -> EventDataset:
    """Two samples of 2x2 pixels: three events, two of them in the same millisecond; one event, too late."""
    return EventDataset(
        "made", "test", np.array([0, 4, 5]), np.array([5, 5, 0, 7], np.int32).repeat([1, 1, 2, 1]),
        np.array([100, 900, 2500, 3999, 9000]), np.array([0, 1]), (2, 2, 2), 2, np.arange(2),
    )  # fmt: skip


def test_events_are_binned() -> None:
    spikes = encode(network((2, 2, 2), 4), recording())
    assert spikes.indptr.tolist() == [0, 1, 1, 2, 3, 3, 3, 3, 3] and spikes.neurons.tolist() == [5, 0, 0]
    assert spikes.values is None
    slower = encode(network((2, 2, 2), 4, time_scale=4.0), recording())  # 4 ms of the recording in one step
    assert slower.dense()[0].sum(axis=1).tolist() == [2, 0, 0, 0] and slower.dense()[1].sum() == 1


def test_subsets_keep_their_own_events() -> None:
    whole = encode(network((2, 2, 2), 10), recording())
    second = encode(network((2, 2, 2), 10), recording().subset(slice(1, 2)))
    np.testing.assert_array_equal(whole.part(1, 2).dense(), second.dense())
    assert len(recording().limit(1)) == 1 and recording().limit(1).offsets.tolist() == [0, 4]


def test_images_and_events_are_not_confused() -> None:
    with pytest.raises(NeurodeployError, match="ND305.*takes recorded events; 'digits' holds images"):
        encode(network((8, 8), 5), load_dataset("digits", "test").limit(1))


@pytest.mark.skipif(locate("nmnist") is None, reason="N-MNIST is not here (set NEURODEPLOY_DATA)")
def test_nmnist_recordings() -> None:
    """The README of the data: 385,596 events of 100 test samples; the first digits are 7, 2, 1."""
    found = load_dataset("nmnist", "test")
    assert isinstance(found, EventDataset) and len(found) >= 100
    first = found.limit(100)
    assert first.labels[:3].tolist() == [7, 2, 1]
    if len(found) == 100:
        assert first.offsets[-1] == 385_596
    spikes = encode(network((2, 34, 34), 350), first)
    distinct = len(
        {
            (s, t // 1000, n)
            for s in range(3)
            for t, n in zip(
                first.microseconds[first.offsets[s] : first.offsets[s + 1]].tolist(),
                first.neurons[first.offsets[s] : first.offsets[s + 1]].tolist(),
                strict=True,
            )
            if t < 350_000
        }
    )
    assert spikes.part(0, 3).total == distinct
