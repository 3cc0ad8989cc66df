"""HDF5 in a process of its own: what comes back, what is refused, and that the caller survives."""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Callable
from typing import Any

import h5py
import numpy as np
import pytest

from neurodeploy.errors import NeurodeployError
from neurodeploy.network import guarded_hdf5
from neurodeploy.network.guarded_hdf5 import Data, Group, Unreadable, read_hdf5


def stream(fill: Callable[[h5py.File], Any]) -> bytes:
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        fill(file)
    return content.getvalue()


def fill(file: h5py.File) -> None:
    group = file.create_group("a/b")
    group.attrs.update({"text": "λ", "whole": 7, "broken": 0.5})
    group["numbers"] = np.arange(6, dtype=">i2").reshape(2, 3)
    group["none"] = np.zeros((0, 4), np.float32)
    group["one"] = np.float64(2.5)
    group["mask"] = np.array([True, False])
    group["word"] = "spike"
    group["words"] = [["a", "b"], ["c", "d"]]
    file.create_dataset("packed", data=np.ones((300, 300)), compression="gzip", shuffle=True)


def test_what_is_stored_comes_back() -> None:
    tree: Any = read_hdf5(stream(fill))
    inner = tree.members["a"].members["b"]
    assert isinstance(inner, Group) and inner.attributes == {"text": "λ", "whole": 7, "broken": 0.5}
    found: dict[str, Any] = {name: member.value for name, member in inner.members.items() if isinstance(member, Data)}
    np.testing.assert_array_equal(found["numbers"], np.arange(6).reshape(2, 3))
    assert found["none"].shape == (0, 4) and found["one"][()] == 2.5 and found["mask"].dtype == bool
    assert (found["word"], found["words"]) == ("spike", [["a", "b"], ["c", "d"]])
    packed = tree.members["packed"]
    assert isinstance(packed, Data) and isinstance(packed.value, np.ndarray) and packed.value.sum() == 90_000


HOSTILE: dict[str, tuple[Callable[[h5py.File], Any], str]] = {
    "soft link": (lambda f: f.update({"x": h5py.SoftLink("/x")}), "soft or external link"),
    "external link": (lambda f: f.update({"x": h5py.ExternalLink("/etc/passwd", "/")}), "soft or external link"),
    "cycle": (lambda f: f.create_group("x").update({"y": f["/"]}), "linked twice"),
    "shape": (lambda f: f.create_dataset("x", (2**40,), "f8", chunks=(64,)), "declares 8796093022208 bytes"),
    "chunk": (lambda f: f.create_dataset("x", (1,), "f8", chunks=(2**28,), maxshape=(None,)), "declares 2147483648"),
    "references": (lambda f: f.create_dataset("x", data=[f.ref], dtype=h5py.ref_dtype), "neither numbers nor texts"),
    "compound": (lambda f: f.create_dataset("x", (2,), [("a", "i4")]), "neither numbers nor texts"),
    "external storage": (lambda f: f.create_dataset("x", (4,), "u1", external=[("/dev/zero", 0, 4)]), "other files"),
    "attribute": (lambda f: f.attrs.update({"x": np.ones(3)}), "neither a number nor a text"),
    "depth": (lambda f: f.create_group("/".join("x" * 50)), "nested more than 32 deep"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_streams_are_refused_with_their_reason(name: str) -> None:
    make, reason = HOSTILE[name]
    with pytest.raises(Unreadable, match=reason):
        read_hdf5(stream(make))


def test_the_caller_survives_the_end_of_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that dies, or that does not answer in time, is one error; the next stream gets a new one."""
    content = stream(fill)
    read_hdf5(content)
    os.kill(guarded_hdf5._running[0].process.pid, signal.SIGSTOP)
    monkeypatch.setattr(guarded_hdf5, "_SECONDS", 1)
    with pytest.raises(Unreadable, match="gave up on it.*signal 9"):
        read_hdf5(content)
    monkeypatch.undo()
    assert "packed" in read_hdf5(content).members


def test_a_worker_is_used_again_and_not_after_a_fork() -> None:
    content = stream(fill)
    read_hdf5(content)
    first = guarded_hdf5._running[0]
    read_hdf5(content)
    assert guarded_hdf5._running[0] is first
    first.owner = -1  # as a child sees it
    try:
        read_hdf5(content)
        assert guarded_hdf5._running[0] is not first
    finally:
        first.stop()


def test_a_worker_that_cannot_start_is_no_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    guarded_hdf5._stop()
    monkeypatch.setattr("sys.path", [])
    with pytest.raises(NeurodeployError, match="ND601"):
        read_hdf5(stream(fill))
