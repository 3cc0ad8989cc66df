"""Training-time pruning rules on a small layer, each against its definition worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurodeploy.errors import NeurodeployError
from neurodeploy.training.plastic_layer import RULE_VALUES, PlasticLayer
from neurodeploy.training.pruning.adaptive_neurons import LARGEST_GROUPS, AdaptiveNeurons
from neurodeploy.training.pruning.adaptive_time import AdaptiveTime
from neurodeploy.training.pruning.adaptive_time_neurons import AdaptiveTimeNeurons
from neurodeploy.training.pruning.constant import ConstantPruning
from neurodeploy.training.pruning.neurons import NeuronPruning
from neurodeploy.training.pruning.post_training import PostTrainingPruning
from neurodeploy.training.pruning.progressive import ProgressivePruning
from neurodeploy.training.pruning.random_connectivity import RandomConnectivity
from neurodeploy.training.pruning.soft import SoftPruning
from neurodeploy.training.pruning.tile_segments import TileSegments
from neurodeploy.training.pruning.to_minimum import ToMinimum
from neurodeploy.training.pruning.to_zero import ToZero
from neurodeploy.training.two_layer.synapse_states import FROZEN, PLASTIC, REMOVED

RAMP = np.linspace(0.05, 0.95, 10, dtype=np.float32)  # 0.05, 0.15, ..., 0.95


def layer(counts: Any = (1, 1, 1), **changes: Any) -> PlasticLayer:
    """Ten inputs, three neurons with the weights of RAMP each."""
    weights = np.repeat(RAMP[:, None], 3, axis=1)
    entries: dict[str, Any] = {"weight_maximum": 1.0, "values": np.zeros(RULE_VALUES), **changes}
    return PlasticLayer(weights, np.full((3, 10), PLASTIC, np.uint8), np.array(counts), 100, **entries)


def left(shown: PlasticLayer) -> list[int]:
    """Synapses of each neuron."""
    assert not shown.weights[~shown.present].any()
    return shown.present.sum(axis=0).tolist()


@pytest.mark.parametrize("rule", [ConstantPruning(threshold=0.3), PostTrainingPruning(threshold=0.3)])
def test_constant_threshold(rule: Any) -> None:
    shown = layer()
    rule.apply(shown, 0)
    assert left(shown) == [7, 7, 7] and shown.connectivity == pytest.approx(0.7)
    np.testing.assert_array_equal(shown.weights[3:, 0], RAMP[3:])


def test_apt_grows_from_step_to_step() -> None:
    shown = layer()
    rule = AdaptiveTime(threshold=0.1, growth="f1", time_factor=2.0)
    found = []
    for step in range(5):  # 0.1, 0.2, 0.4, 0.8, 1.0
        rule.apply(shown, step)
        found.append(left(shown)[0])
    assert found == [9, 8, 6, 2, 0]


def test_apn_gives_groups_that_fire_more_higher_thresholds() -> None:
    shown = layer((10, 45, 200))  # three groups at 30: 0.1, 0.2, 0.4
    rule = AdaptiveNeurons(threshold=0.1, growth="f1", neuron_factor=2.0)
    rule.apply(shown, 0)
    assert left(shown) == [10, 10, 10]  # only starts the count
    rule.apply(shown, 1)
    assert left(shown) == [9, 8, 6] and shown.values[LARGEST_GROUPS] == 3
    rule.apply(shown, 7)
    assert left(shown) == [9, 8, 6]  # constant over time


def test_aptn_starts_each_step_from_the_global_threshold() -> None:
    rule = AdaptiveTimeNeurons(threshold=0.1, growth="f1", time_factor=3.0, neuron_factor=2.0)
    shown = layer((10, 45, 200))
    assert rule.thresholds(shown, 0.1).tolist() == pytest.approx([0.1, 0.2, 0.4])
    rule.apply(shown, 0)
    rule.apply(shown, 1)
    assert left(shown) == [9, 8, 6]
    rule.apply(shown, 2)  # 0.3, 0.6, 1.0 (1.2 kept at w_max)
    assert left(shown) == [7, 4, 0]
    linear = AdaptiveTimeNeurons(threshold=0.1, growth="f3", time_factor=0.2, neuron_factor=0.1)
    shown = layer((10, 45, 200))
    linear.apply(shown, 2)  # 0.3, 0.4, 0.5
    assert left(shown) == [7, 6, 5]


def test_soft_pruning_freezes() -> None:
    for at, value in (("current", RAMP[0]), ("lowest", 0.0)):
        shown = layer()
        SoftPruning(threshold=0.1, at=at).apply(shown, 0)
        assert shown.connectivity == 1 and (shown.synapses == FROZEN).sum(axis=1).tolist() == [1, 1, 1]
        assert shown.weights[0].tolist() == pytest.approx([value] * 3)
        shown.weights[0] = 0.9  # frozen ones are not judged again
        shown.weights[1] = 0.01
        SoftPruning(threshold=0.1, at=at).apply(shown, 1)
        assert (shown.synapses == FROZEN).sum(axis=1).tolist() == [2, 2, 2] and shown.weights[0, 0] > 0.8


def test_quiet_neurons_go_with_all_synapses() -> None:
    shown = layer((2, 10, 18))  # mean 10
    rule = NeuronPruning(share_of_mean=0.5, time_factor=2.0)
    rule.apply(shown, 0)
    assert left(shown) == [10, 10, 10]
    rule.apply(shown, 1)  # fewer than 5
    assert left(shown) == [0, 10, 10]
    rule.apply(shown, 2)  # fewer than the mean of the two that are left, 14
    assert left(shown) == [0, 0, 10]


def test_pruned_to_zero_may_come_back_until_the_end() -> None:
    shown = layer()
    rule = ToZero(threshold=0.3)
    rule.apply(shown, 0)
    assert left(shown) == [10, 10, 10] and (shown.weights == 0).sum() == 9
    shown.weights[0, 0] = 0.5
    rule.apply(PlasticLayer(**{**vars(shown), "is_last": True}), 1)
    assert left(shown) == [8, 7, 7]
    assert set(np.unique(shown.synapses)) == {REMOVED, PLASTIC}


def test_pruned_to_the_minimum_stays_in_learning() -> None:
    shown = layer()
    ToMinimum(threshold=0.3, minimum=0.02).apply(shown, 0)
    assert left(shown) == [10, 10, 10] and (shown.synapses == PLASTIC).all()
    assert shown.weights[:4, 0].tolist() == pytest.approx([0.02, 0.02, 0.02, 0.35])


def test_progressive_pruning_and_reinforcement() -> None:
    """T: 0.1, then + 0.1 * 9/10 (one in ten gone): equation 1; survivors + 0.5 T: equation 2."""
    shown = layer()
    rule = ProgressivePruning(alpha=0.1, beta=0.5, threshold_maximum=0.5)
    rule.apply(shown, 0)
    assert shown.values[0] == pytest.approx(0.1) and left(shown) == [9, 9, 9]
    assert shown.weights[1, 0] == pytest.approx(0.15 + 0.05) and shown.weights[9, 0] == 1.0
    rule.apply(shown, 1)
    assert shown.values[0] == pytest.approx(0.19) and left(shown) == [9, 9, 9]
    assert shown.weights[1, 0] == pytest.approx(0.2 + 0.5 * 0.19)


def test_where_the_progressive_threshold_stops() -> None:
    below, crossing = ProgressivePruning(alpha=0.2), ProgressivePruning(alpha=0.2, stops="crossing")
    assert below.next_threshold(0.2, 1.0) == 0.2  # 0.4 would exceed 0.3
    assert crossing.next_threshold(0.2, 1.0) == pytest.approx(0.4) == crossing.next_threshold(0.4, 1.0)


@given(st.floats(0.01, 1), st.integers(0, 2**63 - 1))
def test_random_connectivity_is_exact_and_by_seed(share: float, seed: int) -> None:
    one, same, other = layer(seed=seed), layer(seed=seed), layer(seed=seed ^ 1)
    for shown in (one, same, other):
        RandomConnectivity(share).apply(shown, 0)
    assert sum(left(one)) == round(share * 30)
    assert np.array_equal(one.synapses, same.synapses)
    if 0.3 < share < 0.7:
        assert not np.array_equal(one.synapses, other.synapses)


@pytest.mark.parametrize(
    ("cls", "options"),
    [
        (RandomConnectivity, {"to_connectivity": 0.0}),
        (NeuronPruning, {"share_of_mean": 1.5}),
        (ToMinimum, {"threshold": 0.1, "minimum": 0.2}),
        (ProgressivePruning, {"alpha": 1.5}),
        (AdaptiveNeurons, {"spike_interval": -1.0}),
        (AdaptiveTimeNeurons, {"growth": "f3", "time_factor": 1.3}),
        (ToZero, {"learning_batches": 0}),
    ],
)
def test_impossible_options_are_refused(cls: type[Any], options: dict[str, Any]) -> None:
    with pytest.raises(NeurodeployError, match="ND306"):
        cls(**options)


def test_tile_segments_go_as_wholes() -> None:
    shown = layer()
    rule = TileSegments(to_connectivity=0.4, tile_rows=4, tile_columns=2)
    rule.apply(shown, 0)
    kept = shown.present
    assert kept.sum() == 12 and left(shown) == [
        4,
        4,
        4,
    ]  # two groups (of two and of one neuron), each its four heaviest rows
    np.testing.assert_array_equal(np.flatnonzero(kept[:, 0]), [6, 7, 8, 9])
    rule.apply(shown, 1)
    np.testing.assert_array_equal(shown.present, kept)  # nothing more to remove


def test_tile_segments_act_once_and_refuse_impossible_shares() -> None:
    assert TileSegments().schedule(60_000) == (30_000,)
    assert TileSegments(start_image=7).schedule(10) == (7,) and TileSegments(start_image=11).schedule(10) == ()
    for wrong in ({"to_connectivity": 0.0}, {"to_connectivity": 1.5}, {"tile_rows": 0}, {"start_image": -1}):
        with pytest.raises(NeurodeployError, match="ND306"):
            TileSegments(**wrong)
