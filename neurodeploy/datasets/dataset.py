"""A labelled set of images."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

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
