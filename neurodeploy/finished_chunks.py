"""Chunks that a board has finished, on disk: an interrupted run goes on after them with the same bits.

A chunk is one file, written whole or not at all, under the hash of all that it depends on: the files that the board was
loaded from, the board, sPyNNaker's version, the rest between samples, and every input spike. What a file holds is
therefore the answer to exactly that question; anything else, damage included, is not found and is run again.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neurodeploy.files import atomic_file, explain_os_error
from neurodeploy.network import SpikeBatch

logger = logging.getLogger(__name__)

UNREADABLE = (OSError, ValueError, KeyError, IndexError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What numpy and zipfile raise for damaged files."""


@dataclass(frozen=True)
class FinishedChunks:
    """Spikes by population of finished chunks in ``folder``; ``what``: the hash of all but the input."""

    folder: Path
    what: str

    def key(self, inputs: SpikeBatch) -> str:
        """Hexadecimal SHA-256 of everything that a chunk's spikes depend on."""
        digest = hashlib.sha256(f"{self.what}/{inputs.samples}/{inputs.steps}/{inputs.size}/".encode())
        digest.update(np.ascontiguousarray(inputs.indptr, np.int64).tobytes())
        digest.update(np.ascontiguousarray(inputs.neurons, np.int32).tobytes())
        return digest.hexdigest()

    def get(self, inputs: SpikeBatch) -> dict[str, SpikeBatch] | None:
        """The spikes of all populations but the input, if this chunk is finished."""
        key = self.key(inputs)
        path = self._file(key)
        if not path.exists():
            return None
        try:
            with np.load(path, allow_pickle=False) as stored:
                found = _unpacked(stored, inputs)
                whole = str(stored["key"]) == key and all(batch.problem() is None for batch in found.values())
        except UNREADABLE as error:
            whole, found = False, {}
            logger.warning("The finished chunk '%s' cannot be read (%s); it is run again.", path, error)
        return found if whole else None

    def put(self, inputs: SpikeBatch, spikes: Mapping[str, SpikeBatch]) -> None:
        """Keep a finished chunk; it is on the disk when this returns."""
        key = self.key(inputs)
        arrays: dict[str, Any] = {"key": np.array(key), "populations": np.array(list(spikes))}
        for p, batch in enumerate(spikes.values()):
            arrays |= {f"size_{p}": np.array(batch.size), f"indptr_{p}": batch.indptr, f"neurons_{p}": batch.neurons}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise explain_os_error(error, self.folder, "write") from None
        with atomic_file(self._file(key)) as temporary, temporary.open("wb") as stream:
            np.savez_compressed(stream, **arrays)
            stream.flush()
            os.fsync(stream.fileno())  # also after a power cut

    def _file(self, key: str) -> Path:
        return self.folder / f"{key[:32]}.npz"


def forget(folder: Path) -> None:
    """Remove finished chunks, and what a killed process left half-written; other files stay."""
    for file in [*folder.glob("*.npz"), *folder.glob(".*.npz.*.part")]:
        file.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # it is not there, or holds something else
        folder.rmdir()


def _unpacked(stored: Any, inputs: SpikeBatch) -> dict[str, SpikeBatch]:
    return {
        str(name): SpikeBatch(
            inputs.samples, inputs.steps, int(stored[f"size_{p}"]), stored[f"indptr_{p}"], stored[f"neurons_{p}"]
        )
        for p, name in enumerate(stored["populations"])
    }
