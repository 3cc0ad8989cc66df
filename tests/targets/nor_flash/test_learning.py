"""The device as a learning rule: its kernel against the response's equations, in the trainer, and from a recipe."""

from __future__ import annotations

from dataclasses import replace

import numba
import numpy as np
import pytest
from numpy.typing import NDArray
from small_recipes import small_recipe
from two_layer_reference import SMALL, images

from neurodeploy.errors import NeurodeployError
from neurodeploy.network import Network
from neurodeploy.targets.nor_flash.learning import NorFlashLearning, neurosim_learning, noise_of
from neurodeploy.targets.nor_flash.pulse_response import PulseResponse
from neurodeploy.training.learning_rules import learning_rule, learning_rule_names
from neurodeploy.training.recipe import Recipe
from neurodeploy.training.train import stdp_rule, train
from neurodeploy.training.two_layer.parameters import TrainingParameters
from neurodeploy.training.two_layer.stdp.interface import Traces, on_output_spike
from neurodeploy.training.two_layer.stdp.simplified import Simplified
from neurodeploy.training.two_layer.synapse_states import FROZEN, PLASTIC, REMOVED
from neurodeploy.training.two_layer.trainer import train_chunk
from neurodeploy.training.two_layer.trainer_state import initial_state

ROWS, NEURONS, STEP, MAXIMUM = 400, 3, 90, 0.5


@numba.njit
def spike(rule, weights, synapses, maximum, traces, step, neuron, existing):
    """One output spike, as the presentation kernel calls it."""
    return on_output_spike(rule, weights, synapses, maximum, traces, step, neuron, 0, existing)


def one_spike(
    rule: NorFlashLearning, weights: NDArray[np.float32], neuron: int = 1, synapses: NDArray[np.uint8] | None = None,
    existing: NDArray[np.int32] | None = None, keys: tuple[int, int] = (1, 2),
) -> tuple[NDArray[np.float32], int, NDArray[np.int64]]:  # fmt: skip
    """Weights after it, updates, and pulses; inputs 0, 3, 6, … spiked within the window, 1, 4, … before, the others never."""
    last = np.full(ROWS, -1, np.int32)
    last[0::3], last[1::3] = STEP - 10, STEP - 50
    traces = Traces(
        last, np.empty(ROWS + 1, np.int32), np.full(NEURONS, -1, np.int32), np.empty(NEURONS, np.int32), np.empty(NEURONS, np.float32),
        np.array(keys, np.uint64), np.zeros(2, np.int64),
    )  # fmt: skip
    after = weights.copy()
    states = np.full(ROWS, PLASTIC, np.uint8) if synapses is None else synapses
    listed = np.zeros(0, np.int32) if existing is None else existing
    updates = spike(rule.constants(0.5), after, states, np.float32(MAXIMUM), traces, STEP, neuron, listed)
    return after, updates, traces.applied


def start() -> NDArray[np.float32]:
    weights = np.random.default_rng(6).random((ROWS, NEURONS)).astype(np.float32) * np.float32(MAXIMUM)
    weights[0], weights[1] = MAXIMUM, 0.0
    return weights


@pytest.mark.parametrize("labels", [(0.0, 0.0), (1.0, -2.0), (2.4, -4.88), (-3.0, 3.0)])
def test_a_spike_is_one_pulse_of_the_device_on_every_synapse_of_the_column(labels: tuple[float, float]) -> None:
    rule = NorFlashLearning(15.0, 60, 80, *labels, cycle_noise=0.0)
    device = PulseResponse(1e-9, 3e-9, 60, 80, *labels)
    before = start()
    after, updates, applied = one_spike(rule, before)
    conductances = device.conductance(before[:, 1].astype(np.float64) / MAXIMUM)
    within = np.arange(ROWS) % 3 == 0
    expected = np.where(within, device.potentiated(conductances), device.depressed(conductances))
    np.testing.assert_allclose(after[:, 1], device.level(expected) * MAXIMUM, atol=2e-7)
    np.testing.assert_array_equal(np.delete(after, 1, axis=1), np.delete(before, 1, axis=1))
    assert updates == ROWS and applied.tolist() == [within.sum(), ROWS - within.sum()]
    assert after.min() >= 0 and after.max() <= MAXIMUM


def test_only_plastic_synapses_get_pulses() -> None:
    rule, before = NorFlashLearning(15.0), start()
    synapses = np.full(ROWS, PLASTIC, np.uint8)
    synapses[::5], synapses[1::5] = REMOVED, FROZEN
    before[::5] = 0.0
    after, updates, _ = one_spike(rule, before, synapses=synapses)
    np.testing.assert_array_equal(after[synapses != PLASTIC], before[synapses != PLASTIC])
    existing = np.flatnonzero(synapses != REMOVED).astype(np.int32)
    listed, listed_updates, _ = one_spike(rule, before, synapses=synapses, existing=existing)
    np.testing.assert_array_equal(listed, after)
    assert updates == listed_updates == (synapses == PLASTIC).sum()


def test_cycle_noise_has_the_devices_width_and_depends_on_its_keys() -> None:
    quiet, noisy = NorFlashLearning(15.0, cycle_noise=0.0), NorFlashLearning(15.0, cycle_noise=0.02)
    middle = np.full((ROWS, NEURONS), MAXIMUM / 2, np.float32)
    base = one_spike(quiet, middle)[0][:, 1]
    drawn = np.array([one_spike(noisy, middle, keys=(1, key))[0][:, 1] - base for key in range(200)]) / MAXIMUM
    assert drawn.std() == pytest.approx(0.02, rel=0.02) and abs(drawn.mean()) < 4 * 0.02 / drawn.size**0.5
    assert (
        abs(np.corrcoef(drawn[0], drawn[1])[0, 1]) < 0.2 and abs(np.corrcoef(drawn[0, :-1], drawn[0, 1:])[0, 1]) < 0.2
    )
    np.testing.assert_array_equal(one_spike(noisy, middle, keys=(9, 5))[0], one_spike(noisy, middle, keys=(8, 5))[0])


def test_pulses_sent_by_chance_are_whole_pulses_in_their_share() -> None:
    rule, before = NorFlashLearning(15.0, cycle_noise=0.0), start()
    always = one_spike(rule, before)[0][:, 1]
    within, share = np.arange(ROWS) % 3 == 0, np.zeros(2)
    for key in range(100):
        some = replace(rule, ltp_probability=0.5, ltd_probability=0.2)
        after, updates, applied = one_spike(some, before, keys=(1, key))
        got, changes = after[:, 1] == always, always != before[:, 1]
        assert (got | (after[:, 1] == before[:, 1])).all() and updates == applied.sum()
        assert got[within & changes].sum() <= applied[0] and got[~within & changes].sum() <= applied[1]
        share += applied / 100 / [within.sum(), (~within).sum()]
        np.testing.assert_array_equal(after, one_spike(some, before, keys=(5, key))[0])
    assert (abs(share - [0.5, 0.2]) < [0.018, 0.01]).all()  # about four standard errors
    after, updates, applied = one_spike(replace(rule, ltp_probability=0.0), before)
    np.testing.assert_array_equal(after[within, 1], before[within, 1])
    assert applied.tolist() == [0, updates] and updates == (~within).sum()


def test_the_noise_is_near_a_normal_one() -> None:
    words = np.random.default_rng(7).integers(0, 2**64, 100_000, np.uint64)
    draw = numba.njit(lambda word: noise_of(word))
    values = np.array([draw(word) for word in words])
    assert values.mean() == pytest.approx(0, abs=0.015) and values.std() == pytest.approx(1, abs=0.01)
    assert abs(values).max() < 2 * 3**0.5 and (abs(values) < 1).mean() == pytest.approx(0.6667, abs=0.02)


def test_devices_differ_by_their_label_and_stay_what_they_are() -> None:
    rule = NorFlashLearning(15.0, ltp_nonlinearity=2.0, ltd_nonlinearity=-2.0, cycle_noise=0.0, device_variation=1.0)
    low = np.zeros((ROWS, NEURONS), np.float32)
    one, again = (one_spike(rule, low, keys=(1, key))[0][0::3, 1] for key in (2, 3))
    np.testing.assert_array_equal(one, again)
    first = {round(float(value), 6) for value in one / np.float32(MAXIMUM)}
    assert len(first) > 30 and (one_spike(rule, low, keys=(4, 2))[0][0::3, 1] != one).any()
    labels = [PulseResponse(0, 1, 100, 100, label, -1).increments(0.0)[0] for label in (-0.5, 2.0, 4.5)]
    assert labels[0] <= min(first) < labels[1] < max(first) <= labels[2]


@pytest.mark.parametrize("threads", [1, 2])
def test_chunks_and_threads_give_the_same_bits(threads: int) -> None:
    rule = NorFlashLearning(cycle_noise=0.02, device_variation=0.5, ltp_probability=0.4, ltd_probability=0.6)
    shown = images(24)
    for parameters in (replace(SMALL, column_sum_images=1), replace(SMALL, batch_images=4)):
        whole, parts = initial_state(parameters), initial_state(parameters)
        train_chunk(whole, parameters, rule, shown, np.arange(24))
        for first, last in ((0, 8), (8, 12), (12, 24)):
            train_chunk(parts, parameters, rule, shown[first:last], np.arange(first, last), threads=threads)
        for name, array in whole.arrays().items():
            np.testing.assert_array_equal(array, parts.arrays()[name], err_msg=name)
        metrics = whole.metrics
        assert metrics["potentiations"] + metrics["depressions"] == metrics["stdp_updates"] > 0
        assert metrics["stdp_updates"] >= 0.3 * metrics["output_spikes"] * parameters.inputs


def test_other_rules_tell_nothing_of_pulses() -> None:
    state = initial_state(SMALL)
    train_chunk(state, SMALL, Simplified(), images(3), np.arange(3))
    assert "potentiations" not in state.metrics and state.metrics["stdp_updates"] > 0


def device_recipe(**changes: object) -> Recipe:
    entries = {"cycle_noise": 0.01, "device_variation": 0.3, **changes}
    return replace(small_recipe(), stdp_rule="nor_flash", stdp=entries).with_network(column_sum_images=1)


def test_a_training_interrupted_and_resumed_ends_with_the_same_bits(tmp_path) -> None:
    class StopError(Exception):
        pass

    def stop(progress) -> None:
        if progress.images >= 700:
            raise StopError

    recipe, checkpoint = device_recipe(), tmp_path / "net.checkpoint"
    whole = train(recipe)
    with pytest.raises(StopError):
        train(recipe, checkpoint=checkpoint, checkpoint_every=300, progress=stop)
    assert checkpoint.exists()
    resumed: Network = train(recipe, checkpoint=checkpoint, checkpoint_every=300, resume=True)
    assert resumed.digest() == whole.digest()
    record = whole.metadata["training"]
    assert record == resumed.metadata["training"] and record["potentiations"] > 0 < record["depressions"]
    weights = whole.projections[0].weights.decoded()
    assert 0 <= weights.min() < weights.max() <= TrainingParameters().weight_maximum


def test_recipes_name_the_device() -> None:
    assert learning_rule_names()[-2:] == ("nor_flash", "nor_flash_neurosim")
    assert stdp_rule(device_recipe()) == NorFlashLearning(cycle_noise=0.01, device_variation=0.3)
    made = learning_rule("r", "nor_flash_neurosim", {"window": 30.0})
    assert made == replace(neurosim_learning(), window=30.0) and made.ltd_nonlinearity == -4.88
    with pytest.raises(NeurodeployError, match="ND306.*stdp.pulses is not a parameter"):
        learning_rule("r", "nor_flash", {"pulses": 3.0})
    for entry, value in (
        ("ltp_nonlinearity", 12.0),
        ("window", 0.0),
        ("cycle_noise", -1.0),
        ("ltd_pulses", 0.0),
        ("ltp_probability", 1.5),
        ("ltd_probability", -0.1),
    ):
        with pytest.raises(NeurodeployError, match="ND450"):
            learning_rule("r", "nor_flash", {entry: value})
