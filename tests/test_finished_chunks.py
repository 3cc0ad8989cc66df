"""Finished chunks on disk: found again for exactly what was run, and for nothing else."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from networks import random_spikes

from neurodeploy.errors import NeurodeployError
from neurodeploy.finished_chunks import FinishedChunks, forget
from neurodeploy.network import SpikeBatch

INPUTS = random_spikes(3, 20, 8, 0.2)
SPIKES = {"hidden": random_spikes(3, 20, 5, 0.1, seed=1), "output": SpikeBatch.from_dense(np.zeros((3, 20, 4), bool))}


def test_what_was_kept_comes_back(tmp_path: Path) -> None:
    chunks = FinishedChunks(tmp_path / "a" / "b", "network and board")
    assert chunks.get(INPUTS) is None
    chunks.put(INPUTS, SPIKES)
    found = chunks.get(INPUTS)
    assert found is not None and list(found) == list(SPIKES)
    for name, batch in SPIKES.items():
        assert (found[name].samples, found[name].steps, found[name].size) == (3, 20, batch.size)
        for one, other in ((found[name].indptr, batch.indptr), (found[name].neurons, batch.neurons)):
            np.testing.assert_array_equal(one, other)
            assert one.dtype == other.dtype


def test_anything_else_is_not_found(tmp_path: Path) -> None:
    """Another network or board, other samples, one spike less, the same spikes in other steps."""
    chunks = FinishedChunks(tmp_path, "a")
    chunks.put(INPUTS, SPIKES)
    indptr = INPUTS.indptr.copy()
    indptr[1:] = np.minimum(indptr[1:], INPUTS.total - 1)
    later = np.concatenate([[0], INPUTS.indptr[:-1]])
    later[-1] = INPUTS.total
    others = [
        INPUTS.part(0, 2),
        replace(INPUTS, indptr=indptr, neurons=INPUTS.neurons[:-1]),
        replace(INPUTS, indptr=later),
        replace(INPUTS, samples=6, steps=10),
    ]
    assert [chunks.get(other) for other in others] == [None] * 4
    assert FinishedChunks(tmp_path, "b").get(INPUTS) is None
    assert chunks.get(INPUTS) is not None


def test_no_flipped_bit_changes_what_is_found(tmp_path: Path) -> None:
    """At every 7th byte: not found, or found as it was kept."""
    chunks = FinishedChunks(tmp_path, "a")
    chunks.put(INPUTS, SPIKES)
    (path,) = tmp_path.glob("*.npz")
    content = path.read_bytes()
    lost = 0
    for at in range(0, len(content), 7):
        path.write_bytes(content[:at] + bytes([content[at] ^ 1 << at % 8]) + content[at + 1 :])
        found = chunks.get(INPUTS)
        lost += found is None
        for name, batch in (found or {}).items():
            np.testing.assert_array_equal(batch.dense(), SPIKES[name].dense())
    assert lost > len(content) // 20


@pytest.mark.parametrize("damage", ["cut", "empty", "foreign"])
def test_a_damaged_chunk_is_not_found(tmp_path: Path, damage: str) -> None:
    chunks = FinishedChunks(tmp_path, "a")
    chunks.put(INPUTS, SPIKES)
    (path,) = tmp_path.glob("*.npz")
    content = path.read_bytes()
    if damage == "foreign":
        FinishedChunks(tmp_path, "b").put(INPUTS, SPIKES)
        (other,) = set(tmp_path.glob("*.npz")) - {path}
        os.replace(other, path)
    else:
        path.write_bytes(content[: len(content) // 2] if damage == "cut" else b"")
    assert chunks.get(INPUTS) is None
    chunks.put(INPUTS, SPIKES)
    assert chunks.get(INPUTS) is not None


def test_forgetting_leaves_what_others_put_there(tmp_path: Path) -> None:
    chunks = FinishedChunks(tmp_path / "chunks", "a")
    chunks.put(INPUTS, SPIKES)
    (tmp_path / "chunks" / ".0123.npz.xyz.part").write_bytes(b"half")
    forget(tmp_path / "chunks")
    assert not (tmp_path / "chunks").exists()
    forget(tmp_path / "chunks")
    chunks.put(INPUTS, SPIKES)
    (tmp_path / "chunks" / "notes.txt").write_text("mine")
    forget(tmp_path / "chunks")
    assert [file.name for file in (tmp_path / "chunks").iterdir()] == ["notes.txt"]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NeurodeployError, match="ND10"):
        FinishedChunks(tmp_path / "file" / "chunks", "a").put(INPUTS, SPIKES)
