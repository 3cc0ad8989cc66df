"""Rules on signed weights: symmetric equals the rule on magnitudes; each sign's threshold acts on that sign alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurodeploy.errors import NeurodeployError
from neurodeploy.training.backpropagation.parameters import BackpropagationParameters
from neurodeploy.training.backpropagation.signed_pruning import signed_rules
from neurodeploy.training.backpropagation.state import BackpropagationState, initial_state
from neurodeploy.training.pruning import TRAINING_PRUNING, TrainingPruningRule
from neurodeploy.training.pruning.constant import ConstantPruning
from neurodeploy.training.pruning.progressive import ProgressivePruning
from neurodeploy.training.pruning.random_connectivity import RandomConnectivity
from neurodeploy.training.pruning.soft import SoftPruning
from neurodeploy.training.pruning.to_minimum import ToMinimum
from neurodeploy.training.pruning.to_zero import ToZero
from neurodeploy.training.two_layer.synapse_states import FROZEN, PLASTIC, REMOVED

SIZES = ((20, 12), (12, 4))
SPLIT = 20 * 12


def act(
    pruning: TrainingPruningRule, inhibitory: TrainingPruningRule | None = None, seed: int = 0, images: int = 1200
) -> tuple[np.ndarray, BackpropagationState]:
    """A rule's first step on random weights; the weights before, and the state after."""
    state = initial_state(BackpropagationParameters(seed=seed), SIZES)
    before = state.values.copy()
    state.images_seen = images
    for rule in signed_rules(pruning, inhibitory, 1200, seed):
        rule.apply(state, SIZES, False, 0)
    return before, state


def relative(values: np.ndarray) -> np.ndarray:
    """Weights by the largest magnitude of their layer."""
    return np.concatenate([part / np.abs(part).max() for part in (values[:SPLIT], values[SPLIT:])])


@settings(max_examples=40, deadline=None)
@given(st.floats(0, 0.9), st.floats(0, 0.9), st.integers(0, 50), st.booleans())
def test_each_sign_has_its_threshold(excitatory: float, inhibitory: float, seed: int, removed: bool) -> None:
    make = ConstantPruning if removed else ToMinimum
    before, state = act(make(threshold=excitatory), make(threshold=inhibitory), seed)
    share = relative(before).astype(np.float32)
    gone = np.where(share >= 0, share < np.float32(excitatory), -share < np.float32(inhibitory))
    np.testing.assert_array_equal(state.values, np.where(gone, 0, before))
    np.testing.assert_array_equal(state.states == PLASTIC, ~gone if removed else np.ones(len(gone), bool))


@settings(max_examples=20, deadline=None)
@given(st.floats(0, 0.9), st.integers(0, 50))
def test_symmetric_is_both_with_one_threshold(threshold: float, seed: int) -> None:
    for make in (ConstantPruning, ToMinimum, SoftPruning, ToZero):
        rule = make(threshold=threshold)
        _, both = act(rule, rule, seed)
        _, one = act(rule, None, seed)
        np.testing.assert_array_equal(both.values, one.values)
        np.testing.assert_array_equal(both.states, one.states)


def test_a_minimum_keeps_its_sign() -> None:
    before, state = act(ToMinimum(threshold=0.3, minimum=0.05))
    weak = np.abs(relative(before)) < 0.3
    np.testing.assert_allclose(relative(state.values)[weak], 0.05 * np.sign(before[weak]), rtol=1e-6)
    assert state.rule_values[0, :, 0].sum() == weak.sum() and (state.values[~weak] == before[~weak]).all()


def test_rules_that_remember_the_whole_layer() -> None:
    before, state = act(ProgressivePruning(alpha=0.1, beta=0.1))
    share = np.abs(relative(before))
    assert state.rule_values[0, :, 0] == pytest.approx(0.1)
    np.testing.assert_array_equal(state.states == REMOVED, share < np.float32(0.1))
    kept = share >= np.float32(0.1)
    np.testing.assert_allclose(np.abs(relative(state.values)[kept]), np.minimum(share[kept] + 0.01, 1), rtol=1e-5)
    assert (np.sign(state.values) == np.where(kept, np.sign(before), 0)).all()
    _, state = act(RandomConnectivity(to_connectivity=0.25), images=0)
    assert (state.states[:SPLIT] != REMOVED).sum() == 60 and (state.states[SPLIT:] != REMOVED).sum() == 12


def test_frozen_synapses_are_not_pruned_again() -> None:
    _, state = act(SoftPruning(threshold=0.2))
    frozen = state.states == FROZEN
    kept = state.values.copy()
    for rule in signed_rules(ToMinimum(threshold=0.5), None, 1200, 0):
        rule.apply(state, SIZES, False, 0)
    assert frozen.any() and (state.values[frozen] == kept[frozen]).all() and not state.values[~frozen].all()


def test_moments_are_met_once_by_mini_batches_of_any_size() -> None:
    (rule,) = signed_rules(ConstantPruning(start_image=500, batch_images=100), None, 1200, 0)
    for size in (7, 100, 130, 5000):
        met, seen = [], 0
        while seen < 1200:
            met += rule.due(seen, min(seen + size, 1200))
            seen = min(seen + size, 1200)
        assert met == list(range(8))
    assert signed_rules(RandomConnectivity(), None, 1200, 0)[0].due(-1, 0) == [0]


def test_what_cannot_be_used_is_refused() -> None:
    for name in ("adaptive_neurons", "adaptive_time_neurons", "neurons"):
        with pytest.raises(NeurodeployError, match=f"ND306.*{name}.*spikes"):
            signed_rules(TRAINING_PRUNING[name](), None, 1200, 0)
    with pytest.raises(NeurodeployError, match="ND306.*one sign"):
        signed_rules(ProgressivePruning(), ProgressivePruning(), 1200, 0)
    with pytest.raises(NeurodeployError, match="ND306.*Give both"):
        signed_rules(None, ToMinimum(), 1200, 0)
    with pytest.raises(NeurodeployError, match="ND306.*never|ND306.*after the last"):
        signed_rules(ConstantPruning(start_image=5000), None, 1200, 0)
    with pytest.raises(NeurodeployError, match="ND203.*layer 2"):
        state = initial_state(BackpropagationParameters(), SIZES)
        state.values[SPLIT:] *= np.float32(0.5)
        state.states[SPLIT:] = REMOVED
        signed_rules(ConstantPruning(threshold=0.1), None, 1200, 0)[0].apply(state, SIZES, False, 0)
