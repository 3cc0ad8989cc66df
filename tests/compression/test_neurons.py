"""Structured pruning: masked and removed neurons compute the same, and everything that knows their number shrinks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from compressible import layered, neuron, projection, small_classifier
from networks import random_spikes, two_layer

from neurodeploy.compression.bias_correction import correct_bias
from neurodeploy.compression.calibration import calibrate, oldest_stage
from neurodeploy.compression.pruning import prune
from neurodeploy.compression.pruning.neurons import Filters, Neurons
from neurodeploy.compression.quantization import quantize
from neurodeploy.compression.quantization.uniform import Uniform
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import Network, Sparse, load_network, problems, save_network
from neurodeploy.simulation import simulate


def output(network: Network, samples: int = 4) -> np.ndarray:
    spikes = random_spikes(samples, 30, 128, 0.15, seed=7)
    return simulate(network, spikes).spikes["output"].dense()


@pytest.mark.parametrize("rule", [Filters, Neurons])
@pytest.mark.parametrize("groups", [1, 4])
@pytest.mark.parametrize("sparsity", [0.25, 0.5])
def test_masked_and_removed_neurons_compute_the_same(rule: Any, groups: int, sparsity: float) -> None:
    network = layered(groups=groups)
    names = ["conv1", "dense1"] if groups == 4 else None
    masked = prune(network, rule(sparsity), names)
    removed = prune(network, rule(sparsity, remove=True), names)
    assert problems(masked) == problems(removed) == []
    expected = output(masked)
    assert 0 < expected.sum() < expected.size and not np.array_equal(expected, output(network))
    np.testing.assert_array_equal(output(removed), expected)
    for name in (p.name for p in network.projections if p.weights.shape != (1,)):
        assert removed.synapses(removed.projection(name)) == masked.synapses(masked.projection(name))
    assert {p.name: p.shape for p in masked.populations} == {p.name: p.shape for p in network.populations}


def test_filters_with_the_least_kernels_go() -> None:
    network = layered()
    removed = prune(network, Filters(0.5, remove=True))
    assert {p.name: p.shape for p in removed.populations} == {
        "input": (2, 8, 8), "first": (2, 8, 8), "pooled": (2, 4, 4), "second": (3, 4, 4), "hidden": (12,),
        "output": (5,),
    }  # fmt: skip
    scores = abs(network.projection("conv1").weights.decoded()).sum(axis=(1, 2, 3))
    best = np.sort(np.argsort(-scores)[:2])
    before, after = (n.projection("conv1").weights.decoded() for n in (network, removed))
    np.testing.assert_array_equal(after, before[best])
    offsets = [np.asarray(neuron(n, "first").i_offset).reshape(-1, 64) for n in (network, removed)]
    np.testing.assert_array_equal(offsets[1], offsets[0][best])
    assert isinstance(removed.projection("shortcut").connectivity, Sparse)
    record = {e["population"]: (e["before"], e["after"]) for e in removed.metadata["history"][-1]["neurons"]}
    assert record == {"first": (256, 128), "pooled": (64, 32), "second": (96, 48)}


def test_depthwise_channels_follow() -> None:
    removed = prune(layered(groups=4), Filters(0.5, remove=True), ["conv1"])
    assert removed.population("second").shape == (4, 4, 4)
    assert projection(removed, "conv2").connectivity.groups == 2
    assert removed.projection("dense1").weights.shape == (64, 12)


def test_codebooks_delays_and_files_follow(tmp_path: Any) -> None:
    network = quantize(layered(), Uniform(4, per="neuron"))
    dense = network.projection("dense2")
    delays = np.arange(60, dtype=np.int32).reshape(12, 5) % 3
    network = network.with_projections(replace(dense, delay=delays))
    masked, removed = (prune(network, rule) for rule in (Neurons(0.5), Neurons(0.5, remove=True)))
    assert projection(removed, "dense1").weights.levels.shape == (6, 15)
    assert (
        projection(removed, "dense2").delay.shape == (6, 5) and len(projection(removed, "dense2").weights.levels) == 5
    )
    np.testing.assert_array_equal(output(masked), output(removed))
    save_network(removed, tmp_path / "n.h5")
    assert load_network(tmp_path / "n.h5").digest() == removed.digest()
    smaller = prune(network, Filters(0.5, remove=True))
    assert projection(smaller, "conv1").weights.levels.shape == (2, 15)


def test_readout_neurons_go_only_by_name_and_take_their_labels() -> None:
    network = two_layer(30, 12)
    with pytest.raises(NeurodeployError, match="no hidden population"):
        prune(network, Neurons(0.5))
    small = prune(network, Neurons(0.5, remove=True), ["input_to_excitatory"])
    sums = network.projections[0].weights.decoded().sum(axis=0)
    best = np.sort(np.argsort(-sums)[:6])
    assert small.readout is not None and small.readout.labels.tolist() == (best % 3).tolist()
    np.testing.assert_array_equal(neuron(small, "excitatory").theta, neuron(network, "excitatory").theta[best])
    assert small.projection("lateral").weights.decoded().tolist() == [3.0]
    with pytest.raises(NeurodeployError, match="every neuron of a class"):
        prune(network, Neurons(0.9, remove=True), ["input_to_excitatory"])


def test_neurons_of_kernels_cannot_be_removed_one_by_one() -> None:
    network = layered()
    dense = replace(network.projection("dense1"), source="first", target="pooled")
    odd = np.random.default_rng(0).random((256, 64)).astype(np.float32)
    dense = replace(dense, weights=replace(dense.weights, values=odd))
    network = replace(
        network, projections=tuple(dense if p.name == "pool" else p for p in network.projections if p.name != "dense1")
    )
    assert problems(prune(network, Neurons(0.3), ["dense1"])) == []
    with pytest.raises(NeurodeployError, match="ND220"):
        prune(network, Neurons(0.3, remove=True), ["dense1"])


def test_everything_gone_is_refused() -> None:
    with pytest.raises(NeurodeployError, match="ND203"):
        prune(layered(), Filters(0.95))
    with pytest.raises(NeurodeployError, match="ND204"):
        prune(small_classifier(), Neurons(0.5, remove=True), rescale=True)


def test_corrections_find_a_reference_of_the_same_shapes() -> None:
    network = small_classifier()
    removed = prune(network, Neurons(0.5, remove=True))
    small = quantize(removed, Uniform(3))
    assert oldest_stage(small).digest() == replace(removed, ancestors=()).digest()
    assert oldest_stage(quantize(network, Uniform(3))).digest() == network.digest()
    rates = calibrate(network, random_spikes(2, 10, 64, 0.2))
    with pytest.raises(NeurodeployError, match="ND221"):
        correct_bias(small, network, rates)
