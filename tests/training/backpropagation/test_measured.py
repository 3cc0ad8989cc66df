"""A training's record says what its network does, and what it would do with the unpruned network's thresholds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from neurodeploy.datasets import load_images
from neurodeploy.inference import infer
from neurodeploy.network import Network
from neurodeploy.simulation import simulate
from neurodeploy.training.backpropagation.spiking import with_thresholds_of
from neurodeploy.training.parallel import TrainingRecord, train_and_measure
from neurodeploy.training.recipe import Recipe
from neurodeploy.training.rule_tables import pruning_rule
from neurodeploy.training.train import train

WHOLE = Recipe("small", "digits", epochs=3, backpropagation={"hidden": [30], "batch_images": 50, "learning_rate": 0.01})
PRUNED = replace(WHOLE, pruning=pruning_rule("small", {"rule": "to_minimum", "threshold": 0.2}))


def measured(network: Network) -> tuple[float, float, float]:
    """Accuracy, hidden and output spikes on 60 test images."""
    test = load_images("digits", "test").limit(60)
    found = infer(network, test, lambda spikes: simulate(network, spikes))
    return found.accuracy, found.events.spikes["dense_1"] / 60, found.events.spikes["output"] / 60


def own(record: TrainingRecord) -> tuple[float, float, float]:
    return record.accuracy, record.more["hidden"], record.more["output"]


def fixed(record: TrainingRecord) -> tuple[float, float, float]:
    return record.more["fixed_accuracy"], record.more["fixed_hidden"], record.more["fixed_output"]


def test_records_are_what_the_networks_do() -> None:
    whole, pruned = train(WHOLE), train(PRUNED)
    record = train_and_measure(PRUNED, test_images=60)
    assert own(record) == pytest.approx(measured(pruned))
    assert fixed(record) == pytest.approx(measured(with_thresholds_of(pruned, whole)))
    assert fixed(record) != own(record) and record.spikes == pytest.approx(sum(own(record)[1:]))
    assert record.connectivity == pruned.metadata["training"]["connectivity"] < record.unpruned == 1.0
    assert record.training_images == 3 * 1438 and record.test_images == 60
    events = (
        record.more["input"] * 30 + record.more["hidden"] * 10
    )  # every spike reaches every neuron of the next layer
    assert record.inference_sops == pytest.approx(events)
    unpruned = train_and_measure(WHOLE, test_images=60)
    assert own(unpruned) == fixed(unpruned) == pytest.approx(measured(whole)) and unpruned.connectivity == 1.0
