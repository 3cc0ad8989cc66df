"""Reading HDF5 that may be hostile: the library runs in a process of its own, which may die.

HDF5 hangs and crashes on damaged streams (``docs/results/fuzzing.md``), and no check beside the library can help with
that. So a worker process (worker.py) with limits of memory and processor time walks the stream and sends back a plain
tree: groups, numbers, texts and arrays. It stays for the next stream, since its start costs some 0.2 s, and is replaced
after any stream that it refused. The calling process never shows foreign bytes to HDF5.
"""

from __future__ import annotations

import atexit
import json
import os
import struct
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, NamedTuple, TypeAlias

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.network.arrays import Array

LARGEST_RATIO = 1032
"""Deflate's largest compression ratio (zlib's technical notes): more than this a stream cannot hold."""
LARGEST_CONTENT = 8 << 30
"""Bytes of all data sets together, whatever the ratio."""
_SLACK = 1 << 20
_SECONDS = 6
_BYTES_PER_SECOND = 20 << 20
_SECONDS_TO_START = 60


class Unreadable(Exception):  # noqa: N818
    """The stream is damaged or breaks a rule; the message says which."""


class Data(NamedTuple):
    """A data set: an array of numbers, a text, or (nested) lists of texts."""

    attributes: dict[str, Any]
    value: Array | str | list[Any]


class Group(NamedTuple):
    """A group; attributes are numbers and texts."""

    attributes: dict[str, Any]
    members: dict[str, Node]


Node: TypeAlias = "Group | Data"


def read_hdf5(content: bytes) -> Group:
    """The tree of an HDF5 stream.

    Memory: what its data sets declare, at most 1032 times the stream's length and 8 GiB; twice that in the worker. Time:
    6 s, and 1 s more per 20 MiB.

    Raises:
        Unreadable: damage; soft, external or repeated links; references, compounds, foreign storage, unknown filters;
            more data than the stream can hold; a library that crashes or does not end.
        NeurodeployError: ND601 when the worker does not start.
    """
    with _lock:
        worker = _current_worker()
        try:
            return worker.ask(content)
        except Unreadable:
            _stop()
            raise


class _Worker:
    def __init__(self) -> None:
        self.owner = os.getpid()
        command = [sys.executable, "-I", "-B", str(Path(__file__).with_name("worker.py")), *sys.path]
        environment = {
            **os.environ, "OPENBLAS_NUM_THREADS": "1", "HDF5_PLUGIN_PATH": "::", "HDF5_USE_FILE_LOCKING": "FALSE",
        }  # fmt: skip
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
        )
        with self._limited(_SECONDS_TO_START):
            started = self._stdout.read(1) == b"+"
        if not started:
            self.stop()
            raise NeurodeployError(
                "ND601", f"The process that reads HDF5 does not start ({self._ending()}).", "Reinstall h5py and numpy."
            )

    def ask(self, content: bytes) -> Group:
        """Send a stream, receive its tree."""
        budget = min(LARGEST_RATIO * len(content) + _SLACK, LARGEST_CONTENT)
        seconds = _SECONDS + len(content) // _BYTES_PER_SECOND
        stdin = self.process.stdin
        assert stdin is not None
        try:
            with self._limited(seconds):
                stdin.write(struct.pack("<QQQ", len(content), budget, seconds) + content)
                stdin.flush()
                return self._answer()
        except (OSError, EOFError):
            self.stop()
            raise Unreadable(f"HDF5 gave up on it ({self._ending()})") from None

    def _answer(self) -> Group:
        arrays: list[Array] = []
        while True:
            (length,) = struct.unpack("<Q", self._exactly(bytearray(8)))
            message = json.loads(self._exactly(bytearray(length)))
            if "problem" in message:
                raise Unreadable(message["problem"])
            if "tree" in message:
                tree = _node(message["tree"], arrays)
                assert isinstance(tree, Group)
                return tree
            array = np.empty(message["shape"], message["dtype"])
            if array.size:
                self._exactly(array.reshape(-1).view(np.uint8).data)
            arrays.append(array)

    def _exactly(self, into: Any) -> Any:
        """Fill a buffer from the worker's answer; EOFError when it ended before."""
        rest = memoryview(into)
        while rest:
            count = self._stdout.readinto(rest)  # type: ignore[attr-defined]
            if not count:
                raise EOFError
            rest = rest[count:]
        return into

    @property
    def _stdout(self) -> IO[bytes]:
        assert self.process.stdout is not None
        return self.process.stdout

    def _limited(self, seconds: float) -> _Deadline:
        return _Deadline(self.process, seconds)

    def _ending(self) -> str:
        code = self.process.wait()
        return f"ended by signal {-code}" if code < 0 else f"exit status {code}"

    def stop(self) -> None:
        """End the process."""
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what could not be flushed is lost with the process
                    pipe.close()
        self.process.wait()


class _Deadline:
    """Kills a process that is not done in time: who reads from it then sees the end of its output."""

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        self._timer = threading.Timer(seconds, process.kill)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()


_lock = threading.Lock()
_running: list[_Worker] = []


def _current_worker() -> _Worker:
    """The worker of this process: one that was inherited through a fork belongs to the parent."""
    if _running and (_running[0].owner != os.getpid() or _running[0].process.poll() is not None):
        _running.clear()
    if not _running:
        _running.append(_Worker())
    return _running[0]


@atexit.register
def _stop() -> None:
    if _running and _running[0].owner == os.getpid():
        _running[0].stop()
    _running.clear()


def _node(entry: dict[str, Any], arrays: list[Array]) -> Node:
    if "members" in entry:
        return Group(entry["attributes"], {name: _node(member, arrays) for name, member in entry["members"].items()})
    return Data(entry["attributes"], entry["text"] if "text" in entry else arrays[entry["array"]])
