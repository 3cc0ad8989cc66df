"""Writing is all or nothing."""

from __future__ import annotations

import errno
import json
import math
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurodeploy.errors import NeurodeployError
from neurodeploy.files import (
    atomic_file,
    atomic_folder,
    dump_json,
    explain_os_error,
    load_json,
    sha256_of,
    write_arrays,
)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_failure_leaves_the_old_file(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(error), atomic_file(path) as temporary:
        temporary.write_text("new")
        raise error
    assert path.read_text() == "old" and [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_success_replaces_with_usual_permissions(tmp_path: Path) -> None:
    path, plain = tmp_path / "a.txt", tmp_path / "plain"
    path.write_text("old")
    plain.touch()
    with atomic_file(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new" and path.stat().st_mode == plain.stat().st_mode


def test_folders(tmp_path: Path) -> None:
    path = tmp_path / "d"
    for content in ("one", "two"):
        with atomic_folder(path) as folder:
            (folder / content).touch()
        assert [p.name for p in path.iterdir()] == [content]
    with pytest.raises(ValueError, match="stop"), atomic_folder(path) as folder:
        (folder / "three").touch()
        raise ValueError("stop")
    assert [p.name for p in path.iterdir()] == ["two"] and [p.name for p in tmp_path.iterdir()] == ["d"]
    (tmp_path / "plain").mkdir()
    assert path.stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NeurodeployError, match="ND102"), atomic_file(tmp_path):
        pass
    with pytest.raises(NeurodeployError, match="ND102"), atomic_folder(tmp_path / "file"):
        pass
    for path in (tmp_path / "no" / "x", tmp_path / "file" / "x"):
        with pytest.raises(NeurodeployError, match="ND10[12]"), atomic_file(path):
            pass
        with pytest.raises(NeurodeployError, match="ND10[12]"), atomic_folder(path):
            pass


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "ND104"),
        (errno.EACCES, "ND103"),
        (errno.EROFS, "ND103"),
        (errno.ENOENT, "ND101"),
        (errno.EIO, "ND102"),
    ],
)
def test_system_errors_have_codes(tmp_path: Path, number: int, code: str) -> None:
    assert explain_os_error(OSError(number, os.strerror(number)), tmp_path, "write").code == code
    with pytest.raises(NeurodeployError, match=code), atomic_file(tmp_path / "a"):
        raise OSError(number, os.strerror(number))
    assert list(tmp_path.iterdir()) == []


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(json_values)
def test_json_round_trip(value: object) -> None:
    assert json.loads(dump_json(value)) == value and dump_json(value) == dump_json(json.loads(dump_json(value)))


def test_json_refuses_what_is_not_json(tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        dump_json(math.nan)
    (tmp_path / "a").write_bytes(b"\xff{")
    for path, code in ((tmp_path / "a", "ND105"), (tmp_path / "none", "ND101"), (tmp_path, "ND102")):
        with pytest.raises(NeurodeployError, match=code) as error:
            load_json(path)
        assert error.value.hint
    with pytest.raises(NeurodeployError) as error:
        load_json(tmp_path / "a", "Compile it again.")
    assert error.value.hint == "Compile it again."


def test_sha256_of_the_empty_file(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    assert sha256_of(tmp_path / "a") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_an_error_reads_as_code_message_and_hint() -> None:
    error = NeurodeployError("ND999", "It broke.", "Mend it.")
    assert str(error) == "ND999: It broke. Mend it." and (error.code, error.message, error.hint) == (
        "ND999",
        "It broke.",
        "Mend it.",
    )
    assert str(NeurodeployError("ND999", "It broke.")) == "ND999: It broke."


def test_archives_of_arrays_depend_on_nothing_but_the_arrays(tmp_path: Path) -> None:
    arrays = {"b": np.arange(6.0).reshape(2, 3).T, "a": np.array([True, False]), "c": np.zeros((0, 2), np.int64)}
    write_arrays(tmp_path / "one.npz", arrays)
    write_arrays(tmp_path / "two.npz", dict(reversed(arrays.items())))
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    with np.load(tmp_path / "one.npz", allow_pickle=False) as stored:
        assert sorted(stored.files) == ["a", "b", "c"]
        for name, array in arrays.items():
            np.testing.assert_array_equal(stored[name], array)
            assert stored[name].dtype == array.dtype
    with pytest.raises(ValueError, match="pickle"):
        write_arrays(tmp_path / "three.npz", {"x": np.array([{}], object)})
