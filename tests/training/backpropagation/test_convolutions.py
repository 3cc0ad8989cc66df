"""Convolutions agree with finite differences, with torch and with the arithmetic of converted networks; all parts of a training hold."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurodeploy.ann import Conversion
from neurodeploy.ann.arithmetic import forward, pixels
from neurodeploy.datasets import Dataset, load_dataset
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import Convolution2d, load_network, save_network
from neurodeploy.training.backpropagation import (
    BackpropagationParameters,
    TrainedNetwork,
    convert_trained,
    train_network,
    trainer,
)
from neurodeploy.training.backpropagation.convolutions import (
    ConvolutionShape,
    average_pool,
    images_of,
    kernel_order,
    spread_over_pool,
    windows_of,
)
from neurodeploy.training.backpropagation.dense_layers import gradients, loss_and_gradient, outputs_of
from neurodeploy.training.backpropagation.from_recipe import parameters_of
from neurodeploy.training.backpropagation.layers import layer_views, parameter_count
from neurodeploy.training.checkpoint import save_checkpoint
from neurodeploy.training.pruning.constant import ConstantPruning
from neurodeploy.training.pruning.to_minimum import ToMinimum
from neurodeploy.training.recipe import load_recipe

LABELS = np.array([0, 2, 1, 2])
SMALL = BackpropagationParameters(
    channels=(6, 8), kernels=(3,), padding="same", hidden=(20,), epochs=8, batch_images=25, learning_rate=0.01
)
PRUNING: dict[str, Any] = {
    "pruning": ConstantPruning(threshold=0.2), "inhibitory_pruning": ConstantPruning(threshold=0.1)
}  # fmt: skip


@pytest.fixture(scope="module")
def digits() -> tuple[Dataset, Dataset]:
    train, test = load_dataset("digits", "train"), load_dataset("digits", "test")
    assert isinstance(train, Dataset) and isinstance(test, Dataset)
    return train, test


@pytest.fixture(scope="module")
def pruned(digits: tuple[Dataset, Dataset]) -> TrainedNetwork:
    return train_network(digits[0], replace(SMALL, biases=True), **PRUNING)


def equal(one: TrainedNetwork, other: TrainedNetwork) -> bool:
    """Every weight, bias and mask, to the bit, and the records."""
    pairs = zip((*one.layers, *zip(one.masks)), (*other.layers, *zip(other.masks)), strict=True)
    arrays = [(a, b) for own, its in pairs for a, b in zip(own, its, strict=True) if a is not None or b is not None]
    same = all(a is not None and b is not None and a.tobytes() == b.tobytes() for a, b in arrays)
    return same and one.record == other.record


@pytest.mark.parametrize(
    "changes", [{}, {"padding": "same"}, {"biases": True, "pools": (2, 1)}, {"hidden": ()}], ids=str
)
@pytest.mark.parametrize("clipped", [False, True])
def test_gradients_are_finite_differences(changes: dict[str, Any], clipped: bool) -> None:
    defaults: dict[str, Any] = {"channels": (3, 4), "kernels": (3, 1), "hidden": (6,)}
    parameters = BackpropagationParameters(**{**defaults, **changes})
    image = (8, 12) if parameters.padding == "same" else (6, 10)
    shapes, convolutions = parameters.matrices(image, 3), parameters.convolutions(image)
    if "pools" not in changes:
        assert convolutions[1].pool == 2 and shapes[0] == (9, 3)
    generator, biases = np.random.default_rng(5), parameters.biases
    flat = 0.5 * generator.standard_normal(parameter_count(shapes, biases))
    layers, inputs = layer_views(flat, shapes, biases), generator.random((4, prod(image)))

    def loss() -> float:
        return loss_and_gradient(outputs_of(layers, inputs, clipped, convolutions), LABELS)[0]

    found = np.zeros_like(flat)
    into = layer_views(found, shapes, biases)
    assert gradients(layers, into, inputs, LABELS, clipped, convolutions=convolutions)[0] == loss()
    assert all(layer.weights.any() for layer in into)
    expected = np.zeros_like(flat)
    for index in range(len(flat)):
        kept, losses = flat[index], []
        for change in (1e-6, -1e-6):
            flat[index] = kept + change
            losses.append(loss())
        flat[index] = kept
        expected[index] = (losses[0] - losses[1]) / 2e-6
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("padding", ["none", "same"])
def test_outputs_and_gradients_equal_torch(padding: Any) -> None:
    torch: Any = pytest.importorskip("torch")
    torch.set_num_threads(1)
    parameters = BackpropagationParameters(channels=(4, 5), kernels=(5, 3), padding=padding, hidden=(7,), biases=True)
    image = (16, 12)
    shapes, convolutions = parameters.matrices(image, 3), parameters.convolutions(image)
    generator = np.random.default_rng(2)
    flat = (0.3 * generator.standard_normal(parameter_count(shapes, True))).astype(np.float32)
    found = np.zeros_like(flat)
    layers, into = layer_views(flat, shapes, True), layer_views(found, shapes, True)
    images = generator.random((4, *image)).astype(np.float32)
    tensors = [torch.tensor(weights).requires_grad_() for weights in _torch_order(layers, convolutions)]
    values = torch.tensor(images)[:, None]
    for index, shape in enumerate(convolutions):
        weights, bias = tensors[2 * index : 2 * index + 2]
        values = torch.relu(torch.nn.functional.conv2d(values, weights, bias, padding=shape.padding))
        values = torch.nn.functional.avg_pool2d(values, 2)
    hidden = torch.relu(values.flatten(1) @ tensors[4].T + tensors[5])
    outputs = hidden @ tensors[6].T + tensors[7]
    own = outputs_of(layers, images.reshape(4, -1), False, convolutions)
    np.testing.assert_allclose(own, outputs.detach(), rtol=1e-4, atol=1e-5)
    expected = torch.nn.functional.cross_entropy(outputs, torch.tensor(LABELS))
    expected.backward()
    loss, _ = gradients(layers, into, images.reshape(4, -1), LABELS, False, convolutions=convolutions)
    assert loss == pytest.approx(float(expected.detach()), rel=1e-5)
    for gradient, tensor in zip(_torch_order(into, convolutions), tensors, strict=True):
        np.testing.assert_allclose(gradient, tensor.grad, rtol=1e-3, atol=1e-5)


def _torch_order(layers: Any, convolutions: Any) -> list[Any]:
    result = []
    for index, (weights, bias) in enumerate(layers):
        kernel = index < len(convolutions)
        result += [kernel_order(weights, convolutions[index]) if kernel else weights.T.copy(), bias]
    return result


@settings(max_examples=30, deadline=None)
@given(
    kernel=st.sampled_from([1, 3, 5]), padded=st.booleans(), channels=st.integers(1, 3), rows=st.integers(5, 9),
    columns=st.integers(5, 9), pool=st.integers(1, 3), seed=st.integers(0, 99),
)  # fmt: skip
def test_windows_and_pooling_have_their_transposes(
    kernel: int, padded: bool, channels: int, rows: int, columns: int, pool: int, seed: int
) -> None:
    """``<A x, y> = <x, A' y>`` for both linear maps."""
    shape = ConvolutionShape(rows, columns, channels, kernel, kernel // 2 if padded else 0, 2, pool)
    generator = np.random.default_rng(seed)
    images = generator.standard_normal((2, rows, columns, channels))
    windows = windows_of(images, shape)
    assert windows.shape == (2 * shape.places[0] * shape.places[1], shape.window)
    assert windows[0, -1] == images[0, kernel - 1 - shape.padding, kernel - 1 - shape.padding, -1]
    other = generator.standard_normal(windows.shape)
    np.testing.assert_allclose((windows * other).sum(), (images * images_of(other, shape)).sum(), atol=1e-9)
    whole = generator.standard_normal((2, 2 * pool, 3 * pool, channels))
    means = average_pool(whole, pool)
    np.testing.assert_allclose(means[0, 1, 2], whole[0, pool:, 2 * pool :].mean(axis=(0, 1)), atol=1e-12)
    errors = generator.standard_normal(means.shape)
    np.testing.assert_allclose((means * errors).sum(), (whole * spread_over_pool(errors, pool)).sum(), atol=1e-9)


@pytest.mark.parametrize("changes", [{}, {"activation": "clipped_relu", "biases": True}], ids=str)
def test_digits_are_learned_and_converted(digits: tuple[Dataset, Dataset], changes: dict[str, Any]) -> None:
    trained = train_network(digits[0], replace(SMALL, **changes))
    own = trained.accuracy(digits[1])
    few = digits[1].limit(150)
    network, report = convert_trained(trained, digits[0], few, Conversion(steps=60))
    assert own > 0.9 and report.accuracy > trained.accuracy(few) - 0.03
    assert report.ann_accuracy == pytest.approx(trained.accuracy(few), abs=0.007)
    assert [p.shape for p in network.populations] == [
        (1, 8, 8), (6, 8, 8), (6, 4, 4), (8, 4, 4), (8, 2, 2), (20,), (10,)
    ]  # fmt: skip
    ann, images = trained.ann(), pixels(trained.ann(), digits[1])
    np.testing.assert_allclose(forward(ann, images)[-1], trained.outputs(digits[1]), rtol=1e-3, atol=1e-4)


def test_one_seed_one_network(digits: tuple[Dataset, Dataset]) -> None:
    short = replace(SMALL, epochs=1)
    trained = train_network(digits[0], short)
    assert equal(trained, train_network(digits[0], short))
    assert not equal(trained, train_network(digits[0], replace(short, seed=1)))


def test_masks_of_kernels_travel(digits: tuple[Dataset, Dataset], pruned: TrainedNetwork, tmp_path: Path) -> None:
    network, report = convert_trained(pruned, digits[0], digits[1].limit(100), Conversion(steps=50, readout="spikes"))
    save_network(network, tmp_path / "net.h5")
    read = load_network(tmp_path / "net.h5")
    kernels = [p for p in read.projections if isinstance(p.connectivity, Convolution2d)]
    assert [p.weights.values.shape for p in kernels] == [(6, 1, 3, 3), (8, 6, 3, 3)]
    for projection, matrix, mask, shape in zip(kernels, pruned.layers, pruned.masks, pruned.convolutions, strict=False):
        np.testing.assert_array_equal(projection.weights.present(), kernel_order(mask, shape))
        np.testing.assert_array_equal(projection.weights.values, kernel_order(matrix.weights, shape))
        assert not mask.all() and not matrix.weights[~mask].any()
    assert read.stage == "pruned" and read.metadata["training"]["channels"] == [6, 8] and report.accuracy > 0.85


def test_kernels_are_pruned_by_sign(pruned: TrainedNetwork) -> None:
    """The rules act at the end, too: what is left of a sign is at least its threshold times the layer's largest."""
    smallest = [min(abs(w[sign * w > 0]).min() / abs(w).max() for w, _ in pruned.layers[:2]) for sign in (1, -1)]
    assert smallest[0] >= 0.2 > smallest[1] >= 0.1


def test_retrained_kernels_keep_their_minimum_free(digits: tuple[Dataset, Dataset]) -> None:
    trained = train_network(digits[0], SMALL, pruning=ToMinimum(threshold=0.15))
    assert all(mask.all() for mask in trained.masks) and trained.accuracy(digits[1]) > 0.85
    assert all(0.02 < np.mean(layer.weights == 0) < 0.9 for layer in trained.layers)


def test_the_recipe() -> None:
    parameters = parameters_of(load_recipe("mnist-convolutional"))
    assert parameters.matrices((28, 28), 10) == ((25, 8), (200, 16), (256, 100), (100, 10))
    assert [shape.pooled for shape in parameters.convolutions((28, 28))] == [(12, 12), (4, 4)]


class StopError(Exception):
    """Ends a training from outside."""


def test_checkpoints_resume_bit_for_bit(
    digits: tuple[Dataset, Dataset], pruned: TrainedNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, parameters = tmp_path / "net.checkpoint", replace(SMALL, biases=True)

    def save(where: Path, key: str, state: Any) -> None:
        save_checkpoint(where, key, state)
        raise StopError

    monkeypatch.setattr(trainer, "save_checkpoint", save)
    for _ in range(2):
        with pytest.raises(StopError):
            train_network(digits[0], parameters, checkpoint=path, checkpoint_every=1500, resume=True, **PRUNING)
    monkeypatch.undo()
    resumed: list[int] = []
    done = train_network(
        digits[0], parameters, checkpoint=path, resume=True, progress=lambda s: resumed.append(s.resumed_at), **PRUNING
    )
    assert equal(pruned, done) and resumed[0] >= 3000
    with pytest.raises(NeurodeployError, match="ND307"):
        train_network(digits[0], replace(parameters, kernels=(3, 1)), checkpoint=path, resume=True, **PRUNING)


def test_threads_of_blas_change_nothing(digits: tuple[Dataset, Dataset]) -> None:
    from threadpoolctl import threadpool_limits

    found = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            found.append(train_network(digits[0], replace(SMALL, channels=(16, 32), epochs=1), **PRUNING))
    assert equal(*found)


def test_mistakes_are_named(digits: tuple[Dataset, Dataset]) -> None:
    wrongs: tuple[dict[str, Any], ...] = (
        {"channels": (0,)}, {"channels": (4,), "kernels": (4,)}, {"channels": (4, 4), "kernels": (3, 3, 3)},
        {"channels": (4,), "pools": (0,)}, {"kernels": ()}, {"padding": "valid"},
    )  # fmt: skip
    for wrong in wrongs:
        with pytest.raises(NeurodeployError, match=f"ND306.*{list(wrong)[-1]}"):
            BackpropagationParameters(**wrong)
    for wrong, what in (({"kernels": (9,), "padding": "none"}, "larger than"), ({"pools": (3,)}, "8x8.*3x3")):
        with pytest.raises(NeurodeployError, match=f"ND306.*Convolution 1.*{what}"):
            train_network(digits[0], replace(SMALL, **wrong))
