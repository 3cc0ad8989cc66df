"""The numpy arithmetic equals torch's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurodeploy.ann.arithmetic import apply, forward, layer_by_layer, predict
from neurodeploy.ann.layers import Ann, AveragePool, Convolution, Dense, Flatten, MaxPool, ReLU
from neurodeploy.errors import NeurodeployError

torch = pytest.importorskip("torch")
functional = torch.nn.functional


def close(found: np.ndarray, expected: Any) -> None:
    expected = np.asarray(expected)
    assert found.shape == expected.shape and found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-5 * max(1.0, np.abs(expected).max()))


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_convolution_equals_torch(data: st.DataObject) -> None:
    whole = lambda least, most: data.draw(st.integers(least, most))  # noqa: E731
    groups, kernel = whole(1, 3), (whole(1, 4), whole(1, 4))
    inputs, outputs = groups * whole(1, 3), groups * whole(1, 3)
    stride, dilation = (whole(1, 3), whole(1, 3)), (whole(1, 2), whole(1, 2))
    pads = tuple((whole(0, (k - 1) * d), whole(0, (k - 1) * d)) for k, d in zip(kernel, dilation, strict=True))
    room = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    shape = (whole(1, 3), inputs, room[0] + whole(0, 5), room[1] + whole(0, 5))
    rng = np.random.default_rng(whole(0, 2**31))
    images = rng.normal(size=shape).astype(np.float32)
    weights = rng.normal(size=(outputs, inputs // groups, *kernel)).astype(np.float32)
    bias = rng.normal(size=outputs).astype(np.float32)
    layer = Convolution("c", weights, bias, stride, (pads[0], pads[1]), dilation, groups)
    padded = functional.pad(torch.tensor(images), (*pads[1], *pads[0]))
    expected = functional.conv2d(
        padded, torch.tensor(weights), torch.tensor(bias), stride, 0, dilation, groups
    )  # torch pads symmetrically only
    found = apply(layer, images)
    close(found, expected)
    assert layer.output_shape(shape[1:]) == found.shape[1:]


@given(data=st.data())
@settings(max_examples=80, deadline=None)
def test_pooling_equals_torch(data: st.DataObject) -> None:
    whole = lambda least, most: data.draw(st.integers(least, most))  # noqa: E731
    kernel = (whole(1, 4), whole(1, 4))
    stride, pads = (whole(1, 4), whole(1, 4)), (whole(0, kernel[0] // 2), whole(0, kernel[1] // 2))
    shape = (2, whole(1, 3), kernel[0] + whole(0, 6), kernel[1] + whole(0, 6))
    images = np.random.default_rng(whole(0, 2**31)).normal(size=shape).astype(np.float32)
    padding = ((pads[0], pads[0]), (pads[1], pads[1]))
    average = AveragePool("p", kernel, stride, padding)
    close(apply(average, images), functional.avg_pool2d(torch.tensor(images), kernel, stride, pads))
    close(apply(MaxPool("p", kernel, stride, padding), images), functional.max_pool2d(torch.tensor(images), kernel, stride, pads))  # fmt: skip
    assert average.output_shape(shape[1:]) == apply(average, images).shape[1:]


def test_a_bias_per_output() -> None:
    bias = np.arange(8.0).reshape(2, 2, 2)
    layer = Convolution("c", np.zeros((2, 1, 2, 2)), bias)
    np.testing.assert_array_equal(apply(layer, np.ones((1, 1, 3, 3), np.float32))[0], bias)


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    layers = (
        Convolution("c", rng.normal(size=(4, 1, 3, 3)), rng.normal(size=4)), ReLU("r"), Flatten("f"),
        Dense("d", rng.normal(size=(3, 4 * 36)), rng.normal(size=3)),
    )  # fmt: skip
    ann = Ann(layers, (1, 8, 8))
    images = rng.random((7, 64), dtype=np.float32)
    whole = forward(ann, images)
    monkeypatch.setattr("neurodeploy.ann.arithmetic._CHUNK_BYTES", 1)
    for one, other in zip(whole, layer_by_layer(ann, images), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    np.testing.assert_array_equal(predict(ann, images), whole[-1].argmax(axis=1))
    assert predict(ann, images[:0]).shape == (0,)


@pytest.mark.parametrize(
    ("layer", "needle"),
    [
        (lambda: Dense("fc", np.zeros((3, 4)), np.zeros(2)), "bias"),
        (lambda: Dense("fc", np.full((3, 4), np.nan), np.zeros(3)), "12 of its weights are NaN"),
        (lambda: Dense("fc", np.full((3, 4), 1e300), np.zeros(3)), "NaN or infinite"),
        (lambda: Convolution("c", np.zeros((3, 4)), np.zeros(3)), "(3, 4)"),
        (lambda: Convolution("c", np.zeros((3, 1, 2, 2)), np.zeros(3), groups=2), "3 output channels"),
        (lambda: Convolution("c", np.zeros((3, 1, 2, 2)), np.zeros(3), (0, 1)), "stride"),
        (lambda: Convolution("c", np.zeros((3, 1, 2, 2)), np.zeros(3), padding=((2, 0), (0, 0))), "padding"),
        (lambda: AveragePool("p", (2, 2), (2, 2), ((10**9, 0), (0, 0))), "padding"),
    ],
)
def test_malformed_layers(layer: Any, needle: str) -> None:
    with pytest.raises(NeurodeployError, match="ND142") as error:
        layer()
    assert needle in str(error.value)


def test_layers_that_do_not_fit_name_the_layer_and_the_file() -> None:
    ann = Ann(
        (Dense("fc1", np.zeros((3, 4)), np.zeros(3)), Dense("fc2", np.zeros((2, 4)), np.zeros(2))), (4,), "net.onnx"
    )
    with pytest.raises(NeurodeployError) as error:
        ann.shapes()
    assert error.value.code == "ND142" and "'net.onnx'" in str(error.value) and "'fc2'" in str(error.value)
