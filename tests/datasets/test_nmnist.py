"""N-MNIST in both layouts, and damage."""

from pathlib import Path

import numpy as np
import pytest

from neurodeploy.datasets import EventDataset, load_dataset, load_images, sizes
from neurodeploy.errors import NeurodeployError


def write_event(x: int, y: int, polarity: int, microseconds: int) -> bytes:
    """Five bytes as N-MNIST's files hold them (Orchard et al. 2015)."""
    packed = (x << 32) | (y << 24) | (polarity << 23) | microseconds
    return packed.to_bytes(5, "big")


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    for split, label, name, events in (
        ("Train", 3, "00001", [(1, 2, 1, 70_000)]),
        ("Test", 7, "00001", [(33, 0, 0, 5), (0, 33, 1, 2**23 - 1)]),
        ("Test", 2, "00002", [(4, 5, 1, 6)]),
    ):
        folder = tmp_path / "nmnist" / split / str(label)
        folder.mkdir(parents=True)
        (folder / f"{name}.bin").write_bytes(b"".join(write_event(*event) for event in events))
    return tmp_path


def test_published_folders(folders: Path) -> None:
    found = load_dataset("nmnist", "test", folders)
    assert isinstance(found, EventDataset)
    assert found.labels.tolist() == [7, 2] and found.offsets.tolist() == [0, 2, 3]
    assert found.neurons.tolist() == [33, (1 * 34 + 33) * 34, (1 * 34 + 5) * 34 + 4]
    assert found.microseconds.tolist() == [5, 2**23 - 1, 6] and found.size == 2 * 34 * 34
    assert load_dataset("nmnist", "train", folders).labels.tolist() == [3]


def test_packed_file(tmp_path: Path) -> None:
    arrays = {
        "x": [1, 2],
        "y": [3, 4],
        "p": [0, 1],
        "t": [10, 20],
        "offsets": [0, 1, 2],
        "labels": [9, 8],
        "mnist_index": [1, 2],
    }
    np.savez(tmp_path / "nmnist_two.npz", **{f"test_{name}": np.array(values) for name, values in arrays.items()})
    found = load_dataset("nmnist", "test", tmp_path)
    assert isinstance(found, EventDataset) and found.neurons.tolist() == [3 * 34 + 1, (34 + 4) * 34 + 2]
    with pytest.raises(NeurodeployError, match="ND301"):
        load_dataset("nmnist", "train", tmp_path)


def test_damage_is_named(folders: Path) -> None:
    damaged = folders / "nmnist" / "Test" / "2" / "00002.bin"
    damaged.write_bytes(b"1234567")
    with pytest.raises(NeurodeployError, match=r"ND301.*00002\.bin.*7 bytes"):
        load_dataset("nmnist", "test", folders)
    damaged.write_bytes(write_event(200, 5, 1, 6))
    with pytest.raises(NeurodeployError, match="ND301.*outside 34 x 34"):
        load_dataset("nmnist", "test", folders)


def test_what_needs_images_refuses_events(folders: Path) -> None:
    with pytest.raises(NeurodeployError, match="ND305.*recorded events"):
        load_images("nmnist", "test", folders)


def test_sizes_are_of_what_is_there(folders: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert sizes("nmnist", folders) == (1, 2)
    packed = tmp_path_factory.mktemp("packed")
    np.savez(packed / "nmnist_few.npz", train_labels=np.zeros(7), test_labels=np.zeros(3))
    assert sizes("nmnist", packed) == (7, 3)
    np.savez(packed / "nmnist_few.npz", train_labels=np.zeros(7))
    with pytest.raises(NeurodeployError, match="ND301"):
        sizes("nmnist", packed)
