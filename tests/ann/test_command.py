"""neurodeploy import-ann: from a model file to a network file and a table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import call

from neurodeploy.datasets import Dataset
from neurodeploy.network import load_network

save = pytest.importorskip("safetensors.numpy").save_file
TEXT = "input 64; dense 20; relu; dense 10; softmax"


@pytest.fixture(scope="module")
def model(digits: tuple[Dataset, Dataset], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trained by scikit-learn on the raw values, 0 to 16."""
    from sklearn.neural_network import MLPClassifier

    train = digits[0]
    trained: Any = MLPClassifier((20,), max_iter=40, random_state=0, learning_rate_init=0.01)
    trained.fit(train.images, train.labels)
    tensors = {}
    for index in (0, 1):
        tensors[f"fc{index}.weight"] = np.ascontiguousarray(trained.coefs_[index].T, np.float32)
        tensors[f"fc{index}.bias"] = trained.intercepts_[index].astype(np.float32)
    path = tmp_path_factory.mktemp("model") / "net.safetensors"
    save(tensors, path)
    return path


def test_a_network_and_a_table(model: Path, tmp_path: Path) -> None:
    output = tmp_path / "net.h5"
    arguments = [
        "import-ann", model, "--data", "digits", "--architecture", TEXT, "--std", "0.0625", "--limit", "200", "-o", output,
    ]  # fmt: skip
    result = call(*arguments, "--steps", "50", "--percentile", "99.5")
    assert result.code == 0, result
    for needle in ("dense_1", "output", "network as it was", "spiking, 50 steps", "softmax at the end left out"):
        assert needle in result.out, result.out
    assert load_network(output).metadata["history"][0]["options"]["percentile"] == 99.5
    shown = json.loads(call(*arguments, "--json").out)
    assert shown["samples"] == 200 and len(shown["accuracy_by_step"]) == 100
    assert shown["ann_accuracy"] > 0.9 and shown["accuracy"] > shown["ann_accuracy"] - 0.03


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"--data": "letters"}, "ND302"), ({"--data": "digits", "--percentile": "0"}, "ND240"), ({"--std": "0"}, "ND240"),
        ({"--architecture": "input 64; lstm"}, "ND143"), ({"--architecture": "input 63; dense; relu; dense"}, "ND142"),
        ({"--architecture": "none.toml"}, "ND101"), ({"-o": "nowhere/net.h5"}, "ND101"), ({"MODEL": "none.onnx"}, "ND1"),
        ({"MODEL": "net.pt"}, "ND140"), ({"MODEL": "none.safetensors"}, "ND101"),
    ],
    ids=str,
)  # fmt: skip
def test_errors_are_one_line(model: Path, tmp_path: Path, changes: dict[str, str], code: str) -> None:
    options = {"--data": "digits", "--architecture": TEXT, "-o": str(tmp_path / "net.h5")} | changes
    path = options.pop("MODEL", str(model))
    if path.endswith(".onnx"):
        options.pop("--architecture")
    result = call("import-ann", path, *(part for option in options.items() for part in option))
    assert result.code == 1 and result.err.startswith(code) and "Traceback" not in result.err, result
    assert list(tmp_path.iterdir()) == []


def test_wrong_usage(model: Path) -> None:
    for arguments in (["--data", "digits"], ["--data", "digits", "--mean", "grey", "-o", "x.h5"], ["-o", "x.h5"]):
        result = call("import-ann", model, *arguments)
        assert result.code == 2 and "Traceback" not in result.err
