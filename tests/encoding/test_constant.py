"""Direct code: every step carries the image itself."""

from dataclasses import replace

import numpy as np
import pytest

from neurodeploy.datasets import load_dataset
from neurodeploy.encoding import encode
from neurodeploy.network import LIF, Encoder, Network, Population, SpikeSource


def network(**parameters: float) -> Network:
    populations = (Population("input", (8, 8), SpikeSource()), Population("n", (1,), LIF()))
    return Network(populations, (), 1.0, Encoder("constant", 5, parameters))


def test_every_step_carries_the_image() -> None:
    digits = load_dataset("digits", "test").limit(9)
    events = encode(network(), digits)
    frames = events.dense()
    assert frames.shape == (9, 5, 64) and frames.dtype == np.float32
    for step in range(5):
        np.testing.assert_allclose(frames[:, step], digits.images / 16, rtol=1e-6)
    assert events.total == 5 * np.count_nonzero(digits.images)  # zeros send nothing


def test_amplitude_scales_and_samples_do_not_depend_on_their_neighbours() -> None:
    digits = load_dataset("digits", "test").limit(6)
    whole, alone = encode(network(amplitude=0.5), digits), encode(network(amplitude=0.5), digits.subset(slice(4, 5)))
    np.testing.assert_array_equal(whole.part(4, 5).dense(), alone.dense())
    assert alone.dense().max() == pytest.approx(0.5 * digits.images[4].max() / 16)


def test_a_blank_image_sends_nothing() -> None:
    digits = load_dataset("digits", "test").limit(1)
    blank = encode(network(), replace(digits, images=np.zeros_like(digits.images)))
    assert blank.total == 0 and len(blank.indptr) == 6
