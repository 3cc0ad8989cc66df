"""A small convolutional network trained on digits by torch in a few seconds, with batch normalisation and two poolings."""

from __future__ import annotations

from typing import Any

import pytest

from neurodeploy.datasets import Dataset, load_dataset


@pytest.fixture(scope="session")
def digits() -> tuple[Dataset, Dataset]:
    train, test = load_dataset("digits", "train"), load_dataset("digits", "test")
    assert isinstance(train, Dataset) and isinstance(test, Dataset)
    return train, test


@pytest.fixture(scope="session")
def trained(digits: tuple[Dataset, Dataset]) -> Any:
    """A ``torch.nn.Sequential`` in evaluation mode; its input is pixels from 0 to 1."""
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    torch.set_num_threads(2)
    nn = torch.nn
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.AvgPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(64, 10),
    )  # fmt: skip
    images = torch.tensor(digits[0].images / 16.0, dtype=torch.float32).reshape(-1, 1, 8, 8)
    labels = torch.tensor(digits[0].labels)
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    for _ in range(12):
        for chosen in torch.randperm(len(images)).split(64):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(images[chosen]), labels[chosen]).backward()
            optimizer.step()
    return model.eval()
