"""N-MNIST (Orchard et al. 2015): handwritten digits seen by an event camera of 34 x 34 pixels and two polarities.

Two layouts are read: the published folders ``Train/0/00002.bin`` … (5 bytes an event: x, y, then one bit of polarity and
23 bits of microseconds, big endian), and one ``.npz`` with the same events packed (``train_x``, ``train_offsets``, …).
"""

from __future__ import annotations

from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from neurodeploy.datasets.dataset import EventDataset
from neurodeploy.errors import NeurodeployError

SHAPE = (2, 34, 34)


def find(folder: Path) -> Path | None:
    """The packed file or the folder of recordings in ``folder``; None when neither is there."""
    packed = sorted(folder.glob("nmnist*.npz")) if folder.is_dir() else []
    if packed:
        return packed[0]
    return folder if all((folder / split).is_dir() for split in ("Train", "Test")) else None


def load(path: Path, split: str) -> EventDataset:
    """Read a split; ND301 when a file is damaged."""
    x, y, polarity, time, offsets, labels, indices = _packed(path, split) if path.is_file() else _folders(path, split)
    if not (len(x) == len(y) == len(polarity) == len(time) == offsets[-1]) or len(labels) != len(offsets) - 1:
        raise _damaged(path, "its arrays do not fit each other")
    if len(x) and (max(x.max(), y.max()) >= SHAPE[1] or polarity.max() > 1 or (np.diff(offsets) < 0).any()):
        raise _damaged(path, f"an event lies outside {SHAPE[1]} x {SHAPE[2]} pixels")
    neurons = (polarity.astype(np.int32) * SHAPE[1] + y) * SHAPE[2] + x
    return EventDataset(
        "nmnist", split, offsets.astype(np.int64), neurons.astype(np.int32), time.astype(np.int64),
        labels.astype(np.int64), SHAPE, 10, indices.astype(np.int64),
    )  # fmt: skip


def size(path: Path, split: str) -> int:
    """Recordings in a split, without reading their events; ND301 when a packed file is damaged."""
    if not path.is_file():
        return sum(1 for _ in (path / split.capitalize()).glob("[0-9]/*.bin"))
    try:
        with np.load(path, allow_pickle=False) as stored:
            return len(stored[f"{split}_labels"])
    except (OSError, ValueError, KeyError, BadZipFile, EOFError) as error:
        raise _damaged(path, str(error)) from None


def _packed(path: Path, split: str) -> tuple[np.ndarray, ...]:
    names = ("x", "y", "p", "t", "offsets", "labels", "mnist_index")
    try:
        with np.load(path, allow_pickle=False) as stored:
            return tuple(stored[f"{split}_{name}"] for name in names)
    except (OSError, ValueError, KeyError, BadZipFile, EOFError) as error:
        raise _damaged(path, str(error)) from None


def _folders(path: Path, split: str) -> tuple[np.ndarray, ...]:
    files = sorted((path / split.capitalize()).glob("[0-9]/*.bin"), key=lambda file: file.name)
    if not files:
        raise _damaged(path / split.capitalize(), "it holds no recordings such as 0/00002.bin")
    parts = []
    for file in files:
        raw = np.frombuffer(file.read_bytes(), np.uint8)
        if raw.size % 5:
            raise _damaged(file, f"{raw.size} bytes are no whole number of events of 5 bytes")
        parts.append(raw.reshape(-1, 5).astype(np.int64))
    events = np.concatenate(parts)
    offsets = np.concatenate([[0], np.cumsum([len(part) for part in parts])])
    time = (events[:, 2] & 127) << 16 | events[:, 3] << 8 | events[:, 4]
    labels = np.array([int(file.parent.name) for file in files])
    return events[:, 0], events[:, 1], events[:, 2] >> 7, time, offsets, labels, np.arange(len(files)) + 1


def _damaged(path: Path, why: str) -> NeurodeployError:
    return NeurodeployError("ND301", f"'{path}' is damaged: {why}.", "Put a whole copy of N-MNIST there.")
