"""Converted networks keep accuracy and masks; spikes are counted by layer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from neurodeploy.ann import Conversion, predict
from neurodeploy.ann.arithmetic import pixels
from neurodeploy.datasets import Dataset, load_dataset
from neurodeploy.encoding import encode
from neurodeploy.network import IF, load_network, save_network
from neurodeploy.simulation import simulate
from neurodeploy.training.backpropagation import (
    BackpropagationParameters,
    TrainedNetwork,
    convert_trained,
    train_network,
)
from neurodeploy.training.backpropagation.spiking import spikes_by_layer, with_thresholds_of
from neurodeploy.training.pruning.constant import ConstantPruning

SMALL = BackpropagationParameters(hidden=(40,), epochs=8, batch_images=50, learning_rate=0.01)
SPIKES = Conversion(steps=100, readout="spikes")


@pytest.fixture(scope="module")
def digits() -> tuple[Dataset, Dataset]:
    train, test = load_dataset("digits", "train"), load_dataset("digits", "test")
    assert isinstance(train, Dataset) and isinstance(test, Dataset)
    return train, test


@pytest.fixture(scope="module")
def pruned(digits: tuple[Dataset, Dataset]) -> TrainedNetwork:
    return train_network(
        digits[0], SMALL, pruning=ConstantPruning(threshold=0.15), inhibitory_pruning=ConstantPruning(threshold=0.05)
    )


@pytest.mark.parametrize("activation", ["relu", "clipped_relu"])
@pytest.mark.parametrize("biases", [False, True])
def test_accuracy_survives_the_conversion(digits: tuple[Dataset, Dataset], activation: str, biases: bool) -> None:
    trained = train_network(digits[0], replace(SMALL, activation=activation, biases=biases))
    network, report = convert_trained(trained, *digits)
    own = trained.accuracy(digits[1])
    assert own > 0.93 and report.accuracy > own - 0.015
    if activation == "relu":
        assert report.ann_accuracy == own
        expected = trained.outputs(digits[1]).argmax(axis=1)
        np.testing.assert_array_equal(predict(trained.ann(), pixels(trained.ann(), digits[1])), expected)
    else:
        hidden = network.population("dense_1").neuron
        assert isinstance(hidden, IF) and hidden.v_thresh == 1.0


def test_masks_and_the_record_travel(digits: tuple[Dataset, Dataset], pruned: TrainedNetwork, tmp_path: Path) -> None:
    network, report = convert_trained(pruned, *digits, SPIKES)
    save_network(network, tmp_path / "net.h5")
    read = load_network(tmp_path / "net.h5")
    for projection, mask in zip(read.projections, pruned.masks, strict=True):
        np.testing.assert_array_equal(projection.weights.present(), mask)
        assert not mask.all()
    assert read.stage == "pruned" and read.metadata["training"]["hidden"] == [40]
    assert read.metadata["training"]["pruned"]["removed"] == sum(int((~mask).sum()) for mask in pruned.masks)
    assert read.metadata["conversion"]["accuracy"] == report.accuracy > 0.9


def test_spikes_by_layer_are_those_of_the_simulation(digits: tuple[Dataset, Dataset], pruned: TrainedNetwork) -> None:
    network, report = convert_trained(pruned, digits[0], digits[1].limit(50), SPIKES)
    activity = simulate(network, encode(network, digits[1].limit(50)))
    counted = {name: activity.spikes[name].total / 50 for name in ("dense_1", "output")}
    assert spikes_by_layer(report) == pytest.approx(counted) and min(counted.values()) > 1


def test_thresholds_of_another_network(digits: tuple[Dataset, Dataset], pruned: TrainedNetwork) -> None:
    """Without biases the function is the same up to a factor, so that classes hardly change; rates do."""
    whole, _ = convert_trained(train_network(digits[0], SMALL), *digits, Conversion(steps=200))
    own, report = convert_trained(pruned, *digits, Conversion(steps=200))
    moved = with_thresholds_of(own, whole)
    assert moved.population("dense_1").neuron.v_thresh == whole.population("dense_1").neuron.v_thresh
    assert moved.population("dense_1").neuron.v_thresh != own.population("dense_1").neuron.v_thresh
    activity = simulate(moved, encode(moved, digits[1]))
    right = activity.voltages["output"][:, -1].argmax(axis=1) == digits[1].labels
    assert right.mean() == pytest.approx(report.accuracy, abs=0.02)


def test_the_documentations_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    page = Path(__file__).parents[3] / "docs" / "training.md"
    text = page.read_text("utf-8").split("## Back-propagation")[1].split("```python\n")[1].split("```")[0]
    exec(compile(text, str(page), "exec", dont_inherit=True), {"__name__": "example"})
    accuracy, spiking = map(float, capsys.readouterr().out.split()[:2])
    assert accuracy > 0.93 and spiking > 0.9
