"""Reading a ``.nir`` file into a tree of plain values, whatever the file holds.

The file is HDF5 without a checksum. Its signature and size are looked at here; everything else happens in a process of
its own (worker.py) with limits of memory and time, so that a file that makes HDF5 hang or crash costs one clear error.
That is the one mechanism that is safe against the library itself; it costs the start of a Python with h5py, some 0.2 s.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.files import explain_os_error

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_NATIVE = b"neurodeploy network\n"
_RESTORE = "Export it again."
_LARGEST_FILE = 2 << 30
_LARGEST_CONTENT = 8 << 30
_RATIO = 1032
"""Deflate's largest compression ratio: a file that declares more was not written by anybody."""
_SLACK = 1 << 20
_SECONDS = 20
_BYTES_PER_SECOND = 20 << 20


def read_tree(path: str | Path) -> dict[str, Any]:
    """The ``version`` and ``node`` entries of a NIR file: dictionaries, texts, lists of texts and numpy arrays.

    Raises:
        NeurodeployError: ND101–ND103 when it cannot be opened, ND120 when it is no NIR file, ND121 when it is damaged,
            holds what a NIR file may not (links, references, foreign storage) or exceeds the limits.
    """
    path = Path(path)
    size = _checked_size(path)
    budget = min(_RATIO * size + _SLACK, _LARGEST_CONTENT)
    seconds = _SECONDS + size // _BYTES_PER_SECOND
    command = [sys.executable, "-I", "-B", str(Path(__file__).with_name("worker.py")), str(path.resolve())]
    environment = {
        **os.environ,
        "OPENBLAS_NUM_THREADS": "1",
        "HDF5_PLUGIN_PATH": "::",
        "HDF5_USE_FILE_LOCKING": "FALSE",
    }
    try:
        done = subprocess.run(
            [*command, str(budget), str(seconds), *sys.path],
            capture_output=True, timeout=3 * seconds, env=environment, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise _damaged(path, f"HDF5 did not finish reading it within {3 * seconds} s") from None
    if done.returncode != 0 or len(done.stdout) < 8:
        raise _damaged(path, f"HDF5 gave up on it ({_ending(done.returncode)})")
    return _decoded(path, done.stdout)


def _checked_size(path: Path) -> int:
    if path.is_dir():
        raise NeurodeployError("ND120", f"'{path}' is a folder, not a NIR file.", "Give a .nir file.")
    try:
        if path.exists() and not path.is_file():
            raise NeurodeployError("ND120", f"'{path}' is a device or a pipe, not a NIR file.", "Give a .nir file.")
        with path.open("rb") as stream:
            start = stream.read(max(len(_SIGNATURE), len(_NATIVE)))
        size = path.stat().st_size
    except OSError as error:
        raise explain_os_error(error, path, "read") from None
    if start == _NATIVE:
        raise NeurodeployError("ND120", f"'{path}' is a neurodeploy network, not a NIR file.", "It needs no import.")
    if not start.startswith(_SIGNATURE):
        found = "it is empty" if not start else "it is no HDF5 file"
        raise NeurodeployError("ND120", f"'{path}' is not a NIR file: {found}.", "Give a file that nir.write made.")
    if size > _LARGEST_FILE:
        raise _damaged(path, f"it has {size} bytes, more than the limit of {_LARGEST_FILE}")
    return size


def _decoded(path: Path, answer: bytes) -> dict[str, Any]:
    (length,) = struct.unpack_from("<Q", answer)
    header = json.loads(answer[8 : 8 + length])
    if "problem" in header:
        raise _damaged(path, header["problem"])
    arrays, at = [], 8 + length
    for dtype, shape in header["arrays"]:
        kind = np.dtype(dtype)
        count = int(np.prod(shape, dtype=np.int64))
        arrays.append(np.frombuffer(answer, kind, count, at).reshape(shape))
        at += count * kind.itemsize
    tree: dict[str, Any] = {name: _plain(entry, arrays) for name, entry in header["tree"].items()}
    return tree


def _plain(entry: dict[str, Any], arrays: list[Any]) -> Any:
    if "group" in entry:
        return {name: _plain(member, arrays) for name, member in entry["group"].items()}
    return entry["text"] if "text" in entry else arrays[entry["array"]]


def _ending(code: int) -> str:
    return f"it was ended by signal {-code}" if code < 0 else f"exit status {code}"


def _damaged(path: Path, reason: str) -> NeurodeployError:
    return NeurodeployError("ND121", f"'{path}' is damaged or no proper NIR file: {reason}.", _RESTORE)
