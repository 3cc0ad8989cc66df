"""Trainings in parallel processes: the records of trainings one by one, errors, and a process that dies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_recipes import accuracy, small_recipe
from training_stand_ins import die, instead_of_training

from neurodeploy.errors import NeurodeployError
from neurodeploy.training.parallel import TrainingRecord, train_and_measure, train_each, train_many
from neurodeploy.training.train import train

TIMES = ("seconds", "cpu_seconds", "rule_seconds")


def without_times(record: TrainingRecord) -> TrainingRecord:
    return replace(record, **dict.fromkeys(TIMES, 0.0))


def test_two_processes_give_what_one_after_the_other_gives() -> None:
    recipes = [small_recipe(seed=seed) for seed in range(3)]
    found = train_many(recipes, workers=2, test_images=100)
    assert [record.seed for record in found] == [0, 1, 2]
    assert without_times(found[1]) == without_times(train_and_measure(recipes[1], test_images=100))
    assert all(record.seconds > record.cpu_seconds >= 0 and record.rule_seconds == 0 for record in found)


def test_a_record_is_what_the_network_says() -> None:
    recipe = small_recipe()
    record, network = train_and_measure(recipe), train(recipe)
    assert record.accuracy == accuracy(network, "digits")
    counts, weights = network.metadata["training"], network.projections[0].weights.decoded()
    assert record.training_sops == (counts["synaptic_events"] + counts["stdp_updates"]) / 1200
    assert record.connectivity == np.mean(weights > 0) and record.unpruned == 1.0
    assert record.training_images == 1200 and record.test_images == 359 and record.metrics.items() <= counts.items()
    # every input spike reaches every neuron: weight accumulations are input spikes times neurons
    assert record.inference_sops * 359 % 20 == 0 and 0 < record.spikes < record.inference_sops


def test_errors_come_back_as_they_are() -> None:
    wrong = small_recipe(stdp={"tau": 1.0})
    outcomes = dict(train_each([small_recipe(), wrong], workers=2, test_images=50))
    assert isinstance(outcomes[0], TrainingRecord)
    with pytest.raises(NeurodeployError, match="ND306.*stdp|ND306.*STDP") as caught:
        train_many([wrong], workers=1)
    assert str(caught.value) == str(outcomes[1]) and caught.value.hint


def test_a_killed_process_is_an_error() -> None:
    with pytest.raises(NeurodeployError, match="ND308"):
        list(train_each([small_recipe(), small_recipe(seed=1)], workers=2, run=die))


def test_another_function_runs_in_the_process() -> None:
    """So the test above sees the kill, not a function that cannot be found there."""
    [(index, outcome)] = train_each([small_recipe(seed=4)], workers=1, run=instead_of_training)
    assert index == 0 and isinstance(outcome, TrainingRecord) and outcome.seed == 4


def test_nothing_to_train() -> None:
    assert train_many([]) == []
