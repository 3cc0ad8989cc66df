"""Threshold balancing: rates go back to the reference's, layer after layer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from compressible import layered, lif, neuron, small_classifier
from networks import random_spikes, two_layer

from neurodeploy import api
from neurodeploy.compression.balance import balance_thresholds, populations_to_balance
from neurodeploy.compression.calibration import calibrate
from neurodeploy.compression.pruning import prune
from neurodeploy.compression.pruning.magnitude import Magnitude
from neurodeploy.compression.quantization import quantize
from neurodeploy.compression.quantization.uniform import Uniform
from neurodeploy.network import Dense, Network, Population, Projection, SpikeSource, Threshold, Weights


def test_scaled_weights_are_undone_exactly() -> None:
    """All weights halved: the threshold that restores the rates is half as far from the reset."""
    reference = small_classifier()
    halved = reference.with_projections(
        *(replace(p, weights=p.weights.scaled(0.5)) for p in reference.projections if p.name == "one")
    )
    spikes = random_spikes(6, 60, 64, 0.15)
    rates = calibrate(reference, spikes)
    balanced = balance_thresholds(halved, rates, spikes)
    found = {entry["population"]: entry for entry in balanced.metadata["history"][-1]["thresholds"]}
    assert found["hidden"]["factor"] == pytest.approx(0.5, rel=0.01)
    assert found["output"]["factor"] == pytest.approx(1, rel=0.02)
    assert found["hidden"]["rate_after"] == pytest.approx(found["hidden"]["reference_rate"], rel=0.005)
    assert neuron(balanced, "hidden").v_thresh == pytest.approx(found["hidden"]["factor"])


@pytest.mark.parametrize("change", ["prune", "quantize"])
def test_rates_of_every_population_come_nearer(change: str) -> None:
    reference, spikes = layered(), random_spikes(4, 40, 128, 0.15)
    small = prune(reference, Magnitude(0.6)) if change == "prune" else quantize(reference, Uniform(2))
    rates = calibrate(reference, spikes)
    steps: list[int] = []
    balanced = balance_thresholds(small, rates, spikes, steps.append)
    assert sum(steps) == populations_to_balance(small) == 5
    entries = balanced.metadata["history"][-1]["thresholds"]
    assert [entry["population"] for entry in entries] == ["first", "second", "hidden", "output"]
    after = calibrate(balanced, spikes)
    for entry in entries:
        name, aim = entry["population"], entry["reference_rate"]
        assert abs(entry["rate_after"] - aim) <= abs(entry["rate_before"] - aim)
        # The rate is a step function of the threshold: five output neurons jump from 0.40 to 0.45.
        assert entry["rate_after"] == pytest.approx(aim, rel=0.06 if name == "output" else 0.01)
        assert after.mean_rate(name) == pytest.approx(entry["rate_after"], rel=1e-9)  # parts and whole agree
    assert balanced.digest() == balance_thresholds(small, rates, spikes).digest()


def test_the_adaptive_part_scales_with_the_threshold() -> None:
    reference = two_layer(30, 6, lateral=0.5)
    spikes = random_spikes(5, 80, 30, 0.3)
    small = prune(reference, Magnitude(0.5))
    balanced = balance_thresholds(small, calibrate(reference, spikes), spikes)
    factor = balanced.metadata["history"][-1]["thresholds"][0]["factor"]
    before, after = (neuron(n, "excitatory") for n in (small, balanced))
    assert factor < 1
    np.testing.assert_allclose(
        after.v_thresh + after.theta - after.v_reset, factor * (before.v_thresh + before.theta - before.v_reset)
    )
    np.testing.assert_array_equal(small.projections[0].weights.mask, balanced.projections[0].weights.mask)


def test_loops_and_memoryless_thresholds() -> None:
    rng = np.random.default_rng(0)

    def joined(name: str, source: str, target: str, shape: tuple[int, int], delay: int) -> Projection:
        return Projection(name, source, target, Dense(), Weights(values=rng.normal(0.1, 0.3, shape)), delay)

    network = Network(
        (
            Population("second", (6,), lif()), Population("input", (10,), SpikeSource()),
            Population("gate", (5,), Threshold(v_thresh=0.8)), Population("first", (8,), lif()),
        ),
        (
            joined("a", "input", "first", (10, 8), 0), joined("b", "first", "second", (8, 6), 1),
            joined("c", "second", "first", (6, 8), 2), joined("d", "second", "gate", (6, 5), 0),
        ),
        1.0,
    )  # fmt: skip
    spikes = random_spikes(4, 50, 10, 0.3)
    rates = calibrate(network, spikes)
    weaker = network.with_projections(*(replace(p, weights=p.weights.scaled(0.7)) for p in network.projections))
    balanced = balance_thresholds(weaker, rates, spikes)
    entries = balanced.metadata["history"][-1]["thresholds"]
    assert {entry["population"] for entry in entries} == {"first", "second", "gate"}
    assert entries[-1]["population"] == "gate"
    assert entries[-1]["factor"] == pytest.approx(0.7, rel=0.2)
    assert calibrate(balanced, spikes).mean_rate("gate") == pytest.approx(rates.mean_rate("gate"), rel=0.1)


def test_through_the_api() -> None:
    network = small_classifier()
    small = api.quantize(network, bits=2, correct_bias=True, balance=True, calibration_samples=25)
    assert [s["step"] for s in small.metadata["history"]] == ["quantize", "correct_bias", "balance"]
    assert small.stage == "quantized" and [a.stage for a in small.ancestors] == ["float"]
    separately = api.balance(api.correct_bias(api.quantize(network, bits=2), samples=25), samples=25)
    assert separately.digest() == small.digest()
