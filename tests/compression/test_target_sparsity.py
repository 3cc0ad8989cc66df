"""Pruning to a target sparsity: exact numbers, the largest stay, ties by position, layers compared or not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from compressible import layered
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from networks import into, two_layer

from neurodeploy import api
from neurodeploy.compression.pruning import prune
from neurodeploy.compression.pruning.global_magnitude import GlobalMagnitude
from neurodeploy.compression.pruning.magnitude import Magnitude
from neurodeploy.compression.pruning.ranking import kept_count
from neurodeploy.compression.pruning.rows import Rows
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import LIF, Network, OneToOne, Sparse, Weights, problems

WEIGHTED = ("conv1", "conv2", "dense1", "shortcut", "dense2")


def masks(network: Network) -> dict[str, np.ndarray]:
    return {p.name: p.weights.present() for p in network.projections}


@given(
    hnp.arrays(np.float64, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.sampled_from([-2, -1, 0, 1, 3])),
    st.floats(0, 0.99), st.integers(0, 99),
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_the_number_kept_is_exact_and_they_are_the_largest(values: np.ndarray, sparsity: float, seed: int) -> None:
    there = np.random.default_rng(seed).random(values.shape) < 0.7
    kept = Magnitude(sparsity).keep(values, there)
    wanted = round((1 - sparsity) * values.size)
    assert kept.sum() == min(wanted, there.sum()) and not (kept & ~there).any()
    gone = there & ~kept
    if kept.any() and gone.any():
        least = abs(values[kept]).min()
        assert abs(values[gone]).max() <= least
        tied = there & (abs(values) == least)  # of equal ones the first stay
        order = kept[tied]
        assert not np.any(~order[:-1] & order[1:])


@pytest.mark.parametrize("sparsity", [0.1, 0.5, 0.8, 0.9, 0.955])
def test_every_layer_reaches_the_sparsity(sparsity: float) -> None:
    before = layered()
    pruned = prune(before, Magnitude(sparsity))
    assert problems(pruned) == []
    for name in WEIGHTED:
        stored = pruned.projection(name).weights
        assert stored.present().sum() == round((1 - sparsity) * stored.present().size)
        there = stored.present()
        np.testing.assert_array_equal(stored.decoded()[there], before.projection(name).weights.decoded()[there])
    assert masks(pruned)["pool"].all() and masks(pruned)["lateral"].all()
    untouched = {entry["projection"] for entry in pruned.metadata["history"][-1]["left_alone"]}
    assert untouched == {"pool", "lateral"}


def test_sparsity_counts_what_is_absent_already() -> None:
    direct = masks(prune(layered(), Magnitude(0.9)))
    twice = prune(prune(layered(), Magnitude(0.5)), Magnitude(0.9))
    for name, mask in masks(twice).items():
        np.testing.assert_array_equal(mask, direct[name])
    again = prune(twice, Magnitude(0.5))  # sparser already
    assert all(np.array_equal(mask, direct[name]) for name, mask in masks(again).items())


@pytest.mark.parametrize("normalize", ["none", "rms", "maximum"])
def test_global_pruning_compares_all_layers(normalize: Any) -> None:
    network = layered(3)
    pruned = prune(network, GlobalMagnitude(0.8, normalize))
    unit = {"none": lambda w: 1.0, "rms": lambda w: np.sqrt((w**2).mean()), "maximum": lambda w: abs(w).max()}[
        normalize
    ]
    before = {name: network.projection(name).weights.decoded() for name in WEIGHTED}
    scores = np.concatenate([(abs(w) / unit(w)).ravel() for w in before.values()])
    kept = np.concatenate([masks(pruned)[name].ravel() for name in WEIGHTED])
    assert kept.sum() == round(0.2 * kept.size)
    assert scores[kept].min() >= scores[~kept].max()
    if normalize == "none":  # and layers end with different sparsities, unlike per-layer pruning
        shares = [masks(pruned)[name].mean() for name in WEIGHTED]
        assert max(shares) > 1.5 * min(shares)


@pytest.mark.parametrize("norm", ["l1", "l2"])
def test_rows_go_together(norm: Any) -> None:
    network = layered(1)
    kept = masks(prune(network, Rows(0.5, norm)))
    power = 1 if norm == "l1" else 2
    for name in ("dense1", "dense2"):
        assert kept[name].any(axis=1).sum() == round(0.5 * len(kept[name]))
        assert np.array_equal(kept[name].any(axis=1), kept[name].all(axis=1))
        scores = (abs(network.projection(name).weights.decoded()) ** power).sum(axis=1)
        assert scores[kept[name].any(axis=1)].min() >= scores[~kept[name].any(axis=1)].max()
    assert kept["conv2"].any(axis=(0, 2, 3)).sum() == 2 and kept["conv2"].mean() == 0.5
    assert kept["shortcut"].reshape(64, 3).all(axis=1).sum() == 32 == kept["shortcut"].reshape(64, 3).any(axis=1).sum()


def test_rows_of_uneven_sparse_projections() -> None:
    rows = Sparse(np.array([0, 3, 3, 4]), np.array([0, 1, 2, 0], np.int32))
    network = into(LIF(), Weights(values=np.array([1.0, 1.0, 1.0, 2.5])), connectivity=rows, sources=3, size=3)
    assert prune(network, Rows(0.66, "l1")).projections[0].weights.present().tolist() == [True, True, True, False]
    assert prune(network, Rows(0.66, "l2")).projections[0].weights.present().tolist() == [False, False, False, True]


def test_one_to_one_is_pruned_only_by_name() -> None:
    network = into(LIF(), Weights(values=np.arange(1.0, 5)), connectivity=OneToOne())
    with pytest.raises(NeurodeployError, match="ND202"):
        prune(network, Magnitude(0.5))
    assert (
        prune(network, Magnitude(0.5), ["synapses"]).projections[0].weights.present().tolist()
        == [False] * 2 + [True] * 2
    )


def test_a_target_sparsity_alone_means_magnitude() -> None:
    network = two_layer(30, 6)
    assert api.prune(network, to_sparsity=0.9).digest() == prune(network, Magnitude(0.9)).digest()
    assert api.prune(network).metadata["history"][-1]["rule"] == "threshold"


def test_rescaling_of_kernels_keeps_the_magnitudes_of_each_channel() -> None:
    network = layered(2)
    pruned = prune(network, Magnitude(0.7), rescale=True)
    for name, axes in (("conv1", (1, 2, 3)), ("conv2", (1, 2, 3)), ("dense1", 0)):
        before, after = (abs(n.projection(name).weights.decoded()).sum(axis=axes) for n in (network, pruned))
        np.testing.assert_allclose(after[after > 0], before[after > 0], rtol=1e-12)


@pytest.mark.parametrize("rule", [Magnitude, GlobalMagnitude, Rows])
def test_refusals(rule: Any) -> None:
    for value in (1.0, -0.1, float("nan")):
        with pytest.raises(NeurodeployError, match="ND204"):
            rule(value)
    with pytest.raises(NeurodeployError, match="ND203"):
        prune(two_layer(4, 2), rule(0.95))


def test_same_network_same_digest() -> None:
    for rule in (Magnitude(0.6), GlobalMagnitude(0.6, "rms"), Rows(0.5)):
        assert prune(layered(), rule).digest() == prune(layered(), rule).digest()


@given(st.floats(0, 0.999), st.integers(0, 10**6))
@settings(max_examples=100, deadline=None)
def test_kept_count(sparsity: float, total: int) -> None:
    assert abs(kept_count(sparsity, total) - (1 - sparsity) * total) <= 0.5 + 1e-6
