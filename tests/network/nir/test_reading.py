"""Files that are no NIR graphs, damaged or hostile ones: one coded error each."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from networks import into

from neurodeploy.errors import NeurodeployError
from neurodeploy.network import LIF, Weights, save_network
from neurodeploy.network.nir import export_nir, import_nir


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    weights = np.random.default_rng(0).random((40, 30)).astype(np.float32)
    export_nir(into(LIF(), Weights(values=weights)), tmp_path / "good.nir")
    return tmp_path / "good.nir"


def refused(path: Path, code: str) -> str:
    with pytest.raises(NeurodeployError) as caught:
        import_nir(path, convention="exact", dt=1.0)
    assert caught.value.code == code and path.name in str(caught.value), str(caught.value)
    return str(caught.value)


def test_files_that_are_no_nir(tmp_path: Path, exported: Path) -> None:
    assert refused(tmp_path / "none.nir", "ND101")
    (tmp_path / "empty.nir").touch()
    (tmp_path / "text.nir").write_text("not a graph\n" * 100)
    (tmp_path / "folder.nir").mkdir()
    os.mkfifo(tmp_path / "pipe.nir")
    save_network(into(LIF(), [[1.0]]), tmp_path / "native.nir")
    for name in ("empty.nir", "text.nir", "folder.nir", "pipe.nir", "native.nir"):
        refused(tmp_path / name, "ND120")
    with h5py.File(tmp_path / "other.nir", "w") as file:
        file["data"] = np.arange(3)
    with pytest.raises(NeurodeployError, match="ND120"):
        import_nir(tmp_path / "other.nir", convention="exact", dt=1.0)


def _soft(file: h5py.File) -> None:
    file["node/nodes/loop"] = h5py.SoftLink("/node")


def _external(file: h5py.File) -> None:
    file["node/nodes/passwd"] = h5py.ExternalLink("/etc/passwd", "/")


def _hard_cycle(file: h5py.File) -> None:
    file["node/nodes/again"] = file["node"]


def _reference(file: h5py.File) -> None:
    file.create_dataset("node/nodes/ref", data=np.array([file["node"].ref], dtype=h5py.ref_dtype), dtype=h5py.ref_dtype)


def _huge(file: h5py.File) -> None:
    file.create_dataset("node/nodes/huge", shape=(1 << 40,), dtype="f8", chunks=(1 << 16,))


def _deep(file: h5py.File) -> None:
    file.create_group("node/" + "/".join(["nodes"] * 200))


def _foreign(file: h5py.File) -> None:
    file.create_dataset("node/nodes/raw", shape=(4,), dtype="u1", external=[("/etc/hostname", 0, 4)])


def _compound(file: h5py.File) -> None:
    file["node/nodes/pair"] = np.zeros(2, np.dtype([("a", "f4"), ("b", "f8")]))


@pytest.mark.parametrize("harm", [_soft, _external, _hard_cycle, _reference, _huge, _deep, _foreign, _compound])
def test_hostile_files(exported: Path, harm: Callable[[h5py.File], None]) -> None:
    with h5py.File(exported, "a") as file:
        harm(file)
    refused(exported, "ND121")


def test_truncated_and_damaged_files(exported: Path, tmp_path: Path) -> None:
    whole = exported.read_bytes()
    rng = np.random.default_rng(3)
    path = tmp_path / "damaged.nir"
    outcomes = set()
    for index in range(24):
        damaged = bytearray(whole)
        if index % 3 == 0:
            damaged = damaged[: rng.integers(1, len(whole))]
        for position in rng.integers(8, len(damaged), 4) if len(damaged) > 8 else ():
            damaged[position] ^= 1 << rng.integers(0, 8)
        path.write_bytes(damaged)
        try:
            import_nir(path, convention="exact", dt=1.0)
            outcomes.add("read")
        except NeurodeployError as error:
            outcomes.add(error.code)
    assert outcomes <= {"read", "ND120", "ND121", "ND201", "ND230"} and "ND121" in outcomes, outcomes


WRONG: dict[str, tuple[str, object]] = {
    "type is a number": ("node/type", 3), "nodes are numbers": ("node/nodes", np.arange(3)),
    "edges are numbers": ("node/edges", np.zeros((2, 2))), "a weight is a text": ("node/nodes/synapses/weight", "many"),
    "a tau is empty": ("node/nodes/neurons/tau_mem", np.zeros(0)), "a node has no type": ("node/nodes/neurons/type", None),
    "metadata is a number": ("node/metadata", 7), "complex": ("node/nodes/neurons/r", np.zeros(30, complex)),
    "a huge tau": ("node/nodes/neurons/tau_mem", np.full(30, 1e308)), "a tiny r": ("node/nodes/neurons/r", np.full(30, 1e-320)),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_wrong_content(exported: Path, case: str) -> None:
    """Whatever stands in the wrong place: an error with a code, or (where the nodes suffice) a network."""
    key, value = WRONG[case]
    with h5py.File(exported, "a") as file:
        del file[key]
        if value is not None:
            file[key] = value
    if case == "metadata is a number":
        assert import_nir(exported, convention="exact", dt=1.0).dt == 1.0
        return
    with pytest.raises(NeurodeployError) as caught:
        import_nir(exported, convention="exact", dt=1.0)
    assert caught.value.code in ("ND120", "ND121", "ND201", "ND230"), caught.value
