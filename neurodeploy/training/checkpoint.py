"""Checkpoints of a training: all arrays and counters, with the key of the recipe and data they belong to."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from glob import escape as glob_escape
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from neurodeploy.errors import NeurodeployError
from neurodeploy.files import atomic_file


class Resumable(Protocol):
    """A trainer's state, a dataclass: how many images it has seen, and all else it needs, as arrays by name of field."""

    images_seen: int

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All arrays by name."""
        ...


State = TypeVar("State", bound=Resumable)


def save_checkpoint(path: Path, key: str, state: Resumable) -> None:
    """Write a checkpoint atomically."""
    with atomic_file(path) as temporary, temporary.open("wb") as stream:
        arrays: dict[str, Any] = {"key": np.array(key), "images_seen": np.array(state.images_seen), **state.arrays()}
        np.savez(stream, **arrays)


def load_checkpoint(path: Path, key: str, like: State) -> State:
    """Read a checkpoint that belongs to ``key``; ``like`` is a fresh state of the same training.

    Raises:
        NeurodeployError: ND307 when it is damaged or of another recipe, data set or version.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            if str(stored["key"]) != key:
                raise NeurodeployError(
                    "ND307",
                    f"The checkpoint '{path}' belongs to another recipe, seed or data set.",
                    "Leave out --resume, or remove it.",
                )
            arrays = {name: stored[name] for name in like.arrays()}
            seen = int(stored["images_seen"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise NeurodeployError(
            "ND307", f"The checkpoint '{path}' is damaged: {error}.", "Remove it and start again."
        ) from None
    fits = all(arrays[n].shape == a.shape and arrays[n].dtype == a.dtype for n, a in like.arrays().items())
    if not fits:
        raise NeurodeployError("ND307", f"The checkpoint '{path}' is of another version.", "Remove it and start again.")
    resumed: State = replace(like, images_seen=seen, **arrays)  # type: ignore[type-var]
    return resumed


def remove_leftovers(path: Path) -> None:
    """Remove what a killed process left half-written beside a checkpoint."""
    for leftover in path.parent.glob(f".{glob_escape(path.name)}.*.part"):
        leftover.unlink(missing_ok=True)
