"""Pruning: exact rules, masks for good, sums kept where asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import into, two_layer

from neurodeploy import api
from neurodeploy.compression.pruning import prune
from neurodeploy.compression.pruning.random_sparsity import RandomSparsity
from neurodeploy.compression.pruning.threshold import Threshold
from neurodeploy.compression.quantization import quantize
from neurodeploy.compression.quantization.weight_sharing import WeightSharing
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import LIF, Network, Sparse, Weights, problems

NAME = "input_to_excitatory"


def mask_of(network: Network) -> np.ndarray:
    return network.projection(NAME).weights.present()


def test_threshold_keeps_exactly_the_weights_at_or_above() -> None:
    network = into(LIF(), [[0.1, 0.5, -0.5], [0.49999, -0.1, 2.0]])
    kept = prune(network, Threshold(0.5)).projections[0].weights
    assert kept.present().tolist() == [[False, True, True], [False, False, True]]
    assert kept.decoded().tolist() == [[0, 0.5, -0.5], [0, 0, 2.0]]


@given(st.floats(0, 0.9), st.integers(0, 2**31))
@settings(max_examples=40, deadline=None)
def test_random_sparsity_removes_an_exact_number(sparsity: float, seed: int) -> None:
    network = two_layer(density=0.6)
    present = mask_of(network).sum()
    rule = RandomSparsity(sparsity, seed)
    once = mask_of(prune(network, rule))
    assert once.sum() == present - round(sparsity * present)
    assert not (once & ~mask_of(network)).any()
    np.testing.assert_array_equal(once, mask_of(prune(network, rule)))


def test_another_seed_removes_others() -> None:
    one, two = (mask_of(prune(two_layer(40, 20), RandomSparsity(0.5, seed))) for seed in (0, 1))
    assert not np.array_equal(one, two)
    assert 0.3 < (one & two).sum() / one.sum() < 0.7  # independent choices share half


def test_masks_never_come_back() -> None:
    network = two_layer(density=0.8)
    history = [mask_of(network)]
    for step in (Threshold(0.2), RandomSparsity(0.3), WeightSharing(3), Threshold(0.0), RandomSparsity(0.2, 1)):
        network = quantize(network, step) if isinstance(step, WeightSharing) else prune(network, step)
        history.append(mask_of(network))
        assert not (history[-1] & ~history[-2]).any()
        assert not network.projection(NAME).weights.decoded()[~history[-1]].any()
    assert history[4].sum() == history[3].sum() > history[5].sum()


def test_rescaling_keeps_the_sum_of_every_neuron() -> None:
    network = two_layer(30, 6)
    before = network.projection(NAME).weights.decoded()
    after = prune(network, Threshold(0.4), rescale=True).projection(NAME).weights.decoded()
    np.testing.assert_allclose(after.sum(axis=0), before.sum(axis=0), rtol=1e-12)
    ratio = after[after > 0] / before[after > 0]
    assert np.all(ratio > 1)
    plain = prune(network, Threshold(0.4)).projection(NAME).weights.decoded()
    assert np.all(plain.sum(axis=0) < before.sum(axis=0))


def test_rescaling_of_sparse_rows_keeps_the_sums_too() -> None:
    """The documentation of ``rescale`` names no connectivity."""
    rows = Sparse(np.array([0, 2, 4]), np.array([0, 1, 0, 1], np.int32))
    network = into(LIF(), Weights(values=np.array([0.1, 0.9, 0.9, 0.1])), connectivity=rows, sources=2, size=2)
    after = prune(network, Threshold(0.5), rescale=True).projections[0].weights.decoded()
    np.testing.assert_allclose(after, [0, 1.0, 1.0, 0])


def test_stage_ancestors_and_history() -> None:
    float_network = two_layer()
    pruned = prune(float_network, Threshold(0.2))
    shared = quantize(pruned, WeightSharing(3))
    assert [pruned.stage, shared.stage] == ["pruned", "quantized"]
    assert [a.stage for a in shared.ancestors] == ["float", "pruned"]
    assert shared.ancestors[0].network.digest() == float_network.digest()
    steps = shared.metadata["history"]
    assert [s["step"] for s in steps] == ["prune", "quantize"]
    assert steps[0]["options"] == {"threshold": 0.2, "rescale": False}
    assert steps[0]["synapses"][0]["after"] == mask_of(pruned).sum()
    assert problems(shared) == []


def test_lateral_inhibition_is_left_alone() -> None:
    lateral = prune(two_layer(lateral=0.01), Threshold(0.2)).projection("lateral").weights
    assert lateral.decoded().tolist() == [0.01] and lateral.mask is None


@pytest.mark.parametrize(
    ("call", "code", "message"),
    [
        (lambda n: prune(n, Threshold(), ["nowhere"]), "ND202", "no projection 'nowhere'"),
        (lambda n: prune(n, Threshold(), ["lateral"]), "ND202", "no projection 'lateral'"),
        (lambda n: prune(n, Threshold(5.0)), "ND203", "largest weight is 0\\.99"),
        (lambda n: Threshold(-0.1), "ND204", "-0.1"),
        (lambda n: Threshold(float("nan")), "ND204", "nan"),
        (lambda n: RandomSparsity(1.0), "ND204", "1.0"),
        (lambda n: RandomSparsity(-0.1), "ND204", "-0.1"),
        (lambda n: WeightSharing(1), "ND204", "levels is 1\\."),
        (lambda n: WeightSharing(257), "ND204", "levels is 257"),
        (lambda n: api.prune(n, "magic"), "ND204", "no pruning rule 'magic'"),
        (lambda n: api.quantize(n, "magic"), "ND204", "no quantizer 'magic'"),
        (lambda n: api.prune(n, "threshold", sparsity=0.5), "ND401", "no option 'sparsity'"),
        (lambda n: api.quantize(n, levels="three"), "ND401", "'three'"),
        (lambda n: api.quantize(n, per="column"), "ND401", "'column'"),
    ],
)
def test_refusals(call: Any, code: str, message: str) -> None:
    with pytest.raises(NeurodeployError, match=message) as caught:
        call(two_layer(30, 6))
    assert caught.value.code == code


def test_nothing_to_quantize() -> None:
    network = two_layer()
    weights = replace(network.projections[0].weights, mask=np.zeros((12, 5), bool))
    with pytest.raises(NeurodeployError, match="ND205"):
        quantize(network.with_projections(replace(network.projections[0], weights=weights)), WeightSharing(3))
    with pytest.raises(NeurodeployError, match="ND202"):
        quantize(replace(network, projections=network.projections[1:]), WeightSharing(3))
