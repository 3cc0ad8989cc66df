"""The trainer's kernel against closed forms and a plain implementation; resuming; threads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from two_layer_reference import SMALL, Reference, images

from neurodeploy.training.pruning.adaptive_time_neurons import AdaptiveTimeNeurons
from neurodeploy.training.pruning.constant import ConstantPruning
from neurodeploy.training.rule_tables import quantization_rule
from neurodeploy.training.two_layer import synapse_lists
from neurodeploy.training.two_layer.parameters import NeuronParameters, TrainingParameters
from neurodeploy.training.two_layer.scheduled_rule import scheduled_rules
from neurodeploy.training.two_layer.stdp.power_law import PowerLaw
from neurodeploy.training.two_layer.stdp.simplified import Simplified
from neurodeploy.training.two_layer.stdp.triplet import Triplet
from neurodeploy.training.two_layer.synapse_lists import LISTED_BELOW
from neurodeploy.training.two_layer.synapse_states import FROZEN, PLASTIC, REMOVED
from neurodeploy.training.two_layer.trained_weights import normalised_columns
from neurodeploy.training.two_layer.trainer import respond, train_chunk
from neurodeploy.training.two_layer.trainer_state import TrainerState, initial_state

RULES = [Triplet(), Triplet.guo2020(), PowerLaw(), Simplified(0.01, 0.005, 20.0)]


def equal(one: TrainerState, other: TrainerState) -> bool:
    """Return whether two states agree bit for bit."""
    pairs = zip(one.arrays().values(), other.arrays().values(), strict=True)
    return one.images_seen == other.images_seen and all(np.array_equal(a, b) for a, b in pairs)


def test_membrane_without_input_decays_exactly() -> None:
    """v - v_rest shrinks by 1 / (1 + dt/tau) per step, over presentation and rest alike."""
    parameters = replace(SMALL, neurons=1, maximum_intensity=2)
    state = initial_state(parameters)
    state.v[0] = -60.0
    train_chunk(state, parameters, Triplet(), np.zeros((1, 64), np.uint8), np.arange(1))
    expected = -65.0 + 5.0 * (1.0 + 0.5 / 100.0) ** -1000
    assert state.v[0] == pytest.approx(expected, abs=3e-4)
    assert state.theta[0] == pytest.approx(20.0 * np.exp(-500.0 / 1e7), rel=1e-6)
    assert state.metrics["input_spikes"] == state.metrics["output_spikes"] == 0


@pytest.mark.parametrize("rule", RULES, ids=repr)
@pytest.mark.parametrize("changed", ["nothing", "removed", "frozen", "removed and frozen", "removed, inputs too"])
def test_same_spikes_as_plain_implementation(rule: Any, changed: str) -> None:
    state = initial_state(SMALL)
    if "removed" in changed:
        state.synapses[state.layer_weights.T < 0.1] = REMOVED
        state.layer_weights[state.synapses.T == REMOVED] = 0.0
    if "frozen" in changed:
        state.synapses[(state.layer_weights.T < 0.2) & (state.synapses == PLASTIC)] = FROZEN
    if "inputs" in changed:
        state.synapses[:, ::2] = REMOVED
        state.layer_weights[::2] = 0.0
        assert state.connectivity < LISTED_BELOW
    start = state.copy()
    plain = Reference(SMALL, rule, state.layer_weights)
    plain.plastic[:], plain.frozen[:] = state.synapses.T == PLASTIC, state.synapses.T == FROZEN
    shown = images(10)
    total = 0
    for index in range(len(shown)):
        counts = train_chunk(state, SMALL, rule, shown[index : index + 1], np.array([index]))
        expected = np.zeros(21, int)
        for intensity in range(SMALL.start_intensity, SMALL.maximum_intensity + 1):
            plain.normalise()
            expected = plain.present(shown[index], index, intensity)
            if expected.sum() >= SMALL.minimum_spikes:
                break
        np.testing.assert_array_equal(counts[0], expected)
        np.testing.assert_allclose(state.layer_weights, plain.w, rtol=0, atol=2e-6)
        np.testing.assert_array_equal(state.theta[:21], plain.theta)
        np.testing.assert_allclose(state.v[:21], plain.v, rtol=0, atol=1e-5)
        total += int(expected.sum())
    assert total > 60
    assert np.all(state.layer_weights[state.synapses.T == REMOVED] == 0)
    frozen = state.synapses.T == FROZEN
    np.testing.assert_array_equal(state.layer_weights[frozen], start.layer_weights[frozen])
    np.testing.assert_array_equal(state.synapses, start.synapses)


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_listed_synapses_change_no_bit(rule: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    states = []
    for listed_below in (1.0, 0.0):
        monkeypatch.setattr(synapse_lists, "LISTED_BELOW", listed_below)
        state = initial_state(SMALL)
        state.synapses[state.layer_weights.T < 0.25] = REMOVED
        state.layer_weights[state.synapses.T == REMOVED] = 0.0
        assert 0.1 < state.connectivity < 0.3
        train_chunk(state, SMALL, rule, images(10), np.arange(10))
        states.append(state)
    assert equal(*states) and states[0].metrics["stdp_updates"] > 0


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_resume_is_bit_for_bit(rule: Any) -> None:
    sharing = quantization_rule("x", {"rule": "weight_sharing", "learning_batches": 2, "batch_images": 4})
    pruning = AdaptiveTimeNeurons(5, 3, threshold=0.02, spike_interval=2.0)
    interventions: list[Any] = scheduled_rules(pruning, sharing, SMALL, 20)
    shown, indices = images(20), np.arange(20)
    whole = initial_state(SMALL)
    counts = train_chunk(whole, SMALL, rule, shown, indices, interventions=interventions)
    parts = initial_state(SMALL)
    pieces = []
    for begin, end in ((0, 1), (1, 8), (8, 13), (13, 20)):
        parts = parts.copy()
        own = slice(begin, end)
        pieces.append(train_chunk(parts, SMALL, rule, shown[own], indices[own], interventions=interventions))
    assert equal(whole, parts)
    assert np.array_equal(counts, np.concatenate(pieces))


def test_responses_do_not_depend_on_threads_or_order() -> None:
    state = initial_state(SMALL)
    shown, indices = images(11), np.arange(11)
    weights, theta = state.layer_weights * 2, state.theta
    one, counters = respond(weights, theta, SMALL, shown, indices)
    four, counters_too = respond(weights, theta, SMALL, shown, indices, threads=4)
    back, _ = respond(weights, theta, SMALL, shown[::-1], indices[::-1])
    assert one.sum() > 0 and np.array_equal(one, four) and np.array_equal(one, back[::-1])
    assert np.array_equal(counters, counters_too)


def test_lateral_inhibition_spares_its_source() -> None:
    """Two driven neurons compete; one alone is not held back by its own spikes."""
    weights = np.full((64, 2), 0.5, np.float32)
    bright = np.full((1, 64), 16, np.uint8)
    rival = replace(SMALL, neurons=2)
    lone = replace(SMALL, neurons=1)
    pair, _ = respond(weights, np.full(2, 20, np.float32), rival, bright, np.arange(1))
    alone, _ = respond(weights[:, :1], np.full(1, 20, np.float32), lone, bright, np.arange(1))
    free = replace(rival, neuron=NeuronParameters(lateral_weight=0.0))
    both, _ = respond(weights, np.full(2, 20, np.float32), free, bright, np.arange(1))
    assert both[0, 0] == both[0, 1] == alone[0, 0] and pair.sum() < both.sum()


def test_synaptic_events_count_present_synapses() -> None:
    weights = np.zeros((64, 21), np.float32)
    weights[3, :5] = 0.01
    shown = np.zeros((1, 64), np.uint8)
    shown[0, 3:5] = 16
    _, counters = respond(weights, np.full(21, 20, np.float32), SMALL, shown, np.arange(1))
    single = shown.copy()
    single[0, 4] = 0
    state = initial_state(SMALL)
    state.synapses[:, :] = REMOVED
    train_chunk(state, replace(SMALL, maximum_intensity=2), Triplet(), single, np.arange(1))
    assert 0 < counters[4] < 5 * counters[2] and counters[4] % 5 == 0
    assert state.metrics["synaptic_events"] == 0 < state.metrics["input_spikes"]


def frozen_block(weight: float, neurons: int = 21) -> TrainerState:
    """Return a state whose first 16 inputs have frozen synapses of ``weight``, the others 0.1."""
    state = initial_state(replace(SMALL, neurons=neurons))
    state.synapses[:, :16] = FROZEN
    state.layer_weights[:16], state.layer_weights[16:] = weight, 0.1
    return state


@pytest.mark.parametrize(("weight", "plastic_sum"), [(0.25, 12.0), (0.0, 16.0), (1.0, 4.8), (1.5, 4.8)])
def test_normalisation_scales_the_plastic_weights_alone(weight: float, plastic_sum: float) -> None:
    """The column sums to 16; frozen weights that reach it alone (16 or 24) leave the others at 48 * 0.1."""
    state = frozen_block(weight)
    nothing = np.zeros((1, 64), np.uint8)
    train_chunk(state, replace(SMALL, maximum_intensity=2), Triplet(), nothing, np.arange(1))
    assert np.all(state.layer_weights[:16] == np.float32(weight))
    np.testing.assert_allclose(state.layer_weights[16:], plastic_sum / 48, rtol=1e-5)
    built = normalised_columns(frozen_block(weight).layer_weights, 16.0, state.synapses.T == FROZEN)
    np.testing.assert_allclose(built, state.layer_weights, rtol=1e-6)


def test_frozen_synapses_deliver_and_count() -> None:
    """One bright input with 21 frozen synapses of 4 drives all neurons; each of its spikes is 21 events."""
    state = frozen_block(4.0)
    shown = np.zeros((1, 64), np.uint8)
    shown[0, 3] = 16
    train_chunk(state, replace(SMALL, maximum_intensity=2), Simplified(), shown, np.arange(1))
    assert state.metrics["synaptic_events"] == 21 * state.metrics["input_spikes"] > 0
    assert state.metrics["output_spikes"] > 0 and np.all(state.layer_weights[:16] == 4.0)
    assert state.connectivity == 1.0


def test_column_sums() -> None:
    columns = normalised_columns(np.array([[1, 0], [3, 0]], np.float32), 2.0)
    np.testing.assert_allclose(columns, [[0.5, 0], [1.5, 0]])


def test_column_sums_are_restored_for_so_many_images() -> None:
    """In one call, as a plain implementation that stops normalising; the columns then drift from the sum."""
    parameters, rule, shown = replace(SMALL, column_sum_images=3), PowerLaw(eta=0.1), images(8)
    state = initial_state(parameters)
    plain = Reference(SMALL, rule, state.layer_weights)
    train_chunk(state, parameters, rule, shown, np.arange(8))
    for index in range(len(shown)):
        for intensity in range(SMALL.start_intensity, SMALL.maximum_intensity + 1):
            if index < 3:
                plain.normalise()
            if plain.present(shown[index], index, intensity).sum() >= SMALL.minimum_spikes:
                break
    np.testing.assert_allclose(state.layer_weights, plain.w, rtol=0, atol=2e-6)
    np.testing.assert_array_equal(state.theta[:21], plain.theta)
    assert np.abs(state.layer_weights.sum(axis=0) - 16.0).max() > 1.0


def test_pruning_is_for_good() -> None:
    state = initial_state(SMALL)
    pruning = ConstantPruning(4, 4, threshold=0.1)
    train_chunk(
        state, SMALL, Triplet(), images(20), np.arange(20), interventions=scheduled_rules(pruning, None, SMALL, 20)
    )
    removed = state.synapses.T == REMOVED
    assert 0.05 < removed.mean() < 1 and not state.layer_weights[removed].any()


def test_parameters_refuse_impossible_rates() -> None:
    with pytest.raises(ValueError, match="one spike per step"):
        TrainingParameters(maximum_rate_hz=250.0)


def test_a_neuron_left_with_few_synapses_is_not_driven_harder() -> None:
    """Two weights of 16 needed: they are scaled to a mean of weight_maximum, in training and in the network built."""
    state = initial_state(SMALL)
    state.synapses[0, 2:] = REMOVED
    state.layer_weights[2:, 0] = 0.0
    state.layer_weights[:2, 0] = 0.1, 0.3
    built = normalised_columns(state.layer_weights.copy(), SMALL.effective_column_sum)
    nothing = np.zeros((1, 64), np.uint8)
    train_chunk(state, replace(SMALL, maximum_intensity=2), Triplet(), nothing, np.arange(1))
    np.testing.assert_allclose(state.layer_weights[:2, 0], [0.5, 1.5], rtol=1e-6)
    np.testing.assert_allclose(built[:2, 0], [0.5, 1.5], rtol=1e-6)
    np.testing.assert_allclose(state.layer_weights[:, 1].sum(), 16.0, rtol=1e-5)


def test_a_silent_neurons_threshold_stays_above_rest() -> None:
    parameters = replace(SMALL, tau_theta=1000.0, maximum_intensity=2)
    state = initial_state(parameters)
    train_chunk(state, parameters, Triplet(), np.zeros((20, 64), np.uint8), np.arange(20))
    neuron = parameters.neuron
    thresholds = state.theta[: state.neurons] + neuron.threshold_offset
    np.testing.assert_allclose(thresholds, neuron.v_rest + neuron.threshold_margin, rtol=1e-6)
    assert state.metrics["output_spikes"] == 0
