"""A labelled set of images, or of recordings of an event camera."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from math import prod
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Dataset:
    """``images`` uint8 ``(samples, pixels)`` from 0 to ``maximum``; ``labels`` int64 ``(samples,)`` below ``classes``.

    ``indices`` int64 ``(samples,)``: each sample's place in the full split; it keys the random numbers of an encoder, so
    a sample has the same spikes alone and among others.
    """

    name: str
    split: str
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    image_shape: tuple[int, int]
    classes: int
    maximum: int
    indices: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def size(self) -> int:
        """Number of input neurons a sample needs."""
        return int(self.images.shape[1])

    def subset(self, selection: slice | NDArray[np.int64]) -> Dataset:
        """The chosen samples."""
        return replace(
            self, images=self.images[selection], labels=self.labels[selection], indices=self.indices[selection]
        )

    def limit(self, samples: int | None) -> Dataset:
        """The first ``samples`` (all when None)."""
        return self if samples is None else self.subset(slice(0, samples))

    def digest(self) -> str:
        """SHA-256 over images, labels and places."""
        digest = hashlib.sha256(f"{self.name}/{self.split}/{self.images.shape}/{self.maximum}".encode())
        for array in (self.images, self.labels, self.indices):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()


@dataclass(frozen=True, eq=False)
class EventDataset:
    """Recorded events: those of sample s are ``offsets[s]`` to ``offsets[s + 1]`` (int64, samples + 1).

    ``neurons`` int32: flat place in ``shape`` (polarities, height, width); ``microseconds`` int64 since the sample's
    start. ``labels``, ``classes`` and ``indices`` as in :class:`Dataset`.
    """

    name: str
    split: str
    offsets: NDArray[np.int64]
    neurons: NDArray[np.int32]
    microseconds: NDArray[np.int64]
    labels: NDArray[np.int64]
    shape: tuple[int, int, int]
    classes: int
    indices: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def size(self) -> int:
        """Number of input neurons a sample needs."""
        return prod(self.shape)

    def subset(self, selection: slice | NDArray[np.int64]) -> EventDataset:
        """The chosen samples."""
        chosen = np.arange(len(self))[selection]
        counts = np.diff(self.offsets)[chosen]
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        at = np.arange(offsets[-1]) + np.repeat(self.offsets[chosen] - offsets[:-1], counts)
        return replace(
            self, offsets=offsets, neurons=self.neurons[at], microseconds=self.microseconds[at],
            labels=self.labels[chosen], indices=self.indices[chosen],
        )  # fmt: skip

    def limit(self, samples: int | None) -> EventDataset:
        """The first ``samples`` (all when None)."""
        return self if samples is None else self.subset(slice(0, samples))

    def digest(self) -> str:
        """SHA-256 over events, labels and places."""
        digest = hashlib.sha256(f"{self.name}/{self.split}/{self.shape}".encode())
        for array in (self.offsets, self.neurons, self.microseconds, self.labels, self.indices):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()


AnyDataset: TypeAlias = Dataset | EventDataset
