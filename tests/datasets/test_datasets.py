"""Data sets: the published files as they are, and every kind of damage refused."""

from __future__ import annotations

import gzip
import os
import struct
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from neurodeploy.datasets import fetch, load_dataset, locate, sizes
from neurodeploy.datasets.idx import read_idx
from neurodeploy.errors import NeurodeployError

# Samples of each class as counted from LeCun's files (also in shared/data/README.md).
MNIST_TRAIN = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
MNIST_TEST = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def idx(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


@pytest.mark.parametrize(
    ("name", "split", "per_class"),
    [("mnist", "train", MNIST_TRAIN), ("mnist", "test", MNIST_TEST), ("fashion_mnist", "test", [1000] * 10)],
)
def test_published_counts(name: str, split: str, per_class: list[int]) -> None:
    if locate(name) is None:
        pytest.skip(f"{name} is not here")
    data = load_dataset(name, split)
    assert np.bincount(data.labels).tolist() == per_class
    assert data.images.shape == (sum(per_class), 784) and data.image_shape == (28, 28)
    assert data.images.max() == data.maximum == 255 and data.indices.tolist() == list(range(len(data)))


def test_first_mnist_test_image_is_the_well_known_seven() -> None:
    if locate("mnist") is None:
        pytest.skip("mnist is not here")
    data = load_dataset("mnist", "test")
    assert data.labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert data.images.mean() / 255 == pytest.approx(0.1325, abs=1e-4)


def test_digits_splits() -> None:
    """1797 samples; every fifth is a test sample: together they are scikit-learn's set."""
    from sklearn.datasets import load_digits

    train, test, whole = load_dataset("digits", "train"), load_dataset("digits", "test"), load_digits()
    assert (len(train), len(test)) == (1438, 359)
    np.testing.assert_array_equal(test.images, whole.data[4::5])
    np.testing.assert_array_equal(test.labels, whole.target[4::5])
    joined = np.bincount(train.labels) + np.bincount(test.labels)
    assert joined.tolist() == np.bincount(whole.target).tolist() and train.maximum == train.images.max() == 16


def test_subset_and_digest() -> None:
    data = load_dataset("digits", "test")
    part = data.subset(slice(10, 14))
    assert part.indices.tolist() == [10, 11, 12, 13] and len(data.limit(3)) == 3 and data.limit(None) is data
    digests = {d.digest() for d in (data, part, data.limit(4), load_dataset("digits", "train"))}
    assert len(digests) == 4 and data.digest() == load_dataset("digits", "test").digest()


@given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=1, max_dims=4, max_side=5)), st.booleans())
@settings(max_examples=60, deadline=None)
def test_idx_round_trip(array: np.ndarray, zipped: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a"
        path.write_bytes(gzip.compress(idx(array)) if zipped else idx(array))
        found = read_idx(path)
    np.testing.assert_array_equal(found, array)
    assert found.dtype == np.uint8


@given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=1, max_dims=3, max_side=4)), st.booleans(), st.data())
@settings(max_examples=80, deadline=None)
def test_truncated_idx(array: np.ndarray, zipped: bool, data: Any) -> None:
    whole = gzip.compress(idx(array)) if zipped else idx(array)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a"
        path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
        with pytest.raises(NeurodeployError, match="ND301"):
            read_idx(path)


@given(st.binary(max_size=60) | st.binary(max_size=40).map(lambda tail: b"\0\0\x08" + tail))
@settings(max_examples=200, deadline=None)
def test_foreign_bytes_never_escape(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a"
        path.write_bytes(content)
        code = ""
        try:
            size = read_idx(path).size
        except NeurodeployError as error:
            code, size = error.code, -1
    assert code == "ND301" if size < 0 else size == len(content) - 4 - 4 * content[3]


@pytest.mark.parametrize(
    "content",
    [
        b"\0\0\x0d\x01\0\0\0\x01\0\0\0\0",  # floats
        idx(np.zeros(3, np.uint8)) + b"x",
        b"\0\0\x08\x00",
        b"\0\0\x08\x64" + struct.pack(">100I", *[1] * 100) + b"x",
        b"\0\0\x08\x03" + struct.pack(">3I", 0, 2**32 - 1, 2**32 - 1),
        b"\0\0\x08\x03" + struct.pack(">3I", *[2**31] * 3),
    ],
    ids=["floats", "too long", "no dimension", "a hundred dimensions", "empty but huge", "huge"],
)
def test_headers_that_lie(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(NeurodeployError, match="ND301"):
        read_idx(tmp_path / "a")


def put(folder: Path, images: np.ndarray, labels: np.ndarray) -> Path:
    for prefix in ("train", "t10k"):
        for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
            (folder / f"{prefix}-{kind}-ubyte.gz").write_bytes(gzip.compress(idx(array)))
    return folder


@pytest.mark.parametrize(("images", "labels"), [((3, 2, 2), (4,)), ((3, 4), (3,)), ((3, 2, 2), (3, 1))])
def test_images_and_labels_that_do_not_match(tmp_path: Path, images: Any, labels: Any) -> None:
    put(tmp_path, np.zeros(images, np.uint8), np.zeros(labels, np.uint8))
    with pytest.raises(NeurodeployError, match="ND301.*do not match"):
        load_dataset("mnist", "train", tmp_path)


def test_labels_beyond_the_classes_are_refused(tmp_path: Path) -> None:
    put(tmp_path, np.zeros((3, 2, 2), np.uint8), np.array([0, 9, 200], np.uint8))
    with pytest.raises(NeurodeployError, match="ND301"):
        load_dataset("mnist", "test", tmp_path)


def test_data_dir_may_be_the_folder_or_its_parent(tmp_path: Path) -> None:
    (tmp_path / "mnist").mkdir()
    put(tmp_path / "mnist", np.full((3, 2, 2), 7, np.uint8), np.array([0, 1, 2], np.uint8))
    for folder in (tmp_path, tmp_path / "mnist"):
        assert load_dataset("mnist", "test", folder).images.tolist() == [[7] * 4] * 3


def test_unknown_names() -> None:
    for call in (lambda: load_dataset("letters", "test"), lambda: load_dataset("digits", "valid"), lambda: fetch("x")):
        with pytest.raises(NeurodeployError, match="ND302"):
            call()


def test_missing_names_the_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEURODEPLOY_DATA", str(tmp_path / "from_environment"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    given = tmp_path / "given"
    with pytest.raises(NeurodeployError, match=r"ND101.*--data-dir"):
        load_dataset("mnist", "test", given)
    given.mkdir()
    with pytest.raises(NeurodeployError, match="ND303") as caught:
        load_dataset("mnist", "test", given)
    for place in ("given", "from_environment", "cache"):
        assert f"{tmp_path}{os.sep}{place}" in caught.value.message
    assert "datasets fetch mnist" in caught.value.hint


def test_failed_download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pooch

    def refuse(*_: Any, **__: Any) -> None:
        raise ConnectionError("no route to host")

    monkeypatch.setattr(pooch, "retrieve", refuse)
    with pytest.raises(NeurodeployError, match="ND304.*no route to host"):
        fetch("mnist", tmp_path)


def test_download_asks_for_the_published_checksums(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The SHA-256 of MNIST's files, from shared/data/SHA256SUMS."""
    import pooch

    asked: dict[str, str] = {}
    monkeypatch.setattr(pooch, "retrieve", lambda url, known, fname, **_: asked.update({fname: known}))
    assert fetch("mnist", tmp_path) == tmp_path / "mnist"
    assert len(asked) == 4
    assert asked["train-images-idx3-ubyte.gz"] == (
        "sha256:440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"
    )


def test_sizes_come_from_the_files(tmp_path: Path) -> None:
    """As published where nothing is, else what the headers say; damage is named."""
    folder = tmp_path / "mnist"
    assert sizes("digits") == (1438, 359)
    folder.mkdir()
    for prefix, samples in (("train", 5), ("t10k", 2)):
        images, labels = np.zeros((samples, 3, 3), np.uint8), np.zeros(samples, np.uint8)
        (folder / f"{prefix}-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images)))
        (folder / f"{prefix}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(labels)))
    assert (
        sizes("mnist", tmp_path) == (5, 2) == tuple(len(load_dataset("mnist", s, tmp_path)) for s in ("train", "test"))
    )
    labels_file = folder / "t10k-labels-idx1-ubyte.gz"
    labels_file.write_bytes(idx(np.zeros(4, np.uint8)))  # not gzipped
    assert sizes("mnist", tmp_path) == (5, 4)
    for damage in (b"", b"\x1f\x8bnothing", gzip.compress(b"text that is no idx file"), labels_file.read_bytes()[:6]):
        labels_file.write_bytes(damage)
        with pytest.raises(NeurodeployError, match="ND301.*t10k-labels"):
            sizes("mnist", tmp_path)
