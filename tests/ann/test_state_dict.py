"""Tensors of a state_dict under an architecture: the same function as torch's, and misfits that name tensor and shape."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurodeploy.ann import fold, forward, load_ann, load_state_dict
from neurodeploy.ann.architecture import load_architecture, parse_architecture
from neurodeploy.ann.layers import Convolution, Dense
from neurodeploy.errors import NeurodeployError

safetensors = pytest.importorskip("safetensors")
save = pytest.importorskip("safetensors.numpy").save_file
RNG = np.random.default_rng(1)
OF_TRAINED = (
    "input 1x8x8; conv 3 padding 1; batch_norm; relu; average_pool 2; conv 3 padding 1; relu; average_pool 2; "
    "flatten; dense 10"
)


def f32(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


def saved(tmp_path: Path, tensors: dict[str, np.ndarray], metadata: dict[str, str] | None = None) -> Path:
    save(tensors, tmp_path / "net.safetensors", metadata)
    return tmp_path / "net.safetensors"


MLP = {"0.weight": f32(6, 4), "0.bias": f32(6), "2.weight": f32(3, 6), "2.bias": f32(3)}
MLP_TEXT = "input 4; dense 6; relu; dense 3; softmax"


def test_a_trained_network_equals_torch(tmp_path: Path, trained: Any) -> None:
    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file

    save_file(trained.state_dict(), tmp_path / "net.safetensors")
    images = RNG.random((4, 1, 8, 8), dtype=np.float32)
    ann = load_ann(tmp_path / "net.safetensors", OF_TRAINED)
    with torch.no_grad():
        expected = trained(torch.tensor(images)).numpy()
    for one in (ann, fold(ann)):
        np.testing.assert_allclose(forward(one, images)[-1], expected, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("kind", ["bfloat16", "float16", "float64"])
def test_other_floating_point_types(tmp_path: Path, kind: str) -> None:
    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file

    weights = torch.randn(3, 4).to(getattr(torch, kind))
    save_file({"fc.weight": weights}, tmp_path / "net.safetensors")
    (layer,) = load_state_dict(tmp_path / "net.safetensors", "input 4; dense").layers
    assert isinstance(layer, Dense) and layer.weights.dtype == np.float32
    np.testing.assert_array_equal(layer.weights, weights.to(torch.float32).numpy())


def test_every_entry(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file

    nn = torch.nn
    torch.manual_seed(3)
    model = nn.Sequential(
        nn.Conv2d(2, 4, (3, 2), stride=(2, 1), padding=(1, 0), dilation=(1, 2), groups=2, bias=False),
        nn.BatchNorm2d(4, eps=0.01, affine=False), nn.ReLU(), nn.MaxPool2d(3, 1, padding=1), nn.Dropout(0.5),
        nn.AvgPool2d((2, 1), (1, 2), (1, 0)), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.BatchNorm1d(4), nn.Linear(4, 5),
    ).eval()  # fmt: skip
    save_file(model.state_dict(), tmp_path / "net.safetensors")
    text = """
        input 2x9x8
        conv 3x2 stride 2x1 padding 1x0 dilation 1x2 groups 2
        batch_norm epsilon 0.01; relu; max_pool 3 stride 1 padding 1; dropout 0.5
        average_pool 2x1 stride 1x2 padding 1x0; global_average_pool; flatten; batch_norm; dense 5; softmax
    """
    ann = load_state_dict(tmp_path / "net.safetensors", text)
    images = f32(3, 2, 9, 8)
    with torch.no_grad():
        expected = model(torch.tensor(images)).numpy()
    np.testing.assert_allclose(forward(ann, images)[-1], expected, atol=1e-5)
    assert any("softmax" in note for note in ann.notes)


def test_modules_are_taken_in_the_order_of_their_numbers_and_kinds(tmp_path: Path) -> None:
    tensors = {f"classifier.{i}.weight": np.full((2, 2), i, np.float32) for i in (9, 10, 2)}
    tensors |= {f"features.{i}.weight": np.full((1, 1, 1, 1), i, np.float32) for i in (11, 3)}
    text = "input 1x1x2; conv; conv; flatten; dense; dense; dense"
    layers = load_state_dict(saved(tmp_path, tensors), text).layers
    assert [layer.name for layer in layers if not isinstance(layer, Dense | Convolution)] == ["flatten_3"]
    names = [layer.name for layer in layers if isinstance(layer, Dense | Convolution)]
    assert names == ["features.3", "features.11", "classifier.2", "classifier.9", "classifier.10"]


def test_names_that_sort_otherwise(tmp_path: Path) -> None:
    tensors = {"hidden.weight": f32(4, 4), "enter.weight": f32(4, 4), "out.weight": f32(4, 4)}
    text = "input 4; dense; dense; dense"
    assert [layer.name for layer in load_state_dict(saved(tmp_path, tensors), text).layers] == [
        "enter",
        "hidden",
        "out",
    ]
    text = "input 4; dense from out; dense; dense from enter"
    assert [layer.name for layer in load_state_dict(saved(tmp_path, tensors), text).layers] == [
        "out",
        "hidden",
        "enter",
    ]
    path = saved(tmp_path, tensors, {"order": "out enter hidden", "architecture": "input 4; dense; dense; dense"})
    assert [layer.name for layer in load_state_dict(path).layers] == ["out", "enter", "hidden"]
    with pytest.raises(NeurodeployError, match="ND142.*order"):
        load_state_dict(saved(tmp_path, tensors, {"order": "out"}), text)


def test_toml(tmp_path: Path) -> None:
    (tmp_path / "net.toml").write_text("layers = " + json.dumps(MLP_TEXT.split("; ")))
    ann = load_state_dict(saved(tmp_path, MLP), tmp_path / "net.toml")
    assert len(ann.layers) == 3 and ann.input_shape == (4,)
    assert load_architecture(str(tmp_path / "net.toml")).entries[0].extents == (6,)
    for content in ("layers = 3", "layers = [1]", "input = 3", "= broken", 'layers = ["dense"]'):
        (tmp_path / "net.toml").write_text(content)
        with pytest.raises(NeurodeployError, match=r"ND143.*net\.toml"):
            load_architecture(tmp_path / "net.toml")
    with pytest.raises(NeurodeployError, match="ND101"):
        load_architecture("nowhere.toml")


@pytest.mark.parametrize(
    ("text", "needles"),
    [
        ("input 5; dense 6; relu; dense 3", ["'0'", "(6, 4)", "4 inputs", "gets 5"]),
        ("input 4; dense 7; relu; dense 3", ["0.weight", "(6, 4)", "7 outputs"]),
        ("input 4; dense; relu", ["2.weight", "(3, 6)", "no layer"]),
        ("input 4; dense; relu; dense; dense", ["no more", "Left: none"]),
        ("input 4; conv 3; relu; dense", ["'conv'", "'0' (6, 4)"]),
        ("input 4; batch_norm; dense", ["'batch_norm'"]),
        ("input 4; dense from 7; dense", ["'7'", "'2' (3, 6)"]),
        ("input 4; dense from 2; dense", ["'2'", "gets 4"]),
        ("input 4; average_pool 2; dense; dense", ["images"]),
        ("input 4; global_average_pool; dense; dense", ["images"]),
        ("input 1x2x2; dense; dense", ["flat"]),
    ],
)
def test_tensors_that_do_not_fit(tmp_path: Path, text: str, needles: list[str]) -> None:
    path = saved(tmp_path, MLP)
    with pytest.raises(NeurodeployError) as error:
        load_state_dict(path, text)
    assert error.value.code == "ND142" and str(path) in str(error.value)
    for needle in needles:
        assert needle in str(error.value), str(error.value)


@pytest.mark.parametrize(
    ("tensors", "needles"),
    [
        ({"a.weight": f32(3, 4), "a.bias": f32(4)}, ["a.weight", "(3, 4)", "(4,)"]),
        ({"a.weight": f32(3, 4, 2)}, ["a.weight", "(3, 4, 2)"]),
        ({"a.weight_ih": f32(3, 4)}, ["'a.weight_ih'", "(3, 4)"]),
        ({"a.bias": f32(3)}, ["a.bias", "(3,)"]),
        ({"weights": f32(3, 4)}, ["'weights'"]),
        ({"a.weight": f32(3, 4) * np.nan}, ["'a'", "12"]),
        ({"a.weight": np.zeros((0, 4), np.float32)}, ["'a'", "(0, 4)"]),
    ],
)
def test_tensors_of_no_layer(tmp_path: Path, tensors: dict[str, np.ndarray], needles: list[str]) -> None:
    with pytest.raises(NeurodeployError) as error:
        load_state_dict(saved(tmp_path, tensors), "input 4; dense")
    assert error.value.code == "ND142"
    for needle in (*needles, "net.safetensors"):
        assert needle in str(error.value), str(error.value)


def test_convolutions_that_do_not_fit(tmp_path: Path) -> None:
    path = saved(tmp_path, {"c.weight": f32(4, 1, 3, 3)})
    for text, needle in [
        ("conv 5", "kernel of (5, 5)"),
        ("conv 3 groups 3", "3 groups"),
        ("conv 3 padding 3", "padding"),
    ]:
        with pytest.raises(NeurodeployError, match="ND142") as error:
            load_state_dict(path, f"input 1x8x8; {text}")
        assert needle in str(error.value)
    with pytest.raises(NeurodeployError, match=r"ND142.*larger than its input"):
        load_state_dict(path, "input 1x2x2; conv")


@pytest.mark.parametrize(
    ("text", "needle"),
    [
        ("", "input"), ("dense 3", "input"), ("input", "input FEATURES"), ("input 3x4; dense", "CHANNELSxHEIGHTxWIDTH"),
        ("input 0; dense", "input FEATURES"), ("input 4", "no layer"), ("input 4; lstm", "no layer 'lstm'"),
        ("input 4; relu 3", "'3'"), ("input 4; dense 3 stride 2", "'stride'"), ("input 4; conv 3x3x3", "extent"),
        ("input 4; conv 3 stride", "'stride' has no value"), ("input 4; conv 3 stride two", "'two'"),
        ("input 4; conv 3 stride 0", "'0'"), ("input 4; conv 3 groups 2x2", "groups"), ("input 4; max_pool", "kernel"),
        ("input 4; conv 3 stride 2 stride 2", "twice"), ("input 4; batch_norm epsilon zero", "epsilon"),
        ("input 99999999999; dense", "input"), ("input 4; softmax; dense; dense", "last"),
    ],
)  # fmt: skip
def test_texts_that_are_no_architecture(tmp_path: Path, text: str, needle: str) -> None:
    with pytest.raises(NeurodeployError, match="ND143") as error:
        load_state_dict(saved(tmp_path, MLP), text)
    assert needle in str(error.value), str(error.value)


def test_an_architecture_is_needed(tmp_path: Path) -> None:
    with pytest.raises(NeurodeployError, match=r"ND143.*--architecture"):
        load_state_dict(saved(tmp_path, MLP))
    path = saved(tmp_path, MLP, {"architecture": "input 4; nothing"})
    with pytest.raises(NeurodeployError, match=r"ND143.*net\.safetensors.*'nothing'"):
        load_state_dict(path)
    assert parse_architecture(MLP_TEXT).where == "architecture"


def test_damaged_files(tmp_path: Path) -> None:
    good = saved(tmp_path, MLP).read_bytes()
    path = tmp_path / "bad.safetensors"
    rng = np.random.default_rng(0)
    contents = [b"", b"\xff" * 8, b"text", good[:20], good[:-1], good + b"x", (2**63).to_bytes(8, "little") + good[8:]]
    for _ in range(300):
        damaged = bytearray(good)
        damaged[rng.integers(0, 400)] = rng.integers(256)
        contents.append(bytes(damaged))
    refused = 0
    for content in contents:
        path.write_bytes(content)
        try:
            load_state_dict(path, MLP_TEXT)
        except NeurodeployError as error:
            assert "bad.safetensors" in str(error)  # noqa: PT017
            refused += 1
    assert refused > 100
    with pytest.raises(NeurodeployError, match="ND101"):
        load_state_dict(tmp_path / "none.safetensors", MLP_TEXT)


def test_types_that_are_not_numbers_of_weights(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file

    save_file({"a.weight": torch.zeros(3, 4).to(torch.float8_e5m2)}, tmp_path / "net.safetensors")
    with pytest.raises(NeurodeployError, match=r"ND142.*'a\.weight' \(3, 4\).*F8"):
        load_state_dict(tmp_path / "net.safetensors", "input 4; dense")


def test_without_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path, MLP)
    monkeypatch.setitem(__import__("sys").modules, "safetensors", None)
    with pytest.raises(NeurodeployError, match=r"ND601.*'safetensors'.*neurodeploy\[ann\]"):
        load_state_dict(path, MLP_TEXT)
