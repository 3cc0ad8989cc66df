"""ONNX files: the same function as onnxruntime's, and refusals that name file and node."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurodeploy.ann import fold, forward, load_ann, load_onnx
from neurodeploy.ann.layers import AveragePool, Convolution, Dense
from neurodeploy.errors import NeurodeployError

onnx = pytest.importorskip("onnx")
helper, numpy_helper, FLOAT = onnx.helper, onnx.numpy_helper, onnx.TensorProto.FLOAT
RNG = np.random.default_rng(7)


def model(nodes: list[Any], stored: dict[str, np.ndarray], shape: tuple[Any, ...], opset: int = 17) -> Any:
    tensors = [numpy_helper.from_array(np.asarray(values), name) for name, values in stored.items()]
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("x", FLOAT, ("N", *shape))],
        [helper.make_tensor_value_info("y", FLOAT, ["N", "M"])], tensors,
    )  # fmt: skip
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def saved(made: Any, tmp_path: Path) -> Path:
    path = tmp_path / "net.onnx"
    path.write_bytes(made.SerializeToString())
    return path


def same_as_onnxruntime(path: Path, images: np.ndarray, *, softmax: bool = False) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    onnxruntime.set_default_logger_severity(3)
    expected = onnxruntime.InferenceSession(path.read_bytes()).run(None, {"x": images})[0]
    ann = load_onnx(path)
    for one in (ann, fold(ann)):
        found = forward(one, images)[-1].reshape(expected.shape)
        if softmax:
            np.testing.assert_array_equal(found.argmax(axis=1), expected.argmax(axis=1))
            found = found - found.max(axis=1, keepdims=True)
            found = np.exp(found) / np.exp(found).sum(axis=1, keepdims=True)
        np.testing.assert_allclose(found, expected, atol=1e-5 * max(1, np.abs(expected).max()))


def f32(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


def node(op: str, inputs: str, output: str, name: str = "", **attributes: Any) -> Any:
    return helper.make_node(op, inputs.split(), [output], name=name or f"{op}_{output}", **attributes)


def test_every_operator_at_once(tmp_path: Path) -> None:
    stored = {
        "mean": np.array([0.1, 0.2], np.float32).reshape(1, 2, 1, 1), "std": np.array([0.5, 0.4], np.float32).reshape(2, 1, 1),
        "w1": f32(6, 1, 3, 3), "b1": f32(6), "gamma": f32(6), "beta": f32(6), "m": f32(6),
        "v": RNG.random(6).astype(np.float32), "w2": f32(4, 6, 3, 2), "b2": f32(4, 1, 1),
        "to": np.array([0, -1]), "w3": f32(64, 7), "b3": f32(7), "w4": f32(10, 7) / 100, "b4": f32(1, 10),
    }  # fmt: skip
    nodes = [
        node("Sub", "x mean", "c"), node("Div", "c std", "n"),
        node("Conv", "n w1 b1", "a", group=2, pads=[1, 2, 0, 1], strides=[1, 1], dilations=[1, 2]),
        node("BatchNormalization", "a gamma beta m v", "bn", epsilon=1e-3), node("Relu", "bn", "r1"),
        helper.make_node("Dropout", ["r1"], ["d1", "mask"], name="drop"), node("Identity", "d1", "d2"),
        node("AveragePool", "d2", "p", kernel_shape=[2, 2], strides=[1, 2], pads=[1, 0, 0, 1], count_include_pad=1),
        node("Identity", "w2", "w2again"),
        node("Conv", "p w2again", "e", auto_pad="SAME_LOWER", strides=[2, 1]), node("Add", "e b2", "f"),
        node("Relu", "f", "r2"), node("MaxPool", "r2", "mp", kernel_shape=[2, 1], strides=[1, 1]),
        node("Reshape", "mp to", "flat"), node("MatMul", "flat w3", "h"), node("Add", "b3 h", "h2"),
        node("Relu", "h2", "r3"), node("Gemm", "r3 w4 b4", "z", transB=1, alpha=0.5, beta=2.0),
        node("Softmax", "z", "y", axis=1),
    ]  # fmt: skip
    images = RNG.random((5, 2, 9, 10)).astype(np.float32)
    made = model(nodes, {**stored, "w3": f32(_flat(nodes, stored, images), 7)}, (2, 9, 10))
    path = saved(made, tmp_path)
    same_as_onnxruntime(path, images, softmax=True)
    assert any("Softmax" in note for note in load_ann(path).notes)


def _flat(nodes: list[Any], stored: dict[str, np.ndarray], images: np.ndarray) -> int:
    """Features behind the flattening, from onnx's own inference of shapes."""
    until = [entry for entry in nodes if entry.output[0] not in ("flat", "h", "h2", "r3", "z", "y")]
    graph = onnx.shape_inference.infer_shapes(model(until, stored, images.shape[1:])).graph
    (found,) = [entry for entry in graph.value_info if entry.name == "mp"]
    return int(np.prod([extent.dim_value for extent in found.type.tensor_type.shape.dim[1:]]))


@pytest.mark.parametrize("mode", ["SAME_UPPER", "SAME_LOWER", "VALID", "NOTSET"])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_automatic_padding(tmp_path: Path, mode: str, stride: int) -> None:
    nodes = [
        node("Conv", "x w", "a", auto_pad=mode, strides=[stride, 1], dilations=[1, 1]), node("Relu", "a", "r"),
        node("MaxPool", "r", "m", kernel_shape=[3, 2], auto_pad=mode), node("GlobalAveragePool", "m", "y"),
    ]  # fmt: skip
    path = saved(model(nodes, {"w": f32(3, 1, 4, 3)}, (1, 11, 9)), tmp_path)
    same_as_onnxruntime(path, f32(4, 1, 11, 9))


def test_constants_as_nodes_and_ceil_mode_where_it_changes_nothing(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Constant", [], ["w"], value=numpy_helper.from_array(f32(2, 1, 3, 3), "w")),
        helper.make_node("Constant", [], ["half"], value_float=0.5),
        node("Conv", "x w", "a"), node("Mul", "half a", "s"), node("Relu", "s", "r"),
        node("AveragePool", "r", "p", kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1), node("Flatten", "p", "y"),
    ]  # fmt: skip
    path = saved(model(nodes, {}, (1, 8, 8)), tmp_path)
    same_as_onnxruntime(path, f32(4, 1, 8, 8))
    assert sum(isinstance(layer, AveragePool) for layer in load_onnx(path).layers) == 1


@pytest.mark.parametrize("keep", [0, 1])
@pytest.mark.parametrize("opset", [17, 18])
def test_a_mean_over_the_image(tmp_path: Path, keep: int, opset: int) -> None:
    axes: dict[str, Any] = {"axes": [-1, 2]} if opset == 17 else {}
    inputs = "r" if opset == 17 else "r over"
    nodes = [node("Conv", "x w", "a"), node("Relu", "a", "r"), node("ReduceMean", inputs, "y", keepdims=keep, **axes)]
    stored = {"w": f32(3, 1, 3, 3), "over": np.array([-1, 2])}
    path = saved(model(nodes, stored, (1, 7, 6), opset), tmp_path)
    same_as_onnxruntime(path, f32(4, 1, 7, 6))


def test_channels_last_input_of_one_channel(tmp_path: Path) -> None:
    nodes = [node("Transpose", "x", "t", perm=[0, 3, 1, 2]), node("Conv", "t w", "c"), node("Flatten", "c", "y")]
    path = saved(model(nodes, {"w": f32(2, 1, 3, 3)}, (5, 5, 1)), tmp_path)
    same_as_onnxruntime(path, f32(2, 5, 5, 1))
    assert load_onnx(path).input_shape == (1, 5, 5)


def test_flat_input_as_an_image(tmp_path: Path) -> None:
    nodes = [node("Reshape", "x to", "i"), node("Conv", "i w", "c"), node("Flatten", "c", "y")]
    stored = {"w": f32(2, 1, 3, 3), "to": np.array([-1, 1, 5, 5])}
    path = saved(model(nodes, stored, (25,)), tmp_path)
    same_as_onnxruntime(path, f32(2, 25))


def test_half_precision_weights(tmp_path: Path) -> None:
    weights = f32(4, 3).astype(np.float16)
    path = saved(model([node("MatMul", "x w", "y")], {"w": weights}, (4,)), tmp_path)
    (layer,) = load_onnx(path).layers
    assert isinstance(layer, Dense)
    np.testing.assert_array_equal(layer.weights, weights.T.astype(np.float32))


def test_an_export_of_torch(tmp_path: Path, trained: Any) -> None:
    torch = pytest.importorskip("torch")
    path = tmp_path / "net.onnx"
    images = f32(3, 1, 8, 8)
    try:
        torch.onnx.export(
            trained, (torch.tensor(images),), str(path), input_names=["x"], dynamo=False,
            dynamic_axes={"x": {0: "batch"}},
        )  # fmt: skip
    except Exception as error:  # an exporter that this torch no longer has, or a package it lacks
        pytest.skip(f"torch cannot export here: {error}")
    same_as_onnxruntime(path, images)
    ann = load_onnx(path)
    with torch.no_grad():
        np.testing.assert_allclose(forward(ann, images)[-1], trained(torch.tensor(images)), atol=1e-4)
    assert isinstance(ann.layers[0], Convolution)


W = {"w": f32(10, 10), "k": f32(2, 1, 3, 3)}
REFUSED: dict[str, tuple[list[Any], dict[str, np.ndarray], tuple[Any, ...], str]] = {
    "an operator": ([node("MatMul", "x w", "a"), node("Sigmoid", "a", "y", "squash")], W, (10,), "'squash'"),
    "a foreign domain": ([helper.make_node("Relu", ["x"], ["y"], name="r", domain="com.me")], W, (10,), "'r'"),
    "a shortcut": ([node("Relu", "x", "a"), node("Add", "a x", "y", "plus")], W, (10,), "'plus'"),
    "twice itself": ([node("Relu", "x", "a"), node("Add", "a a", "y", "plus")], W, (10,), "'plus'"),
    "computed weights": ([node("MatMul", "x v", "y", "mm")], W, (10,), "'mm'"),
    "weights on the left": ([node("MatMul", "w x", "y", "mm")], W, (10,), "first input"),
    "softmax inside": ([node("Softmax", "x", "a"), node("MatMul", "a w", "y", "mm")], W, (10,), "'mm'"),
    "no such value": ([node("MatMul", "x w", "a")], W, (10,), "no node"),
    "an endless loop": ([node("Relu", "x", "a"), node("Relu", "a", "x")], W, (10,), "chain"),
    "a dynamic shape": ([node("Relu", "x", "y")], W, ("H", 4, 4), "'H'"),
    "one dimension": ([node("Conv", "x v", "y", "c")], {"v": f32(2, 1, 3)}, (1, 4, 4), "2-D"),
    "an image into a matrix": ([node("Gemm", "x w", "y", "g")], W, (1, 5, 2), "Flatten before it"),
    "sizes that differ": ([node("Gemm", "x w", "y", "g")], W, (9,), "takes 10 inputs, it gets 9".replace("takes", "take")),
    "channels that differ": ([node("Conv", "x k", "y", "c")], W, (3, 5, 5), "'c'"),
    "padding left out of the mean": (
        [node("AveragePool", "x", "y", "p", kernel_shape=[2, 2], pads=[1, 1, 1, 1])], W, (1, 5, 5), "count_include_pad"),
    "rounding up": (
        [node("AveragePool", "x", "y", "p", kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)], W, (1, 5, 5), "ceil_mode"),
    "training mode": (
        [node("BatchNormalization", "x o o o o", "y", "b", training_mode=1)], {"o": np.ones(1, np.float32)}, (1, 5, 5), "eval"),
    "values that move": ([node("Transpose", "x", "y", "t", perm=[0, 2, 3, 1])], W, (3, 5, 5), "'t'"),
    "a strange shape": ([node("Reshape", "x to", "y", "s")], {"to": np.array([-1, 5])}, (1, 5, 5), "[-1, 25]"),
    "a padding without end": ([node("Conv", "x k", "y", "c", pads=[2**40, 0, 0, 0])], W, (1, 5, 5), "padding"),
    "a dilation without end": ([node("Conv", "x k", "y", "c", dilations=[2**40, 1])], W, (1, 5, 5), "larger than its input"),
    "no stride": ([node("Conv", "x k", "y", "c", strides=[0, 1], auto_pad="SAME_UPPER")], W, (1, 5, 5), "auto_pad"),
    "pads of another rank": ([node("Conv", "x k", "y", "c", pads=[1, 1])], W, (1, 5, 5), "pads"),
    "an unknown padding": ([node("Conv", "x k", "y", "c", auto_pad="SOME")], W, (1, 5, 5), "'SOME'"),
    "division by zero": ([node("Div", "x z", "y", "d")], {"z": np.array([0], np.float32)}, (4,), "'d'"),
    "a full operand": ([node("Add", "x f", "y", "a")], {"f": f32(1, 5, 5)}, (1, 5, 5), "'a'"),
    "weights that are no numbers": ([node("Gemm", "x w b", "y", "g")], {**W, "b": np.array([float("nan")] * 10, np.float32)}, (10,), "NaN"),
    "a mean over channels": ([node("ReduceMean", "x", "y", "mean", axes=[1])], W, (3, 5, 5), "'mean'"),
    "texts for weights": ([node("MatMul", "x s", "y", "g")], {"s": np.array([["a"]], object)}, (1,), "'g'"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_converted_is_refused_by_name(tmp_path: Path, case: str) -> None:
    nodes, stored, shape, needle = REFUSED[case]
    path = saved(model(nodes, stored, shape), tmp_path)
    with pytest.raises(NeurodeployError) as error:
        load_onnx(path)
    assert error.value.code in ("ND140", "ND141", "ND142")
    assert str(path) in str(error.value) and needle in str(error.value), str(error.value)


def test_unknown_operators_name_the_allowed_ones(tmp_path: Path) -> None:
    path = saved(model([node("LSTM", "x w w", "y", "memory")], W, (10,)), tmp_path)
    with pytest.raises(NeurodeployError, match=r"'memory' is of the operator 'LSTM'.*Allowed:.*Conv.*Relu"):
        load_onnx(path)


def test_weights_in_other_files_are_refused(tmp_path: Path) -> None:
    made = model([node("MatMul", "x w", "y")], W, (10,))
    onnx.save_model(made, tmp_path / "net.onnx", save_as_external_data=True, location="w.bin", size_threshold=0)
    with pytest.raises(NeurodeployError, match=r"ND140.*'w' is kept in another file"):
        load_onnx(tmp_path / "net.onnx")


def test_files_that_are_no_model(tmp_path: Path) -> None:
    good = model([node("MatMul", "x w", "y")], W, (10,)).SerializeToString()
    for content in (
        b"",
        b"\x00" * 100,
        b"text, not a model\n",
        good[: len(good) // 2],
        good[:-3],
        good[5:],
        b"\x0a\x05hi",
    ):
        (tmp_path / "bad.onnx").write_bytes(content)
        with pytest.raises(NeurodeployError, match=r"ND14[01].*bad\.onnx"):
            load_onnx(tmp_path / "bad.onnx")
    with pytest.raises(NeurodeployError, match="ND101"):
        load_onnx(tmp_path / "none.onnx")
    with pytest.raises(NeurodeployError, match="ND10"):
        load_onnx(tmp_path)


def test_damaged_bytes_never_end_in_a_traceback(tmp_path: Path) -> None:
    stored = {"w": f32(2, 1, 3, 3), "b": f32(2), "g": f32(10, 32)}
    nodes = [
        node("Conv", "x w b", "a", pads=[1, 1, 1, 1]), node("Relu", "a", "r"), node("Flatten", "r", "f"),
        node("Gemm", "f g", "y", transB=1),
    ]  # fmt: skip
    good = bytearray(model(nodes, stored, (1, 4, 4)).SerializeToString())
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(600):
        content = bytearray(good)
        for place in rng.integers(0, len(content), rng.integers(1, 4)):
            content[place] = rng.integers(256)
        (tmp_path / "bad.onnx").write_bytes(content)
        try:
            load_onnx(tmp_path / "bad.onnx")
        except NeurodeployError:
            refused += 1
    assert refused > 20


def test_a_tensor_that_lies_about_its_size(tmp_path: Path) -> None:
    made = model([node("MatMul", "x w", "y")], W, (10,))
    made.graph.initializer[0].dims[:] = [2**40, 10]
    with pytest.raises(NeurodeployError, match=r"ND140.*'w'"):
        load_onnx(saved(made, tmp_path))


def test_without_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(model([node("MatMul", "x w", "y")], W, (10,)), tmp_path)
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    with pytest.raises(NeurodeployError, match=r"ND601.*'onnx'.*neurodeploy\[ann\]"):
        load_onnx(path)


def test_other_endings(tmp_path: Path) -> None:
    with pytest.raises(NeurodeployError, match="ND140"):
        load_ann(tmp_path / "net.pt")
    with pytest.raises(NeurodeployError, match="ND143"):
        load_ann(tmp_path / "net.onnx", "input 4; dense")
