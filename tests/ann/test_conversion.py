"""Converted networks: rates approach activations, both simulators agree, options do what they say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from if_reference import run

from neurodeploy.ann import Ann, Conversion, convert, fold, forward, predict
from neurodeploy.ann.arithmetic import pixels
from neurodeploy.ann.conversion import build
from neurodeploy.ann.layers import (
    AveragePool,
    BatchNormalization,
    Convolution,
    Dense,
    Flatten,
    Layer,
    MaxPool,
    ReLU,
)
from neurodeploy.ann.report import predictions_by_step
from neurodeploy.ann.state_dict import load_state_dict
from neurodeploy.datasets import Dataset
from neurodeploy.encoding import encode
from neurodeploy.errors import NeurodeployError
from neurodeploy.inference import infer
from neurodeploy.network import (
    IF,
    Convolution2d,
    Integrator,
    Pooling2d,
    Relay,
    load_network,
    problems,
    save_network,
)
from neurodeploy.simulation import simulate

DIGITS = tuple[Dataset, Dataset]


def mlp(train: Dataset) -> Ann:
    """Trained by scikit-learn on pixels from 0 to 1."""
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier((40, 30), max_iter=60, random_state=0, learning_rate_init=0.01)
    model.fit(train.images / train.maximum, train.labels)
    layers: list[Layer] = []
    for index, (weights, bias) in enumerate(zip(model.coefs_, model.intercepts_, strict=True)):
        layers += [Dense(f"fc{index}", weights.T, bias), ReLU(f"relu{index}")]
    return Ann(tuple(layers[:-1]), (64,), "mlp")


@pytest.fixture(scope="module")
def dense(digits: DIGITS) -> Ann:
    return mlp(digits[0])


@pytest.fixture(scope="module")
def convolutional(trained: Any, tmp_path_factory: pytest.TempPathFactory) -> Ann:
    torch_files = pytest.importorskip("safetensors.torch")
    path = tmp_path_factory.mktemp("ann") / "net.safetensors"
    torch_files.save_file(trained.state_dict(), path)
    text = "input 1x8x8; conv; batch_norm; relu; average_pool 2; conv; relu; average_pool 2; flatten; dense"
    return load_state_dict(path, text.replace("conv", "conv 3 padding 1"))


def test_accuracy_survives(dense: Ann, convolutional: Ann, digits: DIGITS) -> None:
    for ann in (dense, convolutional):
        _, report = convert(ann, *digits, Conversion(steps=80))
        assert report.samples == 359 and report.ann_accuracy > 0.93
        assert report.accuracy > report.ann_accuracy - 0.012
        assert report.accuracy == report.accuracy_by_step[-1] and len(report.accuracy_by_step) == 80
        assert report.accuracy_by_step[0] < report.accuracy
        expected = np.mean(predict(ann, pixels(ann, digits[1])) == digits[1].labels)
        assert report.ann_accuracy == expected and report.replaced_accuracy is None


def test_errors_of_rates_fall_as_one_over_steps(dense: Ann, digits: DIGITS) -> None:
    errors = {}
    for steps in (50, 400):
        report = convert(dense, digits[0], digits[1].limit(60), Conversion(steps=steps, percentile=100))[1]
        errors[steps] = [layer.error / layer.unit for layer in report.layers if layer.error is not None]
    assert len(errors[50]) == 3
    for short, long in zip(errors[50][:2], errors[400][:2], strict=True):
        assert long < short / 3 and long < 0.01


@pytest.mark.parametrize(
    "options",
    [
        {}, {"balance": "weights"}, {"reset": "value"}, {"readout": "spikes"}, {"delay": 1}, {"initial_potential": 0.5},
        {"input": "poisson"}, {"input": "regular", "maximum_rate_hz": 250.0},
        {"balance": "weights", "readout": "spikes", "input": "poisson", "delay": 2},
    ],
    ids=str,
)  # fmt: skip
def test_simulator_equals_plain_numpy(convolutional: Ann, digits: DIGITS, options: dict[str, Any]) -> None:
    """Only rounding differs: a spike may move by a step where a potential meets the threshold to the last bit."""
    network, balanced, _ = build(convolutional, digits[0].limit(200), Conversion(steps=30, **options))
    assert problems(network) == []
    inputs = encode(network, digits[1].limit(15))
    found, expected = simulate(network, inputs), run(network, inputs)
    for part in balanced:
        name = part.stage.name
        if part.threshold is not None:
            difference = np.abs(found.spikes[name].counts() - expected.spikes[name].counts())
            assert difference.max() <= 1 and difference.mean() < 0.01, name
            assert expected.spikes[name].total > 100
    if "output" in found.voltages:
        scale = np.abs(expected.voltages["output"]).max()
        np.testing.assert_allclose(found.voltages["output"], expected.voltages["output"], atol=0.03 * scale)
    agree = predictions_by_step(network, found) == predictions_by_step(network, expected)
    assert agree.mean() > 0.97


def test_balancing_weights_or_thresholds_gives_the_same_spikes(dense: Ann, digits: DIGITS) -> None:
    counts = []
    for balance in ("threshold", "weights"):
        network, _, _ = build(dense, digits[0], Conversion(steps=40, balance=balance))
        activity = run(network, encode(network, digits[1].limit(20)))
        counts.append(activity.spikes["dense_1"].counts())
    assert np.abs(counts[0] - counts[1]).max() <= 1 and np.mean(counts[0] != counts[1]) < 0.01


def test_weights_stay_as_trained_or_become_thresholds_of_one(convolutional: Ann, digits: DIGITS) -> None:
    folded = fold(convolutional)
    network, balanced, _ = build(convolutional, digits[0].limit(1000), Conversion())
    first = folded.layers[0]
    assert isinstance(first, Convolution)
    np.testing.assert_array_equal(network.projections[0].weights.decoded(), first.weights)
    images = pixels(convolutional, digits[0].limit(1000))
    activations = forward(folded, images)[2]
    assert balanced[0].unit == pytest.approx(np.percentile(activations[activations > 0], 99.9), rel=1e-6)
    scaled, parts, _ = build(convolutional, digits[0].limit(1000), Conversion(balance="weights"))
    assert [part.threshold for part in parts] == pytest.approx([1.0, None, 1.0, None, None])
    assert isinstance(scaled.populations[1].neuron, IF) and scaled.populations[1].neuron.v_thresh == 1.0
    np.testing.assert_allclose(scaled.projections[0].weights.decoded(), first.weights / balanced[0].unit, rtol=1e-5)


def test_structure_is_kept(convolutional: Ann, digits: DIGITS) -> None:
    network, _, _ = build(convolutional, digits[0], Conversion(delay=3))
    kinds = [type(projection.connectivity) for projection in network.projections]
    assert kinds[:4] == [Convolution2d, Pooling2d, Convolution2d, Pooling2d]
    assert [population.shape for population in network.populations[:5]] == [
        (1, 8, 8), (8, 8, 8), (8, 4, 4), (16, 4, 4), (16, 2, 2)
    ]  # fmt: skip
    assert [type(population.neuron) for population in network.populations[1:]] == [IF, Relay, IF, Relay, Integrator]
    assert [projection.delay for projection in network.projections] == [3, 0, 3, 0, 3]
    assert network.projections[0].weights.shape == (8, 1, 3, 3)


def test_percentiles(dense: Ann, digits: DIGITS) -> None:
    units = {}
    for percentile in (90.0, 99.9, 100.0):
        units[percentile] = build(dense, digits[0].limit(1000), Conversion(percentile=percentile))[1][0].unit
    assert units[90.0] < units[99.9] < units[100.0]
    first = forward(dense, pixels(dense, digits[0].limit(1000)))[2]
    assert units[100.0] == pytest.approx(first.max())
    few = build(dense, digits[0].limit(1001), Conversion(percentile=100, calibration_samples=3))[1][0].unit
    assert few == pytest.approx(forward(dense, pixels(dense, digits[0].subset(np.array([0, 500, 1000]))))[2].max())


def test_reset_to_a_value_loses_accuracy_of_rates(dense: Ann, digits: DIGITS) -> None:
    test = digits[1].limit(80)
    errors = [
        convert(dense, digits[0], test, Conversion(steps=100, reset=reset))[1].layers[0].error
        for reset in ("subtraction", "value")
    ]
    assert errors[0] is not None and errors[1] is not None and errors[0] < errors[1] / 2


@pytest.mark.parametrize("code", ["poisson", "regular"])
def test_input_and_output_spikes(dense: Ann, digits: DIGITS, code: Any) -> None:
    options = Conversion(steps=150, input=code, readout="spikes")
    network, report = convert(dense, digits[0], digits[1].limit(150), options)
    assert network.encoder is not None and network.encoder.name == code
    assert encode(network, digits[1].limit(2)).values is None  # binary: what an array's word lines take
    assert network.readout is not None and network.readout.name == "class_labels"
    assert report.accuracy > 0.85 and report.layers[-1].rate is not None
    assert report.accuracy_by_step[-1] == report.accuracy


def test_periodic_spikes_come_closer_to_the_activations_than_random_ones(dense: Ann, digits: DIGITS) -> None:
    """Counts of periodic spikes are within one of the pixel; those of random ones deviate with the square root."""
    errors = []
    for code in ("regular", "poisson"):
        options = Conversion(steps=100, input=code, readout="spikes")
        errors.append(convert(dense, digits[0], digits[1].limit(60), options)[1].layers[0].error)
    assert errors[0] is not None and errors[1] is not None and errors[0] < errors[1] / 2


def test_linear_layers_without_relu_are_relays(digits: DIGITS) -> None:
    rng = np.random.default_rng(0)
    layers = (
        Dense("a", rng.normal(size=(20, 64)), rng.normal(size=20)), Dense("b", rng.normal(size=(15, 20)), rng.normal(size=15)),
        ReLU("r"), Dense("c", rng.normal(size=(10, 15)), rng.normal(size=10)), ReLU("last"),
    )  # fmt: skip
    ann = Ann(layers, (64,))
    network, report = convert(ann, digits[0], digits[1].limit(40), Conversion(steps=300, percentile=100))
    assert isinstance(network.population("dense_1").neuron, Relay)
    assert report.layers[1].error is not None and report.layers[1].error < 0.01 * report.layers[1].unit
    assert any("ReLU at the end" in note for note in report.notes)


def test_normalised_padded_input_becomes_a_bias_per_neuron(digits: DIGITS) -> None:
    rng = np.random.default_rng(2)
    layers = (
        BatchNormalization("n", np.array([2.0]), np.array([-0.7])),
        Convolution("c", rng.normal(size=(3, 1, 3, 3)), rng.normal(size=3), padding=((1, 1), (1, 1))), ReLU("r"),
        Flatten("f"), Dense("d", rng.normal(size=(10, 192)), np.zeros(10)),
    )  # fmt: skip
    ann = Ann(layers, (1, 8, 8))
    network, report = convert(ann, digits[0], digits[1].limit(30), Conversion(steps=400, percentile=100))
    neuron = network.population("convolution_1").neuron
    assert isinstance(neuron, IF) and np.shape(neuron.i_offset) == (192,)
    assert report.layers[0].error is not None and report.layers[0].error < 0.01 * report.layers[0].unit


MAX_POOLED = (
    Convolution("c", np.random.default_rng(1).normal(size=(4, 1, 3, 3)), np.zeros(4)), MaxPool("m", (2, 2), (2, 2)),
    ReLU("r"), Flatten("f"), Dense("d", np.random.default_rng(2).normal(size=(10, 36)), np.zeros(10)),
)  # fmt: skip


def test_max_pooling_needs_a_choice(digits: DIGITS) -> None:
    ann = Ann(MAX_POOLED, (1, 8, 8), "net.onnx")
    test = digits[1].limit(50)
    with pytest.raises(NeurodeployError, match=r"ND241.*net\.onnx.*'m'.*max_pooling=average.*max_pooling=spike_max"):
        convert(ann, digits[0], test)
    _, averaged = convert(ann, digits[0], test, Conversion(steps=20, max_pooling="average"))
    replaced = replace(fold(ann), layers=tuple(
        AveragePool("m", (2, 2), (2, 2)) if isinstance(layer, MaxPool) else layer for layer in fold(ann).layers
    ))  # fmt: skip
    assert averaged.replaced_accuracy == np.mean(predict(replaced, pixels(ann, test)) == test.labels)
    assert any("replaced by average" in note for note in averaged.notes)
    network, spiking = convert(ann, digits[0], test, Conversion(steps=20, max_pooling="spike_max"))
    assert spiking.replaced_accuracy is None and any("approximation" in note for note in spiking.notes)
    inputs = encode(network, test.limit(5))
    found, expected = simulate(network, inputs), run(network, inputs)
    np.testing.assert_allclose(
        found.voltages["output"], expected.voltages["output"], atol=0.05 * np.abs(expected.voltages["output"]).max()
    )


def test_max_pooling_of_graded_values_is_refused(digits: DIGITS) -> None:
    layers = (MaxPool("m", (2, 2), (2, 2)), Flatten("f"), Dense("d", np.ones((10, 16)), np.zeros(10)))
    with pytest.raises(NeurodeployError, match=r"ND241.*graded"):
        build(Ann(layers, (1, 8, 8)), digits[0], Conversion(max_pooling="spike_max"))


def test_a_silent_layer_is_noted(digits: DIGITS) -> None:
    layers = (Dense("a", -np.ones((5, 64)), -np.ones(5)), ReLU("r"), Dense("b", np.ones((10, 5)), np.arange(10.0)))
    _, report = convert(Ann(layers, (64,)), digits[0], digits[1].limit(10), Conversion(steps=5))
    assert any("'dense_1' was silent" in note for note in report.notes)
    assert report.layers[0].rate == 0 and report.layers[0].error == 0


def test_what_cannot_be_converted(dense: Ann, digits: DIGITS) -> None:
    with pytest.raises(NeurodeployError, match=r"ND242.*no dense"):
        build(Ann((ReLU("r"),), (64,)), digits[0], Conversion())
    few = Ann((Dense("d", np.ones((3, 64)), np.zeros(3)),), (64,))
    with pytest.raises(NeurodeployError, match=r"ND242.*3 outputs.*10 classes"):
        build(few, digits[0], Conversion())
    wide = Ann((Dense("d", np.ones((10, 63)), np.zeros(10)),), (63,))
    with pytest.raises(NeurodeployError, match=r"ND305.*64.*63"):
        build(wide, digits[0], Conversion())
    with pytest.raises(NeurodeployError, match=r"ND242.*no samples"):
        build(dense, digits[0].limit(0), Conversion())


@pytest.mark.parametrize(
    "options",
    [
        {"percentile": 0}, {"percentile": 101}, {"percentile": float("nan")}, {"steps": 0}, {"calibration_samples": 0},
        {"maximum_rate_hz": 1000}, {"seed": -1}, {"delay": -1}, {"initial_potential": 1.0}, {"reset": "none"},
        {"balance": "both"}, {"input": "latency"}, {"readout": "svm"}, {"max_pooling": "maybe"},
    ],
    ids=str,
)  # fmt: skip
def test_options_out_of_range(options: dict[str, Any]) -> None:
    with pytest.raises(NeurodeployError, match=f"ND240.*{next(iter(options))}"):
        Conversion(**options)


def test_networks_are_saved_with_their_report(dense: Ann, digits: DIGITS, tmp_path: Path) -> None:
    network, report = convert(dense, digits[0], digits[1].limit(20), Conversion(steps=10))
    save_network(network, tmp_path / "net.h5")
    loaded = load_network(tmp_path / "net.h5")
    assert loaded.digest() == network.digest()
    assert loaded.metadata["conversion"]["ann_accuracy"] == report.ann_accuracy
    assert loaded.metadata["data"] == "digits" and loaded.metadata["history"][0]["step"] == "import-ann"
    assert len(loaded.metadata["conversion"]["layers"]) == 3


@pytest.mark.parametrize("readout", ["potential", "spikes"])
def test_running_the_network_gives_the_accuracy_reported(dense: Ann, digits: DIGITS, readout: Any) -> None:
    test = digits[1].limit(100)
    network, report = convert(dense, digits[0], test, Conversion(steps=25, readout=readout))
    assert infer(network, test, lambda spikes: simulate(network, spikes)).accuracy == report.accuracy


def test_the_same_again(dense: Ann, digits: DIGITS) -> None:
    options = Conversion(steps=10, input="poisson", seed=5)
    one, two = (convert(dense, digits[0], digits[1].limit(20), options) for _ in range(2))
    assert one[0].digest() == two[0].digest() and one[1] == two[1]
    other = convert(dense, digits[0], digits[1].limit(20), replace(options, seed=6))
    assert other[1].accuracy_by_step != one[1].accuracy_by_step


def test_no_test_samples(dense: Ann, digits: DIGITS) -> None:
    _, report = convert(dense, digits[0], digits[1].limit(0), Conversion(steps=3))
    assert report.samples == 0 and report.accuracy == 0.0
