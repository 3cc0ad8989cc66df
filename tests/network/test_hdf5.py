"""Network files: what goes in comes out, the same bytes each time; whatever is damaged is refused."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from network_strategies import networks
from networks import edited, into, two_layer

from neurodeploy.errors import NeurodeployError
from neurodeploy.network import LIF, ConductanceLIF, Network, Sparse, Weights, hdf5, load_network, save_network


class Hang(BaseException):
    """Not an Exception: the reader turns those into ND111."""


@pytest.fixture(autouse=True)
def _guard_against_hangs() -> Iterator[None]:
    def stop(*_: Any) -> None:
        raise Hang("reading a network file does not end")

    previous = signal.signal(signal.SIGALRM, stop)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, previous)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "network.h5"
    save_network(two_layer().as_stage("pruned", two_layer(seed=1)), path)
    return path


@given(networks())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_round_trip(network: Network) -> None:
    with tempfile.TemporaryDirectory() as folder:
        one, two = Path(folder) / "one.h5", Path(folder) / "two.h5"
        save_network(network, one)
        save_network(network, two)
        assert one.read_bytes() == two.read_bytes()
        found = load_network(one)
        assert found.digest() == network.digest()
        assert [a.stage for a in found.ancestors] == [a.stage for a in network.ancestors]
        assert found.metadata == network.metadata and found.encoder == network.encoder
        for p, q in zip(network.projections, found.projections, strict=True):
            np.testing.assert_array_equal(p.weights.decoded(), q.weights.decoded())
            np.testing.assert_array_equal(p.weights.present(), q.weights.present())
            assert p.connectivity.kind == q.connectivity.kind and p.receptor == q.receptor
            np.testing.assert_array_equal(p.delay, q.delay)
            if not isinstance(p.connectivity, Sparse):
                assert p.connectivity == q.connectivity


@pytest.mark.parametrize(
    "change",
    [{"dt": 0.25}, {"stage": "pruned"}, {"metadata": {"a": 1}}, {"encoder": None}, {"readout": None}],
    ids=str,
)
def test_digest_sees_every_field(change: dict[str, Any]) -> None:
    assert replace(two_layer(), **change).digest() != two_layer().digest()
    assert two_layer().digest() == two_layer().digest()


def test_large_metadata_survives(tmp_path: Path) -> None:
    """HDF5 attributes hold 64 KiB by default: a long history must not break saving."""
    network = two_layer().with_metadata(history=[{"step": "x" * 100}] * 2000)
    save_network(network, tmp_path / "n.h5")
    assert load_network(tmp_path / "n.h5").metadata["history"] == [{"step": "x" * 100}] * 2000


@pytest.mark.parametrize("value", [np.float32(20.0), np.array(20.0), np.float64(20.0), 20], ids=repr)
def test_any_scalar_parameter_survives(tmp_path: Path, value: Any) -> None:
    network = into(LIF(tau_m=value), [[1.0]])
    save_network(network, tmp_path / "n.h5")
    neuron = load_network(tmp_path / "n.h5").population("neurons").neuron
    assert isinstance(neuron, LIF) and float(neuron.tau_m) == 20.0


def test_numpy_numbers_in_metadata_survive(tmp_path: Path) -> None:
    save_network(two_layer().with_metadata(images=np.int64(60000)), tmp_path / "n.h5")
    assert load_network(tmp_path / "n.h5").metadata["images"] == 60000


def test_an_invalid_network_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(NeurodeployError, match="ND201"):
        save_network(into(ConductanceLIF(), [[-1.0]]), tmp_path / "n.h5")
    assert list(tmp_path.iterdir()) == []


def test_truncation_at_any_position(saved: Path, tmp_path: Path) -> None:
    whole = saved.read_bytes()
    cuts = sorted({*range(0, 130, 3), *range(0, len(whole), max(1, len(whole) // 250)), len(whole) - 1})
    for cut in cuts:
        (tmp_path / "cut.h5").write_bytes(whole[:cut])
        with pytest.raises(NeurodeployError) as caught:
            load_network(tmp_path / "cut.h5")
        assert caught.value.code in ("ND110", "ND111"), (cut, str(caught.value))


FLIPPER = """
import sys
import numpy as np
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import load_network
path, copy, first, end = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
whole, expected = open(path, "rb").read(), load_network(path).digest()
rng = np.random.default_rng(11)
places = list(zip(rng.integers(0, len(whole), 6000).tolist(), rng.integers(0, 8, 6000).tolist()))
for index in range(first, end):
    print(index, flush=True)
    damaged = bytearray(whole)
    damaged[places[index][0]] ^= 1 << places[index][1]
    open(copy, "wb").write(damaged)
    try:
        assert load_network(copy).digest() == expected, "another network was loaded"
    except NeurodeployError as error:
        assert error.code in ("ND110", "ND111", "ND112", "ND201"), str(error)
"""


def test_flipped_bytes_are_seen(saved: Path, tmp_path: Path) -> None:
    """400 flips: each does not matter (same digest) or is refused; nothing else escapes, and the process survives."""
    first = 500
    failures: list[tuple[int, int, list[str]]] = []
    while first < 900 and len(failures) < 2:
        command = [sys.executable, "-c", FLIPPER, str(saved), str(tmp_path / "flipped.h5"), str(first), "900"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as reader:
            try:
                output, errors = reader.communicate(timeout=15)
            except subprocess.TimeoutExpired:
                reader.kill()
                output, errors = reader.communicate()
        reached = int(output.split()[-1])
        if reader.returncode:
            failures.append((reached, reader.returncode, errors.strip().splitlines()[-1:]))
        first = reached + 1
    assert failures == []


@pytest.mark.parametrize("content", [b"", b"\x89HDF", b"PK\x03\x04rubbish", b"v_rest = -65\n" * 100, bytes(5000)])
def test_foreign_files(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "n.h5").write_bytes(content)
    with pytest.raises(NeurodeployError, match="ND110"):
        load_network(tmp_path / "n.h5")


def test_folder_missing_and_other_hdf5(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = [1.0]
    for path, code in ((tmp_path, "ND110"), (tmp_path / "none.h5", "ND101"), (tmp_path / "other.h5", "ND110")):
        with pytest.raises(NeurodeployError, match=code):
            load_network(path)


def test_newer_schema(saved: Path) -> None:
    with edited(saved) as file:
        file.attrs["schema"] = 3
    with pytest.raises(NeurodeployError, match="ND112.*schema 3"):
        load_network(saved)


def test_changed_weight_is_seen(saved: Path) -> None:
    with h5py.File(saved, "a") as file:
        values = file["network/projections/0/weights/values"]
        values[0, 0] = values[0, 0] + 0.25
    with pytest.raises(NeurodeployError, match="ND111.*checksum"):
        load_network(saved)


@pytest.mark.parametrize("kind", ["soft", "external", "external storage", "virtual"])
def test_links_to_other_data_are_refused(saved: Path, tmp_path: Path, kind: str) -> None:
    """Even when what they point to is the right content: a network file stands alone."""
    place = "network/populations/1/neuron/theta"
    with edited(saved) as file, h5py.File(tmp_path / "other.h5", "w") as other:
        theta = file[place][()]
        other["theta"] = theta
        file["elsewhere"] = theta
        del file[place]
        if kind == "soft":
            file[place] = h5py.SoftLink("/elsewhere")
        elif kind == "external":
            file[place] = h5py.ExternalLink("other.h5", "/theta")
        elif kind == "external storage":
            (tmp_path / "raw").write_bytes(theta.tobytes())
            file.create_dataset(place, theta.shape, theta.dtype, external=[(str(tmp_path / "raw"), 0, theta.nbytes)])
        else:
            layout = h5py.VirtualLayout(theta.shape, theta.dtype)
            layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "theta", theta.shape)
            file.create_virtual_dataset(place, layout)
    with pytest.raises(NeurodeployError, match="ND111"):
        load_network(saved)


def test_a_group_that_contains_itself(saved: Path) -> None:
    with edited(saved) as file:
        del file["network/encoder"]
        file["network/encoder"] = file["network"]
    with pytest.raises(NeurodeployError, match="ND111"):
        load_network(saved)


def test_an_absurd_number_of_members_does_not_hang(saved: Path) -> None:
    """One flipped byte in a count must not make the reader count to a million million."""
    with edited(saved) as file:
        file["network/projections"].attrs["count"] = 10**12
    signal.alarm(5)
    with pytest.raises(NeurodeployError, match="ND111"):
        load_network(saved)


def test_right_checksum_wrong_types(tmp_path: Path) -> None:
    """A hand-made file whose checksum is right but whose values have the wrong type is refused, without a traceback."""
    network: Any = replace(two_layer(), dt="half a millisecond")
    with edited(tmp_path / "n.h5") as file:
        file.attrs.update({"format": hdf5.FORMAT, "schema": hdf5.SCHEMA})
        hdf5._store(file, "network", network)
    with pytest.raises(NeurodeployError):
        load_network(tmp_path / "n.h5")


def test_arrays_where_numbers_belong(saved: Path) -> None:
    with edited(saved) as file:
        del file["network"].attrs["metadata"]
        group = file.create_group("network/metadata")
        group.attrs["count"] = 1
        group["0"] = np.ones(3)
    with pytest.raises(NeurodeployError, match="ND111"):
        load_network(saved)


def test_nan_in_a_file_is_named(tmp_path: Path) -> None:
    network = into(LIF(), Weights(values=np.array([[np.nan, 1.0]])))
    with edited(tmp_path / "nan.h5") as file:
        file.attrs.update({"format": hdf5.FORMAT, "schema": hdf5.SCHEMA})
        hdf5._store(file, "network", network)
    with pytest.raises(NeurodeployError, match=r"ND201.*nan\.h5.*1 of 2 weights are NaN"):
        load_network(tmp_path / "nan.h5")
