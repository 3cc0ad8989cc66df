"""Trained ReLU networks as integrate-and-fire networks: accuracy before and after, by steps, input and balancing.

    python benchmarks/ann_conversion.py [--images 20000] [--samples 1000]

A dense network (784-256-10) and a convolutional one (two convolutions with batch norm, average pooling) are trained on MNIST
by PyTorch for one epoch and exported, the first as safetensors, the second as ONNX; both are then converted.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from tables import print_markdown
from torch import nn

from neurodeploy.ann import Conversion, convert, load_ann
from neurodeploy.datasets import load_images

DENSE = "input 1x28x28; flatten; dense; relu; dense"
STEPS = (5, 10, 20, 50, 100)


def trained(model: nn.Module, images: int) -> nn.Module:
    """One epoch of Adam."""
    data = load_images("mnist", "train").limit(images)
    pictures = torch.tensor(data.images / 255, dtype=torch.float32).reshape(-1, 1, 28, 28)
    labels = torch.tensor(data.labels)
    optimizer = torch.optim.Adam(model.parameters(), 2e-3)
    for batch in torch.randperm(len(data)).split(100):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(pictures[batch]), labels[batch]).backward()
        optimizer.step()
    return model.eval()


def models(folder: Path, images: int) -> dict[str, tuple[Path, str | None]]:
    """Files of both networks, with the architecture that a state_dict needs."""
    torch.manual_seed(0)
    dense = trained(nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10)), images)
    save_file(dense.state_dict(), folder / "dense.safetensors")
    convolutional = trained(
        nn.Sequential(
            nn.Conv2d(1, 12, 5, padding=2), nn.BatchNorm2d(12), nn.ReLU(), nn.AvgPool2d(2), nn.Conv2d(12, 24, 3), nn.ReLU(),
            nn.AvgPool2d(2), nn.Flatten(), nn.Linear(24 * 36, 10),
        ),
        images,
    )  # fmt: skip
    torch.onnx.export(convolutional, torch.zeros(1, 1, 28, 28), folder / "convolutional.onnx", dynamo=False)
    return {
        "784-256-10, safetensors": (folder / "dense.safetensors", DENSE),
        "convolutional, ONNX": (folder / "convolutional.onnx", None),
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--samples", type=int, default=1000)
    chosen = parser.parse_args()
    train, test = load_images("mnist", "train"), load_images("mnist", "test").limit(chosen.samples)
    variants: dict[str, Any] = {
        "constant input": Conversion(steps=100),
        "constant input, v_init 0.5": Conversion(steps=100, initial_potential=0.5),
        "constant input, reset to zero": Conversion(steps=100, reset="value"),
        "Poisson input, 900 Hz": Conversion(steps=100, input="poisson", maximum_rate_hz=900.0),
    }
    with tempfile.TemporaryDirectory() as folder:
        rows = []
        for name, (path, architecture) in models(Path(folder), chosen.images).items():
            ann = load_ann(path, architecture)
            for label, options in variants.items():
                started = time.perf_counter()
                _, report = convert(ann, train, test, replace(options, seed=1))
                by_step = [f"{100 * report.accuracy_by_step[step - 1]:.1f}" for step in STEPS]
                rows.append(
                    [name, label, f"{100 * report.ann_accuracy:.1f}", *by_step, f"{time.perf_counter() - started:.0f}"]
                )
        print_markdown(["network", "conversion", "ReLU %", *(f"{step} steps" for step in STEPS), "s"], rows)


if __name__ == "__main__":
    main()
