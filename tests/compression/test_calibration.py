"""What calibration measures, and how it makes errors count."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from compressible import layered, small_classifier
from networks import into, random_spikes, spikes_at

from neurodeploy import api
from neurodeploy.compression.calibration import by_stored_weight, calibrate
from neurodeploy.compression.quantization import quantize
from neurodeploy.compression.quantization.k_means import KMeans
from neurodeploy.compression.quantization.uniform import Uniform
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import LIF, Convolution1d, Population, SpikeSource, Weights
from neurodeploy.simulation import simulate


def test_rates_are_means_over_samples_and_steps() -> None:
    network = into(LIF(), np.ones((3, 2)))
    found = calibrate(network, spikes_at(10, 3, {0: [0, 2], 4: [0], 9: [0]}))
    np.testing.assert_allclose(found.rate("input"), [0.3, 0, 0.1])
    assert found.provenance() == {"data": "spikes", "samples": 1, "steps": 10}
    importance = found.importance(network, network.projections[0])
    np.testing.assert_allclose(importance.ravel(), np.array([4, 1, 2]) / 12)  # (n + 1) / (S T + 2)


def test_graded_values_count_with_their_squares() -> None:
    network, inputs = layered(), random_spikes(3, 20, 128, 0.2)
    found = calibrate(network, inputs)
    pooled = simulate(network, inputs).spikes["pooled"].dense().astype(np.float64)
    np.testing.assert_allclose(found.rate("pooled"), pooled.mean(axis=(0, 1)), rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(found.squares["pooled"], (pooled**2).sum(axis=(0, 1)), rtol=1e-5)


@pytest.mark.parametrize("groups", [1, 4])
def test_a_kernel_weight_counts_in_every_position(groups: int) -> None:
    """Against the expansion into synapses."""
    network = layered(groups=groups)
    rng = np.random.default_rng(0)
    for projection in network.projections:
        if projection.name in ("pool", "lateral"):
            continue
        of_source = rng.random(network.population(projection.source).size)
        rows = network.expand(projection)
        each = np.repeat(of_source, np.diff(rows.indptr))
        expected = np.bincount(rows.stored, each, projection.weights.present().size)
        found = np.broadcast_to(by_stored_weight(network, projection, of_source), projection.weights.shape)
        np.testing.assert_allclose(found.ravel(), expected, rtol=1e-12)


def test_a_one_dimensional_kernel() -> None:
    network = into(LIF(), Weights(values=np.ones((1, 1, 2))), connectivity=Convolution1d(2), sources=4, size=3)
    network = replace(
        network,
        populations=(Population("input", (1, 4), SpikeSource()), replace(network.populations[1], shape=(1, 3))),
    )
    found = by_stored_weight(network, network.projections[0], np.array([1.0, 2, 4, 8]))
    assert found.tolist() == [[[7, 14]]]


def test_quantizers_minimise_the_error_of_busy_sources() -> None:
    network = small_classifier()
    calibration = calibrate(network, random_spikes(4, 50, 64, np.linspace(0, 0.5, 64)))
    for rule in (Uniform(3), KMeans(6), Uniform(3, per="neuron"), KMeans(6, per="neuron")):
        errors = []
        for given in (calibration, None):
            quantized = quantize(network, rule, calibration=given)
            projection = network.projection("one")
            error = projection.weights.decoded() - quantized.projection("one").weights.decoded()
            errors.append(float((calibration.importance(network, projection) * error**2).sum()))
        assert errors[0] < errors[1]
        assert quantize(network, rule, calibration=calibration).metadata["history"][-1]["calibration"]["samples"] == 4


def test_the_input_error_falls_as_predicted() -> None:
    """The equation of the module: mean squared input error = sum Var e^2 + (sum E e)^2 for independent sources."""
    network = small_classifier()
    rates = np.linspace(0.02, 0.4, 64)
    spikes = random_spikes(200, 50, 64, rates, seed=5)
    error = network.projection("one").weights.decoded()
    error = quantize(network, Uniform(2)).projection("one").weights.decoded() - error
    measured = ((spikes.dense().reshape(-1, 64) @ error) ** 2).mean(axis=0)
    predicted = (rates * (1 - rates)) @ error**2 + (rates @ error) ** 2
    np.testing.assert_allclose(measured, predicted, rtol=0.08)


def test_data_sets_by_name_on_training_samples() -> None:
    network = small_classifier()
    small = api.quantize(network, bits=4, calibrate="digits", calibration_samples=30)
    assert small.metadata["history"][-1]["calibration"]["split"] == "train"
    assert small.metadata["history"][-1]["calibration"]["samples"] == 30
    assert small.digest() == api.quantize(network, bits=4, calibrate="digits", calibration_samples=30).digest()
    assert small.digest() != api.quantize(network, bits=4).digest()
    with pytest.raises(NeurodeployError, match="ND302"):
        api.quantize(network, bits=4, calibrate="nothing")
