"""The idx format of MNIST (Yann LeCun's page): magic ``00 00 08 dimensions``, extents as big-endian int32, bytes."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurodeploy.errors import NeurodeployError
from neurodeploy.files import explain_os_error


def read_idx(path: Path) -> NDArray[np.uint8]:
    """Read an idx file of unsigned bytes, gzipped or not.

    Raises:
        NeurodeployError: ND301 when it is truncated, empty or not idx; ND101/ND103 when it cannot be read.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise explain_os_error(error, path, "read") from None
    try:
        content = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    except (OSError, EOFError, zlib.error) as error:
        raise _damaged(path, f"its gzip stream is broken ({error})") from None
    if len(content) < 4 or content[:3] != b"\x00\x00\x08":
        raise _damaged(path, "it does not start as an idx file of unsigned bytes")
    dimensions = content[3]
    start = 4 + 4 * dimensions
    shape = tuple(int(extent) for extent in np.frombuffer(content[4:start], ">u4")) if len(content) >= start else ()
    size = int(np.prod(shape, dtype=object)) if shape else -1
    if len(shape) != dimensions or len(content) != start + size:
        raise _damaged(path, f"its header promises {size} bytes of data, {max(len(content) - start, 0)} are there")
    try:
        return np.frombuffer(content, np.uint8, offset=start).reshape(shape)
    except ValueError as error:  # more dimensions, or larger ones, than numpy has
        raise _damaged(path, f"its shape {shape[:4]} is impossible ({error})") from None


def idx_length(path: Path) -> int:
    """The first extent of an idx file, from its header alone; errors as :func:`read_idx` has them."""
    try:
        with path.open("rb") as raw:
            zipped = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            header = gzip.GzipFile(fileobj=raw).read(8) if zipped else raw.read(8)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _damaged(path, f"its gzip stream is broken ({error})") from None
    except OSError as error:
        raise explain_os_error(error, path, "read") from None
    if len(header) < 8 or header[:3] != b"\x00\x00\x08":
        raise _damaged(path, "it does not start as an idx file of unsigned bytes")
    return int.from_bytes(header[4:], "big")


def _damaged(path: Path, why: str) -> NeurodeployError:
    return NeurodeployError("ND301", f"'{path}' is damaged: {why}.", "Delete it and run 'neurodeploy datasets fetch'.")
