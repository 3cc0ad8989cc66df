"""The trainer with regular input spikes: a plain implementation, resuming, the network it builds, the same spikes there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_recipes import small_recipe
from two_layer_reference import SMALL, Reference, images

from neurodeploy.datasets import load_dataset
from neurodeploy.encoding import encode
from neurodeploy.encoding.regular import encode_regular
from neurodeploy.network import Network
from neurodeploy.simulation import simulate
from neurodeploy.training import train as training
from neurodeploy.training.progress import Progress
from neurodeploy.training.train import train, training_parameters
from neurodeploy.training.two_layer.frozen_responses import frozen_responses
from neurodeploy.training.two_layer.image_loop import INPUT_SPIKES, TEST_STREAM
from neurodeploy.training.two_layer.parameters import TrainingParameters
from neurodeploy.training.two_layer.stdp.triplet import Triplet
from neurodeploy.training.two_layer.trainer import intensity_tables, respond, train_chunk
from neurodeploy.training.two_layer.trainer_state import initial_state

REGULAR = replace(SMALL, encoder="regular")
RECIPE = small_recipe().with_network(encoder="regular")


@pytest.fixture(scope="module")
def network() -> Network:
    """Trained on regular spikes."""
    return train(RECIPE)


def test_same_spikes_as_plain_implementation() -> None:
    parameters = replace(REGULAR, maximum_rate_hz=60.0)
    state = initial_state(parameters)
    plain = Reference(parameters, Triplet(), state.layer_weights)
    shown, total = images(10), 0
    for index in range(len(shown)):
        counts = train_chunk(state, parameters, Triplet(), shown[index : index + 1], np.array([index]))
        expected = np.zeros(21, int)
        for intensity in range(parameters.start_intensity, parameters.maximum_intensity + 1):
            plain.normalise()
            expected = plain.present(shown[index], index, intensity)
            if expected.sum() >= parameters.minimum_spikes:
                break
        np.testing.assert_array_equal(counts[0], expected)
        np.testing.assert_allclose(state.layer_weights, plain.w, rtol=0, atol=2e-6)
        total += int(expected.sum())
    assert total > 60 and state.metrics["repeats"] > 0


def test_a_repeat_has_the_raised_rate_and_other_phases() -> None:
    """One pixel, no synapse that could make a spike: all intensities are shown, each with its closed form's count."""
    parameters = replace(REGULAR, maximum_intensity=5)
    state = initial_state(parameters)
    state.layer_weights[:] = 0.0
    shown = np.zeros((1, 64), np.uint8)
    shown[0, 9] = 16
    train_chunk(state, parameters, Triplet(), shown, np.arange(1))
    expected = [120.0 * factor * parameters.presentation * 1e-3 for factor in (1, 1.5, 2, 2.5)]
    assert state.metrics["presentations"] == 4 and state.metrics["repeats"] == 3
    assert sum(map(np.floor, expected)) <= state.metrics["input_spikes"] <= sum(map(np.ceil, expected))


def test_a_resumed_training_equals_an_uninterrupted_one(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "CHUNK", 70)
    checkpoint = tmp_path / "net.h5.checkpoint"

    def stop(progress: Progress) -> None:
        if progress.images >= 750:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(RECIPE, checkpoint=checkpoint, checkpoint_every=100, progress=stop)
    assert train(RECIPE, checkpoint=checkpoint, resume=True).digest() == network.digest()


def test_the_network_carries_the_rate_code(network: Network) -> None:
    assert network.encoder is not None and network.encoder.name == "regular"
    poisson = train(small_recipe())
    assert poisson.encoder is not None and poisson.encoder.name == "poisson"
    assert not np.array_equal(network.projections[0].weights.decoded(), poisson.projections[0].weights.decoded())


def test_the_simulator_sees_the_same_input(network: Network) -> None:
    """The trainer's table of rates gives every input spike of ``encode``; the output is summed up in another order.

    In float32 that moves a spike now and then, after which other neurons may win: in a few of 359 images.
    """
    data, inputs = load_dataset("digits", "test"), encode(network, load_dataset("digits", "test"))
    parameters = training_parameters(RECIPE, data)
    rates = intensity_tables(parameters)[0][data.images]
    key = {"steps": parameters.steps, "seed": parameters.seed, "stream": TEST_STREAM, "sample_indices": data.indices}
    indptr, neurons = encode_regular(rates, **key)
    assert np.array_equal(indptr, inputs.indptr) and np.array_equal(neurons, inputs.neurons)
    expected, counters = frozen_responses(network, parameters, data)
    found = simulate(network, inputs).spikes["excitatory"].counts()
    assert expected.sum() > 1000 and inputs.total == counters[INPUT_SPIKES]
    assert np.count_nonzero((found != expected).any(axis=1)) <= 5


def test_responses_do_not_depend_on_threads_or_order() -> None:
    state, shown, indices = initial_state(REGULAR), images(11), np.arange(11)
    weights = state.layer_weights * 2
    one, counters = respond(weights, state.theta, REGULAR, shown, indices)
    four, counters_too = respond(weights, state.theta, REGULAR, shown, indices, threads=4)
    back, _ = respond(weights, state.theta, REGULAR, shown[::-1], indices[::-1])
    assert one.sum() > 0 and np.array_equal(one, four) and np.array_equal(one, back[::-1])
    assert np.array_equal(counters, counters_too)


def test_an_unknown_rate_code_is_refused() -> None:
    with pytest.raises(ValueError, match="encoder is 'constant': use one of poisson, regular"):
        TrainingParameters(encoder="constant")
